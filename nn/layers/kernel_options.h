#pragma once

#include <hourglass/nn/initializer.h>
#include <hourglass/nn/layers/activation.h>
#include <hourglass/nn/regularizer.h>
#include <hourglass/tensor/base/extent2.h>
#include <hourglass/tensor/ops/conv.h>

#include <type_traits>

namespace hourglass::nn {

/// In the place of an option that a kind of layer does not have: giving it a value does not compile.
struct NoOption {};

namespace internal {
/// An option's default, or nothing where there is no such option.
template <class T, class Default>
constexpr T option(const Default& value) {
  if constexpr (std::is_same_v<T, NoOption>) {
    return {};
  } else {
    return value;
  }
}

/// The fields that all layers with a kernel have.
template <class Options, class V>
void visit_kernel_fields(Options& o, V& v) {
  v("activation", o.activation), v("bias", o.bias);
  v("kernel_initializer", o.kernel_initializer), v("bias_initializer", o.bias_initializer);
  v("kernel_regularizer", o.kernel_regularizer), v("activity_regularizer", o.activity_regularizer);
  v("dtype", o.dtype);
}
}  // namespace internal

/// The options of Dense and the convolutions, with Keras's names and defaults. Dense has the last seven;
/// which of the first seven a convolution has, the alias beside its class says.
template <class Extent = NoOption, class Edges = NoOption, class MoreOutput = NoOption,
          class Groups = NoOption, class Multiplier = NoOption>
struct KernelOptions {
  Extent kernel = internal::option<Extent>(3);
  Extent stride = internal::option<Extent>(1);
  Edges padding = internal::option<Edges>(Padding::valid);
  MoreOutput output_padding{};  // rows and columns more at the end; below the stride
  Extent dilation = internal::option<Extent>(1);
  Groups groups = internal::option<Groups>(1);
  Multiplier depth_multiplier = internal::option<Multiplier>(1);  // output channels for each input channel

  Activation activation = Activation::linear;
  bool bias = true;
  Initializer kernel_initializer = glorot_uniform;
  Initializer bias_initializer = zeros_initializer;
  Regularizer kernel_regularizer{};    // its penalty is part of regularization_loss(model)
  Regularizer activity_regularizer{};  // on the output y, divided by the batch size
  DType dtype = float32;
};

template <class Extent, class Edges, class MoreOutput, class Groups, class Multiplier, class V>
void visit(KernelOptions<Extent, Edges, MoreOutput, Groups, Multiplier>& o, V&& v) {
  const auto option = [&](const char* name, auto& field) {
    if constexpr (!std::is_same_v<decltype(field), NoOption&>) v(name, field);
  };
  option("kernel", o.kernel), option("stride", o.stride), option("padding", o.padding);
  option("output_padding", o.output_padding), option("dilation", o.dilation), option("groups", o.groups);
  option("depth_multiplier", o.depth_multiplier);
  internal::visit_kernel_fields(o, v);
}

}  // namespace hourglass::nn
