// What is frozen costs nothing: its gradient is not multiplied, and what only that gradient would read is let
// go of after the forward pass.

#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/conv.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/linalg.h>
#include <hourglass/autograd/ops/lstm.h>
#include <hourglass/autograd/ops/normalize.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/tensor/base/products.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>

#include <gtest/gtest.h>

#include <functional>

namespace hourglass {
namespace {

using X = const std::vector<Variable>&;

// Inputs of an op: a batch x, kernels and the like.
struct Op {
  const char* name;
  std::function<Variable(X)> f;
  std::vector<Shape> shapes;
  std::vector<std::int64_t> products;  // that each input's gradient costs
};

const std::vector<Op>& ops() {
  static const std::vector<Op> all{
      {"dense",
       [](X v) { return affine(v[0], v[1], v[2], Epilogue::relu); },
       {{6, 5}, {5, 4}, {4}},
       {1, 1, 0}},
      {"dense without a bias",
       [](X v) { return affine(v[0], v[1], {}, Epilogue::tanh); },
       {{6, 5}, {5, 4}},
       {1, 1}},
      {"matmul", [](X v) { return matmul(v[0], v[1]); }, {{6, 5}, {5, 4}}, {1, 1}},
      {"conv",
       [](X v) { return conv2d(v[0], v[1], v[2], {.padding = Padding::same}, Epilogue::relu); },
       {{2, 6, 6, 3}, {3, 3, 3, 4}, {4}},
       {1, 1, 0}},
      {"wide conv",
       [](X v) { return conv2d(v[0], v[1], v[2], {.padding = Padding::same}); },
       {{2, 6, 6, 32}, {3, 3, 32, 32}, {32}},
       {1, 1, 0}},
      {"transposed conv",
       [](X v) { return conv2d_input_grad(v[0], v[1], 12, {.stride = 2, .padding = Padding::same}, v[2]); },
       {{2, 6, 6, 32}, {3, 3, 16, 32}, {16}},
       {1, 1, 0}},
      {"conv without a bias",
       [](X v) { return conv2d(v[0], v[1], {}); },
       {{2, 6, 6, 3}, {3, 3, 3, 4}},
       {1, 1}},
      {"batch norm", [](X v) { return batch_norm(v[0], v[1], v[2]); }, {{6, 5}, {5}, {5}}, {0, 0, 0}},
      {"layer norm", [](X v) { return layer_norm(v[0], v[1], v[2]); }, {{6, 5}, {5}, {5}}, {0, 0, 0}},
      {"lstm",
       [](X v) { return lstm(v[0], v[1], v[2], v[3]); },
       {{3, 2, 5}, {5, 8}, {2, 8}, {8}},
       {1, 1, 1, 0}},
  };
  return all;
}

// Inputs of which those of a set need gradients.
std::vector<Variable> inputs_of(const Op& op, unsigned trained) {
  Generator g(3);
  std::vector<Variable> inputs;
  for (std::size_t i = 0; i < op.shapes.size(); ++i) {
    const Tensor value = normal(op.shapes[i], 0.0, 1.0, g);
    inputs.push_back((trained >> i & 1U) != 0 ? Variable::parameter(value) : Variable(value));
  }
  return inputs;
}

std::int64_t products_of_backward(const Op& op, unsigned trained) {
  const std::vector<Variable> inputs = inputs_of(op, trained);
  const Variable loss = sum(op.f(inputs));
  const std::int64_t before = detail::products_begun();
  backward(loss);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    EXPECT_EQ(inputs[i].gradient().has_value(), (trained >> i & 1U) != 0) << op.name << ", input " << i;
  return detail::products_begun() - before;
}

TEST(Frozen, IsNotMultiplied) {
  for (const Op& op : ops()) {
    // What backward costs beside: an LSTM's steps.
    const unsigned all = (1U << op.shapes.size()) - 1U;
    std::int64_t of_all = 0;
    for (const std::int64_t n : op.products) of_all += n;
    const std::int64_t beside = products_of_backward(op, all) - of_all;
    EXPECT_GE(beside, 0) << op.name;
    for (unsigned trained = 1; trained < all; ++trained) {
      std::int64_t expected = beside;
      for (std::size_t i = 0; i < op.products.size(); ++i) {
        if ((trained >> i & 1U) != 0) expected += op.products[i];
      }
      EXPECT_EQ(products_of_backward(op, trained), expected) << op.name << ", trained " << trained;
    }
  }
}

TEST(Frozen, KernelLetsGoOfTheBatch) {
  for (const Op& op : ops()) {
    const unsigned last = 1U << (op.shapes.size() - 1U);
    if (op.shapes.size() < 3) continue;
    const std::vector<Variable> inputs = inputs_of(op, last);  // the bias alone
    const Variable y = op.f(inputs);
    EXPECT_TRUE(y.requires_grad()) << op.name;
    EXPECT_EQ(inputs[0].node()->references.load(), 1) << op.name << " holds x";
    EXPECT_EQ(inputs[1].node()->references.load(), 1) << op.name << " holds the kernel";
    const std::vector<Variable> trained = inputs_of(op, 2U);  // the kernel alone
    const Variable z = op.f(trained);
    EXPECT_GT(trained[0].node()->references.load(), 1) << op.name;
  }
}

TEST(Frozen, BatchOfAFrozenKernelIsFreed) {
  // Two layers, of which only the first learns: the second's input is an output of the first and needs its
  // gradient, but not the value.
  const Variable w = Variable::parameter(ones({5, 4})), frozen = ones({4, 3});
  const Variable h = affine(ones({6, 5}), w, {});
  const std::int64_t before = h.node()->references.load();
  const Variable y = affine(h, frozen, {}, Epilogue::relu);
  EXPECT_EQ(h.node()->references.load(), before + 1);  // the edge to it
}

}  // namespace
}  // namespace hourglass
