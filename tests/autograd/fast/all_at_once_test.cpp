// Ops whose gradients come all in one go, and losses whose slope comes with them: as their formulas one by
// one.

#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/activation.h>
#include <hourglass/autograd/ops/conv.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/linalg.h>
#include <hourglass/autograd/ops/loss.h>
#include <hourglass/autograd/ops/lstm.h>
#include <hourglass/autograd/ops/normalize.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>

namespace hourglass {
namespace {

using X = const std::vector<Variable>&;
using Function = std::function<Variable(X)>;

double difference(const Tensor& a, const Tensor& b) {
  if (b.size() == 0) return a.shape() == b.shape() ? 0.0 : 1.0;
  return max(abs(a - b)).item() / std::max(1.0, max(abs(b)).item());
}

// The gradients of Σ f(x) · r: all asked for together, each by itself, and by the formulas, which recording
// takes.
void expect_equal(const char* what, const Function& f, const std::vector<Tensor>& inputs, double tolerance) {
  std::vector<Variable> x;
  x.reserve(inputs.size());
  for (const Tensor& input : inputs) x.push_back(Variable::parameter(input));
  const Shape shape = f(x).shape();
  Generator g(4);
  const Tensor r = normal(shape, 0.0, 1.0, g, inputs[0].dtype());
  const auto loss = [&] { return sum(f(x) * r); };
  const Variable all = loss();
  const std::vector<Variable> together = grad(std::span(&all, 1), x);
  const Variable again = loss();
  const std::vector<Variable> formulas = grad(std::span(&again, 1), x, {.create_graph = true});
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Tensor expected = formulas[i].value();
    EXPECT_LE(difference(together[i].value(), expected), tolerance)
        << what << ", input " << i << ", " << name(inputs[0].dtype());
    EXPECT_LE(difference(grad(loss(), x[i]).value(), expected), tolerance)
        << what << ", input " << i << " alone, " << name(inputs[0].dtype());
  }
  Variable constant = x[0];
  constant.set_requires_grad(false);
  const Variable rest = loss();
  const std::vector<Variable> others(x.begin() + 1, x.end());
  const std::vector<Variable> without = grad(std::span(&rest, 1), others);
  for (std::size_t i = 0; i < others.size(); ++i)
    EXPECT_LE(difference(without[i].value(), together[i + 1].value()), tolerance)
        << what << " of a constant, input " << i + 1;
}

void expect_equal(const char* what, const Function& f, const std::vector<Shape>& shapes) {
  for (const auto& [dtype, tolerance] : {std::pair{float64, 1e-12}, {float32, 1e-5}}) {
    Generator g(3);
    std::vector<Tensor> inputs;
    inputs.reserve(shapes.size());
    for (const Shape& shape : shapes) inputs.push_back(normal(shape, 0.0, 0.3, g, dtype));
    expect_equal(what, f, inputs, tolerance);
  }
}

constexpr std::initializer_list<Epilogue> kActivations{Epilogue::none, Epilogue::relu, Epilogue::sigmoid,
                                                       Epilogue::tanh};

TEST(AllAtOnce, IsAffinesFormulas) {
  for (const Epilogue f : kActivations) {
    const Function layer = [f](X v) { return affine(v[0], v[1], v[2], f); };
    for (const std::int64_t rows : {0, 1, 5, 33, 128, 300})
      expect_equal("affine", layer, {{rows, 40}, {40, 70}, {70}});
    const Function plain = [f](X v) { return affine(v[0], v[1], {}, f); };
    for (const std::int64_t rows : {0, 1, 33, 300})
      expect_equal("without a bias", plain, {{rows, 40}, {40, 70}});
    expect_equal("wide", layer, {{128, 784}, {784, 64}, {64}});
    expect_equal("without features", layer, {{4, 0}, {0, 3}, {3}});
  }
}

TEST(AllAtOnce, IsTheFormulasOfConvolutions) {
  struct Row {
    std::int64_t images, extent, in, out;
    Conv2DOptions options;
  };
  const Padding same = Padding::same;
  const std::vector<Row> rows{{9, 14, 32, 64, {.stride = 2, .padding = same}},
                              {3, 9, 1, 32, {.stride = 2, .padding = same}},
                              {10, 7, 17, 5, {.padding = same}},
                              {2, 8, 16, 33, {}},
                              {2, 8, 3, 1, {.padding = same}},
                              {0, 8, 16, 16, {.padding = same}},
                              {2, 9, 4, 8, {.stride = 3, .dilation = 2}},
                              {2, 6, 4, 6, {.padding = 1, .groups = 2}},
                              {1, 5, 2, 48, {.stride = {1, 2}}}};
  for (const Row& row : rows) {
    const Shape x{row.images, row.extent, row.extent, row.in}, w{3, 3, row.in / row.options.groups, row.out};
    const Shape y = conv2d(zeros(x), zeros(w), nullptr, row.options).shape();
    for (const Epilogue f : kActivations) {
      expect_equal("conv2d", [&](X v) { return conv2d(v[0], v[1], v[2], row.options, f); },
                   {x, w, {row.out}});
      expect_equal("transposed",
                   [&](X v) { return conv2d_input_grad(v[0], v[1], row.extent, row.options, v[2], f); },
                   {y, w, {row.in}});
      expect_equal("conv2d without a bias", [&](X v) { return conv2d(v[0], v[1], {}, row.options, f); },
                   {x, w});
      expect_equal("transposed without a bias",
                   [&](X v) { return conv2d_input_grad(v[0], v[1], row.extent, row.options, {}, f); },
                   {y, w});
    }
  }
}

TEST(AllAtOnce, IsTheFormulasOfNormalizations) {
  const std::vector<Shape> shapes{{6, 5, 4}, {4}, {4}};
  expect_equal(
      "batch_norm", [](X v) { return batch_norm(v[0], v[1], v[2]); }, shapes);
  expect_equal(
      "layer_norm", [](X v) { return layer_norm(v[0], v[1], v[2]); }, shapes);
  expect_equal("without beta", [](X v) { return layer_norm(v[0], v[1], {}); }, {{6, 5, 4}, {4}});
  expect_equal("without gamma", [](X v) { return layer_norm(v[0], {}, v[1]); }, {{6, 5, 4}, {4}});
}

TEST(AllAtOnce, IsTheFormulasOfLstm) {
  const std::vector<Shape> shapes{{4, 3, 5}, {5, 8}, {2, 8}, {8}};
  expect_equal(
      "lstm", [](X v) { return lstm(v[0], v[1], v[2], v[3]); }, shapes);
  expect_equal("lstm without a bias", [](X v) { return lstm(v[0], v[1], v[2], {}); },
               {{4, 3, 5}, {5, 8}, {2, 8}});
  expect_equal("one input at every step",
               [](X v) {
                 return lstm(broadcast_to(v[0], {4, 3, 5}), v[1], v[2], v[3]);
               },
               {{1, 3, 5}, {5, 8}, {2, 8}, {8}});
  expect_equal("no step", [](X v) { return lstm(v[0], v[1], v[2], v[3]); }, {{0, 3, 5}, {5, 8}, {2, 8}, {8}});
}

TEST(AllAtOnce, LeavesWhatOthersHold) {
  Generator g(5);
  const Variable x = Variable::parameter(normal({40, 6}, 0.0, 1.0, g)),
                 w = Variable::parameter(normal({6, 5}, 0.0, 1.0, g)), b = Variable::parameter(zeros({5}));
  const Variable y = affine(x, w, b, Epilogue::relu);
  const Tensor dy = normal({40, 5}, 0.0, 1.0, g), before = dy.clone();
  backward(y, dy);
  EXPECT_EQ(max(abs(dy - before)).item(), 0.0);
}

TEST(Losses, HaveTheSlopeOfTheirGradient) {
  Generator g(6);
  const Tensor t = uniform({70, 500}, 0.0, 1.0, g);
  const Variable p = Variable::parameter(normal({70, 500}, 0.0, 1.0, g));
  const auto slope = [&](const Variable& loss, double factor) {
    return grad(loss, p, {.output_gradients = {full({}, factor)}}).value();
  };
  for (const double factor : {1.0, 500.0}) {
    const Tensor of_mse = mse_grad(full({}, factor), p.value(), t),
                 of_bce = bce_with_logits_grad(full({}, factor), p.value(), t);
    EXPECT_LE(difference(slope(mse(p, t), factor), of_mse), 1e-6);
    EXPECT_LE(difference(slope(mse(p, t, factor), 1.0), of_mse), 1e-6);
    EXPECT_LE(difference(slope(bce_with_logits(p, t), factor), of_bce), 1e-6);
    EXPECT_LE(difference(slope(bce_with_logits(p, t, factor), 1.0), of_bce), 1e-6);
    EXPECT_NEAR(mse(p, t, factor).item(), factor * mse(p, t).item(), 1e-3 * factor);
    EXPECT_NEAR(bce_with_logits(p, t, factor).item(), factor * bce_with_logits(p, t).item(), 1e-3 * factor);
  }
}

TEST(Losses, GiveTheSameGradientEveryTime) {
  Generator g(7);
  const Tensor t = uniform({40, 30}, 0.0, 1.0, g), x = normal({40, 20}, 0.0, 1.0, g);
  const Variable w = Variable::parameter(normal({20, 30}, 0.0, 1.0, g)), b = Variable::parameter(zeros({30}));
  using Loss = Variable (*)(const Variable&, const Variable&, double);
  for (const Loss loss_of : {Loss(mse), Loss(bce_with_logits)}) {
    Variable kernel = w;
    const Variable loss = loss_of(affine(x, w, b, Epilogue::sigmoid), t, 1.0);
    backward(loss, {.retain_graph = true});
    const Tensor once = kernel.gradient()->value().clone();
    backward(loss, {.retain_graph = true});
    EXPECT_LE(difference(kernel.gradient()->value(), once * 2.0), 1e-6);
    backward(loss, full({}, 0.5));
    EXPECT_LE(difference(kernel.gradient()->value(), once * 2.5), 1e-6);
    kernel.clear_gradient();
  }
}

}  // namespace
}  // namespace hourglass
