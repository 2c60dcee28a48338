#pragma once

#include <hourglass/tensor/base/buffer.h>
#include <hourglass/tensor/base/epilogue.h>
#include <hourglass/tensor/kernels/conv/geometry.h>

#include <vector>

/// Convolution of float32 in register tiles (product/tile.h): no patches are laid out. An image gets its
/// padding once, in cache; then what a row of taps sees at a place lies in a row in memory, and a block of
/// places times a block of output channels stays in registers while it is summed up. For plans of one group
/// with dense rows of taps (engine.h).
namespace hourglass::detail {

/// A plan with its kernel, (depth, width) laid out in blocks of output channels (32 for AVX-512, 16 for
/// others), the last one's width a multiple of 16 and filled up with zeros: block by block all its rows.
struct PackedPlan {
  ConvPlan plan;
  Buffer<float> kernel;
};
[[nodiscard]] PackedPlan packed_plan(const ConvPlan& plan, const float* w);
/// The same for a phase of the input gradient, which sees a part of the kernel (kh, kw, C, O) turned so that
/// O is what is summed over.
[[nodiscard]] PackedPlan packed_phase(const PhasePlan& phase, const float* w);

/// y = taps · w + bias for plans with one output channel and a kernel w (depth, 1).
void gather_packed(const ConvPlan& plan, const float* x, const float* w, float bias, float* y);

/// y = f(taps · w + bias) for all images and plans, which see the same images. `relu`: whether f is relu; it
/// is linear otherwise. bias may be null.
void convolve_packed(const std::vector<PackedPlan>& plans, const float* x, const float* bias, bool relu,
                     float* y);

/// Σ over images and places of patchᵀ y -> w (depth, width).
void kernel_grad_packed(const ConvPlan& plan, const float* x, const float* y, float* w);

/// The gradients of a convolution or a transposed one.
struct PackedGradients {
  ConvPlan kernel;                   // the convolution whose kernel it is
  bool transposed;                   // its image is the op's output, not its input
  std::vector<PackedPlan> to_input;  // make the input's gradient of the output's; none if it is not needed
};
/// With dz = dy f'(z): dx, dw and db = Σ over images and places of dz, in one pass over the images. What is
/// made of one stays in cache until all is done with it.
void gradients_packed(const PackedGradients& g, Epilogue f, const float* dy, const float* y, const float* x,
                      float* dx, float* dw, float* db);

}  // namespace hourglass::detail
