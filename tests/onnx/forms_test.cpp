#include <hourglass/onnx/internal/forms.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

// HOURGLASS_ROOT is the tree.

namespace hourglass::onnx::internal {
namespace {

namespace fs = std::filesystem;
const fs::path kRoot = HOURGLASS_ROOT;

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::set<std::string> ops_with_forms() {
  std::set<std::string> names;
  for (const auto* const family :
       {&elementwise_forms(), &view_forms(), &image_forms(), &reduce_forms(), &product_forms()})
    for (const NamedForm& form : *family) names.emplace(form.op);
  return names;
}

TEST(OnnxForms, DocsListTheOpsThatHaveOne) {
  const std::string page = text_of(kRoot / "docs/formats.md");
  const std::size_t begin = page.find("These ops have forms in ONNX:"), end = page.find("\n\n", begin);
  ASSERT_NE(begin, std::string::npos);
  const std::string list = page.substr(begin, end - begin);
  const std::regex word("`([a-z0-9_]+)`");
  std::set<std::string> listed;
  for (auto at = std::sregex_iterator(list.begin(), list.end(), word); at != std::sregex_iterator(); ++at)
    listed.insert((*at)[1]);
  EXPECT_EQ(listed, ops_with_forms());
}

// A new op of autograd/ops gets a form, or a place in this list.
TEST(OnnxForms, EveryOpHasOneUnlessItIsOfGradientsOrLosses) {
  const std::set<std::string> none{"bernoulli_log_prob",
                                   "binary_crossentropy",
                                   "diagonal",
                                   "gaussian_kl",
                                   "lstm_gates",
                                   "max_pool2d_take",
                                   "mean_squared_error",
                                   "normal_log_prob",
                                   "put_add",
                                   "put_diagonal",
                                   "reparameterize",
                                   "scatter_add",
                                   "sort",
                                   "sum_to",
                                   "unslice"};
  const std::regex recorded(R"re((?:\brecord|record_norm|reshaped|steps)\(\s*"([a-z0-9_]+)")re");
  std::set<std::string> found;
  for (const fs::directory_entry& file : fs::directory_iterator(kRoot / "autograd/ops")) {
    if (file.path().extension() != ".cpp") continue;
    const std::string source = text_of(file.path());
    for (auto at = std::sregex_iterator(source.begin(), source.end(), recorded); at != std::sregex_iterator();
         ++at)
      found.insert((*at)[1]);
  }
  EXPECT_GT(found.size(), 80U);
  const std::set<std::string> forms = ops_with_forms();
  for (const std::string& op : found) {
    if (op.ends_with("_grad") || none.count(op) > 0) continue;
    EXPECT_EQ(forms.count(op), 1U) << op << " has no form; add one to onnx/internal/, or name it here";
  }
}

}  // namespace
}  // namespace hourglass::onnx::internal
