// The layer of docs/adding_a_layer.md.

#include "support/expect_error.h"
#include "support/gradients.h"

#include <gtest/gtest.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/nn/sequential.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>

namespace hourglass {
namespace {

struct Scale final : nn::Layer {
  explicit Scale(std::int64_t features) : scale(Variable::parameter(ones({features}))) {}

  Variable forward(const Variable& x) override {
    if (x.rank() < 1 || x.shape(-1) != scale.size()) {
      throw ShapeError("{} expects {} features, got an input of shape {}", describe(), scale.size(),
                       x.shape());
    }
    return x * scale;
  }
  void visit(nn::Visitor& v) override { v("scale", scale); }
  std::string details() const override { return std::to_string(scale.size()); }

  Variable scale;
};

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

}  // namespace
}  // namespace hourglass
