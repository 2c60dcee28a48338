#include "golden.h"
#include "op_table.h"

#include <hourglass/autograd/ops/conv.h>
#include <hourglass/autograd/ops/gaussian.h>
#include <hourglass/autograd/ops/gru.h>
#include <hourglass/autograd/ops/lstm.h>
#include <hourglass/autograd/ops/normalize.h>
#include <hourglass/autograd/ops/pool.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/steps.h>
#include <hourglass/tensor/ops/factory.h>

namespace hourglass::testing {

namespace {

using X = const std::vector<Variable>&;

struct ConvCase {
  std::string name;
  Shape x, w;
  Conv2DOptions options{};
  Epilogue f = Epilogue::none;
};

const std::vector<ConvCase>& conv_cases() {
  static const std::vector<ConvCase> all{
      {"plain", {2, 5, 6, 2}, {3, 2, 2, 3}},
      {"padded", {2, 5, 4, 2}, {3, 3, 2, 3}, {.padding = 1}},
      {"strided", {1, 7, 6, 2}, {3, 3, 2, 2}, {.stride = 2, .padding = 1}, Epilogue::tanh},
      {"uneven", {2, 6, 7, 1}, {2, 3, 1, 3}, {.stride = {3, 2}, .padding = {1, 1, 0, 0}}, Epilogue::sigmoid},
      {"dilated", {1, 7, 8, 2}, {3, 2, 2, 2}, {.padding = 1, .dilation = 2}},
      {"groups", {2, 4, 4, 4}, {3, 3, 2, 6}, {.padding = 1, .groups = 2}},
      {"depthwise", {2, 5, 5, 3}, {3, 3, 1, 3}, {.stride = 2, .padding = 1, .groups = 3}},
      {"one_to_many", {2, 5, 5, 1}, {3, 3, 1, 17}, {.padding = 1}},
      {"many_to_one", {2, 5, 5, 17}, {3, 3, 17, 1}, {.padding = 1}},
      {"five", {1, 6, 6, 2}, {5, 5, 2, 2}, {.stride = 3, .padding = 2}},
      {"one", {1, 1, 1, 1}, {1, 1, 1, 1}},
      {"strided_past", {1, 5, 5, 2}, {2, 2, 2, 2}, {.stride = 3}},
  };
  return all;
}

// The three faces of each convolution: itself, transposed, and the gradient of its kernel.
std::vector<OpRow> conv_rows() {
  std::vector<OpRow> rows;
  for (const ConvCase& c : conv_cases()) {
    const Shape y = conv2d(zeros(c.x), zeros(c.w), nullptr, c.options).shape();
    const Extent2 image{c.x[1], c.x[2]}, kernel{c.w[0], c.w[1]};
    rows.push_back({"conv2d_" + c.name,
                    [c](X x) { return conv2d(x[0], x[1], x[2], c.options, c.f); },
                    {c.x, c.w, {c.w[3]}},
                    -1.0,
                    1.0});
    rows.push_back({"conv2d_input_grad_" + c.name,
                    [c, image](X x) { return conv2d_input_grad(x[0], x[1], image, c.options, x[2], c.f); },
                    {y, c.w, {c.x[3]}},
                    -1.0,
                    1.0});
    rows.push_back({"conv2d_kernel_grad_" + c.name,
                    [c, kernel](X x) { return conv2d_kernel_grad(x[0], x[1], kernel, c.options); },
                    {c.x, y},
                    -1.0,
                    1.0});
  }
  return rows;
}

std::vector<OpRow> pool_rows() {
  const Shape image{2, 5, 6, 3};
  const Pool2DOptions overlapping{.window = {3, 2}, .stride = {{2, 1}}},
      padded{.window = 3, .stride = 2, .padding = 1};
  const Extent2 factor{2, 3};
  const Axes rows_and_columns{1, 2};
  return {
      {"max_pool2d", [](X x) { return max_pool2d(x[0]); }, {image}},
      {"max_pool2d_overlapping", [=](X x) { return max_pool2d(x[0], overlapping); }, {image}},
      {"max_pool2d_padded", [=](X x) { return max_pool2d(x[0], padded); }, {image}},
      {"average_pool2d", [](X x) { return average_pool2d(x[0]); }, {image}},
      {"average_pool2d_padded", [=](X x) { return average_pool2d(x[0], padded); }, {image}},
      {"global_average_pool", [=](X x) { return mean(x[0], rows_and_columns); }, {image}},
      {"upsample2d", [=](X x) { return upsample2d(x[0], factor); }, {image}},
      {"upsample2d_bilinear",
       [=](X x) { return upsample2d(x[0], factor, Interpolation::bilinear); },
       {image}},
  };
}

std::vector<OpRow> norm_rows() {
  const auto by_channel = [](X x) { return batch_norm(x[0], x[1], x[2]); };
  const auto by_row = [](X x) { return layer_norm(x[0], x[1], x[2]); };
  const auto with_fixed_moments = [](X x) {
    const std::string name = "batch_norm_fixed_moments";
    return batch_norm(x[0], {wild(name, 7, {3}), wild(name, 8, {3}, 0.5, 2.0)}, x[1], x[2]);
  };
  const Axes first_and_last{0, 2};
  return {
      {"standardize", [=](X x) { return standardize(x[0], first_and_last, 1e-3); }, {Shape{2, 3, 4}}},
      {"batch_norm", by_channel, {{4, 5, 3}, {3}, {3}}},
      {"batch_norm_images", by_channel, {{2, 5, 6, 3}, {3}, {3}}},
      {"batch_norm_rows", by_channel, {{6, 4}, {4}, {4}}},
      {"batch_norm_plain", [](X x) { return batch_norm(x[0], {}, {}); }, {Shape{9, 5}}},
      {"batch_norm_one_channel", by_channel, {{7, 3, 1}, {1}, {1}}},
      {"batch_norm_fixed_moments", with_fixed_moments, {{4, 2, 3}, {3}, {3}}},
      {"layer_norm", by_row, {{3, 2, 19}, {19}, {19}}},
      {"layer_norm_short", by_row, {{3, 2, 4}, {4}, {4}}, -2.0, 2.0, 2e-5},
      {"layer_norm_plain", [](X x) { return layer_norm(x[0], {}, {}); }, {Shape{4, 5}}},
  };
}

std::vector<OpRow> sampling_rows() {
  const Shape s{3, 4};
  const LogVarianceRange clip{-1.5, 1.0};
  return {
      {"reparameterize", [=](X x) { return reparameterize(x[0], x[1], x[2], clip); }, {s, s, s}},
      {"gaussian_kl", [=](X x) { return gaussian_kl(x[0], x[1], clip); }, {s, s}},
  };
}

std::vector<OpRow> recurrent_rows() {
  const Tensor lengths = tensor({4, 1, 3}, int64);
  return {
      {"lstm",
       [](X x) { return lstm(x[0], x[1], x[2], x[3]); },
       {{4, 2, 3}, {3, 8}, {2, 8}, {8}},
       -2.0,
       2.0,
       1e-4},
      {"lstm_from",
       [](X x) { return lstm_from(x[0], x[1], x[2], x[3]); },
       {{4, 3, 8}, {2, 8}, {3, 2}, {3, 2}},
       -2.0,
       2.0,
       1e-4},
      {"gru",
       [](X x) { return gru(x[0], x[1], x[2], x[3]); },
       {{4, 3, 6}, {2, 6}, {6}, {3, 2}},
       -2.0,
       2.0,
       1e-4},
      {"gru_reset_before",
       [](X x) { return gru(x[0], x[1], {}, x[2], {.reset_after = false}); },
       {{4, 3, 6}, {2, 6}, {3, 2}},
       -2.0,
       2.0,
       1e-4},
      {"mask_steps", [=](X x) { return mask_steps(x[0], lengths); }, {Shape{3, 4, 2}}},
      {"reverse_steps", [=](X x) { return reverse_steps(x[0], lengths); }, {Shape{3, 4, 2}}},
  };
}

}  // namespace

std::vector<OpRow> layer_rows() {
  std::vector<OpRow> all;
  for (auto part : {conv_rows(), pool_rows(), norm_rows(), sampling_rows(), recurrent_rows()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace hourglass::testing
