// Masked layers see what they are to see, by their gradients.

#include "support/expect_error.h"
#include "support/folder.h"
#include "support/gradients.h"

#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/files/model.h>
#include <hourglass/nn/layers/masked.h>
#include <hourglass/nn/sequential.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <gmock/gmock.h>

namespace hourglass::nn {
namespace {

// |∂y_j / ∂x_i| for all, of one example as a row.    -> (inputs, outputs)
Tensor dependence(Layer& model, const Shape& shape) {
  const Variable x = Variable::parameter(normal(shape, 0.0, 1.0, default_generator(), float64));
  const Variable y = flatten(model(x));
  Tensor out = zeros({x.size(), y.size()}, float64);
  for (std::int64_t j = 0; j < y.size(); ++j) {
    const Tensor row = flatten(abs(grad(sum(slice(y, 0, {j, j + 1})), x, {.retain_graph = true}).value()));
    for (std::int64_t i = 0; i < x.size(); ++i) out.mutable_data<double>()[i * y.size() + j] = row[i].item();
  }
  return out;
}

Sequential made(std::int64_t d, std::int64_t heads) {
  return Sequential{
      MaskedDense(d, 24, {.place = MaskedPlace::first, .activation = tanh, .dtype = float64}),
      MaskedDense(24, 17, {.variables = d, .activation = tanh, .dtype = float64}),
      MaskedDense(17, heads * d, {.place = MaskedPlace::last, .variables = d, .dtype = float64})};
}

TEST(MaskedDense, OutputsDependOnWhatComesBeforeThemAlone) {
  set_seed(1);
  for (const std::int64_t d : {1, 2, 5, 9}) {
    Sequential model = made(d, 2);
    const Tensor depends = dependence(model, {1, d});
    for (std::int64_t i = 0; i < d; ++i) {
      for (std::int64_t j = 0; j < 2 * d; ++j) {
        if (i < j % d) {
          EXPECT_GT(depends[i][j].item(), 0.0) << "output " << j << " of " << d << " misses input " << i;
        } else {
          EXPECT_EQ(depends[i][j].item(), 0.0) << "output " << j << " of " << d << " sees input " << i;
        }
      }
    }
  }
}

TEST(MaskedConv2D, PixelsDependOnThoseBeforeThemAlone) {
  set_seed(2);
  for (const bool first_sees : {false, true}) {
    Sequential model{MaskedConv2D(1, 3, {.sees_itself = first_sees, .activation = tanh, .dtype = float64}),
                     MaskedConv2D(3, 3, {.activation = tanh, .dtype = float64}),
                     MaskedConv2D(3, 1, {.kernel = {3, 5}, .dtype = float64})};
    constexpr std::int64_t kColumns = 5, kPixels = 4 * kColumns;
    const Tensor depends = dependence(model, {1, 4, kColumns, 1});
    for (std::int64_t i = 0; i < kPixels; ++i) {
      for (std::int64_t j = 0; j < kPixels; ++j) {
        const bool may = i < j || (first_sees && i == j);
        if (!may) {
          EXPECT_EQ(depends[i][j].item(), 0.0) << "pixel " << j << " sees pixel " << i;
        }
        // Its neighbours to the left and above it does see; what it can see at all lies in reach.
        if (may && (i == j || (i == j - 1 && j % kColumns > 0) || i == j - kColumns)) {
          EXPECT_GT(depends[i][j].item(), 0.0) << "pixel " << j << " misses pixel " << i;
        }
      }
    }
  }
}

TEST(Masked, GradientsAreRight) {
  set_seed(3);
  const Tensor x = normal({3, 4}, 0.0, 1.0, default_generator(), float64),
               images = normal({2, 4, 3, 2}, 0.0, 1.0, default_generator(), float64);
  const auto of_dense = [](const std::vector<Variable>& v) {
    MaskedDense layer(4, 5, {.place = MaskedPlace::first, .activation = tanh, .dtype = float64});
    layer.kernel = v[1], layer.bias = v[2];
    return layer(v[0]);
  };
  const auto of_conv = [](const std::vector<Variable>& v) {
    MaskedConv2D layer(2, 3, {.sees_itself = false, .activation = tanh, .dtype = float64});
    layer.kernel = v[1], layer.bias = v[2];
    return layer(v[0]);
  };
  const auto random = [](const Shape& s) { return normal(s, 0.0, 1.0, default_generator(), float64); };
  EXPECT_GRADIENTS(of_dense, x, random({4, 5}), random({5}));
  EXPECT_GRADIENTS(of_conv, images, random({3, 3, 2, 3}), random({3}));
}

TEST(Masked, ComeBackFromAFile) {
  const Folder folder("hourglass_masked");
  Sequential model = made(4, 2);
  const Tensor x = normal({3, 4}, 0.0, 1.0, default_generator(), float64);
  files::save_model(folder / "m.h5", model);
  const auto again = files::load_model<Sequential>(folder / "m.h5");
  EXPECT_EQ(max(abs(model(x).value() - (*again)(x).value())).item(), 0.0);
  EXPECT_EQ(again->describe(), model.describe());
  Sequential conv{MaskedConv2D(1, 2, {.kernel = 5, .sees_itself = false})};
  files::save_model(folder / "c.h5", conv);
  const auto same = files::load_model<Sequential>(folder / "c.h5");
  const Tensor image = uniform({1, 6, 6, 1});
  EXPECT_EQ(max(abs(conv(image).value() - (*same)(image).value())).item(), 0.0);
}

TEST(Masked, SayWhatDoesNotFit) {
  EXPECT_EQ(MaskedDense(4, 6, {.place = MaskedPlace::first, .activation = relu}).describe(),
            "MaskedDense(4 -> 6, first of 4, relu)");
  EXPECT_EQ(MaskedConv2D(1, 8, {.kernel = 7, .sees_itself = false}).describe(),
            "MaskedConv2D(1 -> 8, kernel 7x7, without itself)");
  EXPECT_THROW_TEXT((void)MaskedDense(4, 6), DataError, "must say how many variables there are, got 0");
  EXPECT_THROW_TEXT((void)MaskedDense(0, 6), ShapeError, "got 0 -> 6");
  EXPECT_THROW_TEXT((void)MaskedDense(6, 9, {.place = MaskedPlace::last, .variables = 4}), ShapeError,
                    "9 outputs are no multiple of 4 variables");
  EXPECT_THROW_TEXT((void)MaskedDense(4, 2, {.variables = 4})(zeros({2, 3})), ShapeError,
                    "expects 4 features, got an input of shape (2, 3)");
  EXPECT_THROW_TEXT((void)MaskedConv2D(1, 1, {.kernel = 4}), ShapeError,
                    "an odd kernel, got 1 -> 1, kernel 4 x 4");
  EXPECT_THROW_TEXT((void)MaskedConv2D(1, 1)(zeros({2, 3})), ShapeError, "MaskedConv2D");
}

}  // namespace
}  // namespace hourglass::nn
