#pragma once

#include <hourglass/onnx/internal/graph.h>

#include <optional>
#include <string>
#include <vector>

namespace hourglass::onnx::internal {

/// How many examples the first run has; the second has one more.
inline constexpr std::int64_t kExamples = 2;

/// A value of the forward pass, seen in both runs, and what it is called in the file. Images (N, H, W, C) may
/// be there in ONNX's order (N, C, H, W) too, or only so: each is made when first asked for.
struct Value {
  Shape shape, other;  // in the first and the second run: where they differ, the batch is at work
  DType dtype = float32;
  std::optional<Tensor> constant{};  // the same in both runs, and computed from no input
  std::string hint{};                // a parameter's name
  std::string last{}, first{};       // names with channels last and channels first; empty where not made
  Value* narrow = nullptr;           // what it is a broadcast of

  [[nodiscard]] int rank() const { return shape.rank(); }
  [[nodiscard]] bool is_open(int axis) const { return shape[axis] != other[axis]; }
  [[nodiscard]] bool is_open() const { return !(shape == other); }
  [[nodiscard]] bool is_there() const { return constant || !last.empty() || !first.empty() || narrow; }
  /// Whether it is there with channels first alone.
  [[nodiscard]] bool is_first() const { return last.empty() && !first.empty(); }
};

/// Axis i of (N, H, W, C) in (N, C, H, W).
[[nodiscard]] inline int axis_of_first(int axis) { return axis == 0 ? 0 : axis == 3 ? 1 : axis + 1; }

}  // namespace hourglass::onnx::internal
