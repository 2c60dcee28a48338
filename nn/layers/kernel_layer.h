#pragma once

#include <hourglass/nn/initializer.h>
#include <hourglass/nn/layers/activation.h>
#include <hourglass/nn/module.h>
#include <hourglass/nn/regularizer.h>

namespace hourglass::nn {

/// What Dense and the convolutions share: y = f(kernel applied to x + bias), initialised and penalised as the
/// options say.
class KernelLayer : public Layer {
 public:
  void visit(Visitor& v) override { v("kernel", kernel), v("bias", bias); }
  std::optional<Variable> take_penalty() override;

  Variable kernel;
  std::optional<Variable> bias;

 protected:
  /// The options that such layers have in common.
  struct Common {
    Activation activation;
    bool bias;
    Initializer kernel_initializer, bias_initializer;
    Regularizer kernel_regularizer, activity_regularizer;
    DType dtype;
  };
  template <class Options>
  static Common common(const Options& o) {
    return {o.activation,           o.bias, o.kernel_initializer, o.bias_initializer, o.kernel_regularizer,
            o.activity_regularizer, o.dtype};
  }
  KernelLayer(const Shape& kernel_shape, std::int64_t outputs, Common common);
  KernelLayer(KernelLayer&&) noexcept = default;
  KernelLayer(const KernelLayer& other);  // for clone(); the penalty of a call stays with the original
  KernelLayer& operator=(KernelLayer&&) = default;

  /// The activation where it is part of the product's pass.
  [[nodiscard]] Epilogue epilogue() const { return common_.activation.epilogue(); }
  /// The activation where it is not, and the activity penalty of a batch.
  [[nodiscard]] Variable finish(Variable y, std::int64_t batch);
  void expect_kernel_type(const Variable& x) const;
  /// ", relu", or nothing if linear.
  [[nodiscard]] std::string activation_text() const;

 private:
  Common common_;
  std::optional<Variable> activity_penalty_;
};

}  // namespace hourglass::nn
