// Graphs in model files.

#include <hourglass/files/model.h>
#include <hourglass/nn.h>
#include <hourglass/tensor/ops/random.h>

#include "support/expect_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace hourglass::files {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class GraphFile : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove(path_); }
  std::string path_ =
      (std::filesystem::path(::testing::TempDir()) /
       (std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()) + "_graph.h5"))
          .string();
};

nn::Graph two_photos() {
  const auto a = nn::input({-1, -1, 2}, {.name = "left"}), b = nn::input({-1, -1, 2}, {.name = "right"});
  const nn::Part see{"see", nn::Sequential{nn::Conv2D(2, 3, {.kernel = {3, 3}, .padding = Padding::same}),
                                           nn::BatchNormalization(3), relu}};
  const auto u = a.then(see), v = b.then(see);
  const auto all = nn::concatenate(
      {nn::add({u, v}), u - v, u * v, nn::average({u, v}), nn::maximum({u, v}), nn::minimum({u, v}), a});
  const auto code = all.then(nn::GlobalAveragePool2D()).then({"code", nn::Dense(20, 4)});
  const auto other = v.then(nn::GlobalAveragePool2D()).then(nn::Dense(3, 4));
  return nn::Graph({a, b}, {code, nn::dot(code, other, {.normalize = true})});
}

TEST_F(GraphFile, ComesBackWithItsConnectionsAndBits) {
  set_seed(4);
  nn::Graph model = two_photos();
  const Variable a = normal({2, 5, 6, 2}, 0.0, 1.0), b = normal({2, 5, 6, 2}, 0.0, 1.0);
  static_cast<void>(model({a, b}));  // moving statistics
  save_model(path_, model);
  const auto loaded = load_model<nn::Graph>(path_);
  EXPECT_EQ(nn::to_dot(*loaded), nn::to_dot(model));
  EXPECT_EQ(nn::summary(*loaded), nn::summary(model));
  EXPECT_EQ(loaded->nodes()[2].layer, loaded->nodes()[3].layer);
  for (const bool training : {true, false}) {
    model.train(training), loaded->train(training);
    const std::vector<Variable> expected = model({a, b}), y = (*loaded)({a, b});
    for (std::size_t i : {0, 1}) EXPECT_EQ(sha256(y[i].value()), sha256(expected[i].value()));
  }
  EXPECT_THAT(inspect(path_), AllOf(HasSubstr("Graph (nodes (16), inputs [0,1], outputs (2))"),
                                    HasSubstr("code: Dense"), HasSubstr("in 20, out 4")));
}

TEST_F(GraphFile, APartOfItIsLoaded) {
  nn::Graph model = two_photos();
  save_model(path_, model);
  EXPECT_EQ(weights_sha256(*load_part(path_, "see")), weights_sha256(model["see"]));
}

TEST_F(GraphFile, InsideASequentialAndInsideAGraph) {
  const auto x = nn::input({6});
  const nn::Part block{"block", nn::Graph({x}, {x + x.then(nn::Dense(6, 6, {.activation = tanh}))})};
  const auto z = nn::input({6});
  nn::Sequential model{nn::Dense(4, 6), nn::Graph({z}, {z.then(block).then(block) + z})};
  save_model(path_, model);
  const auto loaded = load_model<nn::Sequential>(path_);
  const Tensor in = normal({3, 4}, 0.0, 1.0);
  EXPECT_EQ(sha256((*loaded)(in).value()), sha256(model(in).value()));
  EXPECT_EQ(nn::parameters(*loaded).size(), 4U);
}

TEST_F(GraphFile, AFunctionOfSeveralTensorsHasToBeKnownByItsName) {
  const auto x = nn::input({3});
  const auto f = [](const Variable& a, const Variable& b) { return a * b + a; };
  nn::Graph model({x}, {nn::merge("a_b_plus_a", f, {x, x.then(nn::Dense(3, 3))})});
  EXPECT_THROW_TEXT(save_model(path_, model), DataError, "nn::register_merge");
  nn::register_merge({"a_b_plus_a", f});
  save_model(path_, model);
  const Tensor in = normal({3, 3}, 0.0, 1.0);
  EXPECT_EQ(sha256((*load_model<nn::Graph>(path_))(in).value()), sha256(model(in).value()));
}

}  // namespace
}  // namespace hourglass::files
