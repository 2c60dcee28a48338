#pragma once

#include <hourglass/nn/config.h>
#include <hourglass/nn/layers/kernel_options.h>
#include <hourglass/nn/module.h>

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
  /// Those of a layer's options that all such layers have.
  template <class Options>
  static KernelOptions<> common(const Options& o) {
    return {.activation = o.activation,
            .bias = o.bias,
            .kernel_initializer = o.kernel_initializer,
            .bias_initializer = o.bias_initializer,
            .kernel_regularizer = o.kernel_regularizer,
            .activity_regularizer = o.activity_regularizer,
            .dtype = o.dtype};
  }
  /// The layer's options, of which `special` has those that others do not have.
  template <class Options>
  [[nodiscard]] Options with_common(Options special) const {
    special.activation = common_.activation;
    special.bias = bias.has_value();
    special.kernel_initializer = common_.kernel_initializer;
    special.bias_initializer = common_.bias_initializer;
    special.kernel_regularizer = common_.kernel_regularizer;
    special.activity_regularizer = common_.activity_regularizer;
    special.dtype = kernel.dtype();
    return special;
  }
  KernelLayer(const Shape& kernel_shape, std::int64_t outputs, KernelOptions<> common);
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
  KernelOptions<> common_;
  std::optional<Variable> activity_penalty_;
};

}  // namespace hourglass::nn
