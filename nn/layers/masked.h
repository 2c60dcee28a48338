#pragma once

#include <hourglass/autograd/ops/conv.h>
#include <hourglass/nn/layers/kernel_layer.h>

#include <array>

/// Layers that do not see all of their input: what comes later in an order is hidden from what comes earlier.
namespace hourglass::nn {

/// Where a MaskedDense stands among those that follow each other.
enum class MaskedPlace : std::uint8_t { first, hidden, last };
constexpr auto enum_names(MaskedPlace /*of*/) {
  return std::to_array<const char*>({"first", "hidden", "last"});
}

struct MaskedDenseOptions {
  MaskedPlace place = MaskedPlace::hidden;
  std::int64_t variables = 0;  // D, in whose order is hidden what comes later; 0: the first's inputs
  Activation activation = Activation::linear;
  bool bias = true;
  Initializer kernel_initializer = glorot_uniform;
  Initializer bias_initializer = zeros_initializer;
  Regularizer kernel_regularizer{};
  Regularizer activity_regularizer{};
  DType dtype = float32;
};
template <class V>
void visit(MaskedDenseOptions& o, V&& v) {
  v("place", o.place), v("variables", o.variables);
  internal::visit_kernel_fields(o, v);
}

/// A Dense with some connections left out (MADE: Germain et al. 2015):  y = f(x (W ⊙ M) + b).
/// (…, in) -> (…, out)
///
/// In a row of them, first, hidden …, last, output d of D depends on the inputs before d alone, so that one
/// pass gives all factors p(x_d | x_1 … x_{d−1}). Each unit has a degree m: input d has d + 1, hidden unit
/// k has 1 + k mod (D − 1), output d has d + 1; a unit sees those of no higher degree, an output those of a
/// lower one. An output layer of several heads has D numbers of each, one head after the other.
///
/// kernel (in, out), Glorot-uniform; what the mask hides is 0 in the product and gets no gradient. Throws
/// ShapeError as Dense, for a first layer whose inputs and a last one whose outputs are no multiple of D;
/// DataError if a hidden or last one does not say D.
class MaskedDense final : public KernelLayer {
 public:
  MaskedDense(std::int64_t in, std::int64_t out, const MaskedDenseOptions& options = {});
  Variable forward(const Variable& x) override;
  [[nodiscard]] std::string details() const override;  // "784 -> 500, first of 784, relu"
  /// M, 1 where an input is seen.    (in, out)
  [[nodiscard]] const Tensor& mask() const { return mask_; }

  using Config = InOut<MaskedDenseOptions>;
  [[nodiscard]] Config config() const;
  static MaskedDense from_config(const Config& c) { return {c.in, c.out, c.options}; }

 private:
  MaskedPlace place_;
  std::int64_t variables_;
  Tensor mask_;
};

struct MaskedConv2DOptions {
  Extent2 kernel = 3;       // odd
  bool sees_itself = true;  // the pixel in the middle: false in the first layer of a row (mask A), else B
  Activation activation = Activation::linear;
  bool bias = true;
  Initializer kernel_initializer = glorot_uniform;
  Initializer bias_initializer = zeros_initializer;
  Regularizer kernel_regularizer{};
  Regularizer activity_regularizer{};
  DType dtype = float32;
};
template <class V>
void visit(MaskedConv2DOptions& o, V&& v) {
  v("kernel", o.kernel), v("sees_itself", o.sees_itself);
  internal::visit_kernel_fields(o, v);
}

/// A Conv2D that sees only the pixels above, and those to the left in its own row (PixelCNN: van den Oord,
/// Kalchbrenner & Kavukcuoglu 2016):  y = f(x * (W ⊙ M) + b), same padding.
/// (N, H, W, in) -> (N, H, W, out)
///
/// After a first layer that does not see itself and any number that do, each pixel depends on those before it
/// in row-major order alone; all channels of a pixel count as one. kernel (kh, kw, in, out), Glorot-uniform.
/// Throws ShapeError for an input of another form or a kernel that is not odd.
class MaskedConv2D final : public KernelLayer {
 public:
  MaskedConv2D(std::int64_t in, std::int64_t out, const MaskedConv2DOptions& options = {});
  Variable forward(const Variable& x) override;
  [[nodiscard]] std::string details() const override;  // "1 -> 8, kernel 7x7, without itself, relu"
  /// M.    (kh, kw, 1, 1)
  [[nodiscard]] const Tensor& mask() const { return mask_; }

  using Config = InOut<MaskedConv2DOptions>;
  [[nodiscard]] Config config() const;
  static MaskedConv2D from_config(const Config& c) { return {c.in, c.out, c.options}; }

 private:
  bool sees_itself_;
  Tensor mask_;
};

}  // namespace hourglass::nn
