// The op of docs/adding_an_op.md, as a user writes it: outside the library's namespace, from its one header.

#include "support/expect_error.h"
#include "support/gradients.h"

#include <gtest/gtest.h>

#include <cmath>

#include <hourglass/hourglass.h>

namespace hg = hourglass;

// Mish, x tanh(softplus(x)) (Misra 2020).
hg::Tensor mish(const hg::Tensor& x) {
  return hg::map("mish", x, [](auto v) { return v * hg::math::tanh(hg::math::softplus(v)); });
}

// dx = dy (t + x σ(x)(1 − t²)), t = tanh(softplus(x))
hg::Variable mish(const hg::Variable& x) {
  return hg::record("mish", mish(x.value()), {{x, [x](const hg::Variable& dy, const hg::Variable&) {
                                                 const hg::Variable t = hg::tanh(hg::softplus(x));
                                                 return dy * (t + x * hg::sigmoid(x) * (1.0 - hg::square(t)));
                                               }}});
}

TEST(AddingAnOp, WorksAsTheDocumentationSays) {
  const auto call = [](const std::vector<hg::Variable>& x) { return mish(x[0]); };
  EXPECT_GRADIENTS(call, hg::normal({3, 4}));
  for (const hg::DType dtype : {hg::float32, hg::float64}) {
    const hg::Tensor y = mish(hg::tensor({-20, -1, 0, 1, 20}, dtype));
    for (const auto& [i, x] : {std::pair{0, -20.0}, {1, -1.0}, {2, 0.0}, {3, 1.0}, {4, 20.0}})
      EXPECT_NEAR(y[i].item(), x * std::tanh(std::log1p(std::exp(x))), 1e-6) << x;
  }
  EXPECT_THROW_TEXT((void)mish(hg::tensor({1, 2}, hg::int64)), hg::DTypeError, "mish");
  hg::nn::Dense layer(4, 3, {.activation = mish});
  EXPECT_EQ(layer(hg::ones({2, 4})).shape(), (hg::Shape{2, 3}));
  const hg::Tensor sum = hg::map("hypot", hg::tensor({{3}, {5}}), hg::tensor({4, 12}),
                                 [](auto a, auto b) { return std::sqrt(a * a + b * b); });
  EXPECT_NEAR(sum[1][1].item(), 13.0, 1e-5);
}
