// The layers of docs/adding_a_layer.md, as they stand there.

#include <hourglass/hourglass.h>

namespace hg = hourglass;

struct Scale final : hg::nn::Layer {
  explicit Scale(std::int64_t features) : scale(hg::Variable::parameter(hg::ones({features}))) {}

  hg::Variable forward(const hg::Variable& x) override {
    if (x.rank() < 1 || x.shape(-1) != scale.size()) {
      throw hg::ShapeError("{} expects {} features, got an input of shape {}; the last axis must have {}",
                           describe(), scale.size(), x.shape(), scale.size());
    }
    return x * scale;
  }
  void visit(hg::nn::Visitor& v) override { v("scale", scale); }
  std::string details() const override { return std::to_string(scale.size()); }

  hg::Variable scale;
};

struct Maxout final : hg::nn::Layer {
  Maxout(std::int64_t in, std::int64_t out, std::int64_t k) {
    for (std::int64_t i = 0; i < k; ++i) pieces.emplace_back(in, out);
  }

  hg::Variable forward(const hg::Variable& x) override {
    hg::Variable y = pieces[0](x);
    for (std::size_t i = 1; i < pieces.size(); ++i) y = hg::maximum(y, pieces[i](x));
    return y;
  }
  void visit(hg::nn::Visitor& v) override { v("pieces", pieces); }

  std::vector<hg::nn::Dense> pieces;
};

struct Power final : hg::nn::Layer {
  struct Config {
    double exponent = 2.0;
    template <class V>
    friend void visit(Config& c, V&& v) {
      v("exponent", c.exponent);
    }
  };
  explicit Power(const Config& c) : config_(c) {}
  Config config() const { return config_; }

  hg::Variable forward(const hg::Variable& x) override { return hg::pow(x, config_.exponent); }

 private:
  Config config_;
};

#include "support/expect_error.h"
#include "support/gradients.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace hourglass {
namespace {

std::string text_of(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

TEST(AddingALayer, WorksAsTheDocumentationSays) {
  nn::Sequential model{Scale(3)};
  EXPECT_EQ(model(ones({2, 3})).value().str(), "[[1. 1. 1.]\n [1. 1. 1.]]");
  EXPECT_EQ(nn::parameters(model).front().name, "0.scale");
  EXPECT_THROW_TEXT((void)model(ones({2, 4})), ShapeError,
                    "Scale(3) expects 3 features, got an input of shape (2, 4)");
  const auto call = [](const std::vector<Variable>& x) {
    Scale layer(3);
    layer.scale = x[1];
    return layer(x[0]);
  };
  EXPECT_GRADIENTS(call, normal({2, 3}), normal({3}));
}

TEST(AddingALayer, HasLayersInside) {
  set_seed(2);
  nn::Sequential model{Maxout(3, 2, 3), relu};
  std::vector<std::string> names;
  for (const NamedParameter& p : nn::parameters(model)) names.push_back(p.name);
  EXPECT_THAT(names, ::testing::ElementsAre("0.pieces.0.kernel", "0.pieces.0.bias", "0.pieces.1.kernel",
                                            "0.pieces.1.bias", "0.pieces.2.kernel", "0.pieces.2.bias"));
  Maxout& layer = model.get<Maxout>(0);
  const Variable x = normal({4, 3});
  Maxout second = clone(layer);
  const std::string y = layer(x).value().str();
  EXPECT_EQ(second(x).value().str(), y);
  layer.pieces.erase(layer.pieces.begin());
  EXPECT_NE(layer(x).value().str(), y);
  EXPECT_EQ(second(x).value().str(), y);
}

TEST(AddingALayer, AFileNamesIt) {
  const std::string path = (std::filesystem::path(::testing::TempDir()) / "adding_a_layer.h5").string();
  hg::files::register_type<Power>("Power");
  hg::files::save_model(path, hg::nn::Sequential{Power({.exponent = 3.0}), hg::nn::Dense(2, 1)});
  const std::unique_ptr<hg::nn::Module> model = hg::files::load_model(path);
  const auto& sequence = dynamic_cast<const nn::Sequential&>(*model);
  EXPECT_EQ(sequence.get<Power>(0).config().exponent, 3.0);
}

TEST(Layers, EachIsFoundInTheTableOfItsFolder) {
  const std::string folder = std::string(HOURGLASS_ROOT) + "/nn/layers/",
                    table = text_of(folder + "README.md"),
                    umbrella = text_of(std::string(HOURGLASS_ROOT) + "/nn.h");
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() != ".h") continue;
    const std::string name = file.path().filename().string();
    EXPECT_NE(table.find("`" + name + "`"), std::string::npos) << name;
    EXPECT_NE(umbrella.find("nn/layers/" + name), std::string::npos) << name;
    std::istringstream lines(text_of(file.path().string()));
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::string kind, layer;
      words >> kind >> layer;
      if (line.rfind(kind, 0) != 0 || (kind != "class" && kind != "struct")) continue;
      if (line.find(" : ") == std::string::npos) continue;  // options
      EXPECT_NE(table.find(layer), std::string::npos) << layer << " in " << name;
    }
  }
}

}  // namespace
}  // namespace hourglass
