#pragma once

#include <hourglass/autograd/variable.h>

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace hourglass::testing {

using Function = std::function<Variable(const std::vector<Variable>&)>;

struct GradientCheck {
  double step = 1e-4;       // of the central differences, relative to max(1, |x|)
  double tolerance = 1e-6;  // relative to the largest gradient of the input, at least 1
  bool second_order = true;
  std::uint64_t seed = 1;
};

/// Compares the gradients of fn with central differences of fourth order in float64:
///
/// first order, every element of every input, of L = Σ fn(x) · r with a random r of the output's shape;
/// second order, every element again, of M = Σ_inputs Σ (dL/dx) · s with random s, which reaches every entry
/// of the Hessian in a random combination. Then it checks that no node of a graph is left alive. The failure
/// names op, order, input, element, both values and the seed.
[[nodiscard]] ::testing::AssertionResult gradients_are_right(const char* expression, const Function& fn,
                                                             std::vector<Tensor> inputs,
                                                             GradientCheck check = {});

}  // namespace hourglass::testing

/// EXPECT_GRADIENTS([](const auto& x) { return matmul(x[0], x[1]); }, normal({3, 4}, …), normal({4, 2}, …));
#define EXPECT_GRADIENTS(fn, ...) \
  EXPECT_TRUE(                    \
      ::hourglass::testing::gradients_are_right(#fn, fn, std::vector<::hourglass::Tensor>{__VA_ARGS__}))
