#pragma once

#include <hourglass/autograd/gradient.h>
#include <hourglass/tensor/base/function.h>
#include <hourglass/tensor/base/memory.h>
#include <hourglass/tensor/tensor.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace hourglass {

class Variable;

/// The gradient of one input:  formula(dy, y) -> dx.
using Formula = SharedFunction<Variable(const Variable& dy, const Variable& y)>;

/// Which inputs of an op a fast path is to give gradients for, a bit each.
struct Wanted {
  std::uint8_t inputs = 0, products = 0;
  [[nodiscard]] bool operator[](std::size_t i) const { return (inputs >> i & 1U) != 0; }
  /// Whether the gradient of input i may stay a product that is not multiplied.
  [[nodiscard]] bool as_product(std::size_t i) const { return (products >> i & 1U) != 0; }
};
/// Those of up to four inputs, in their order. What is left empty, the formulas give.
using Gradients = std::array<Gradient, 4>;
using FastPath = SharedFunction<Gradients(const Variable& dy, const Variable& y, Wanted wanted)>;

/// The edge from an op's output back to one of its inputs.
struct Edge {
  NodePtr input;
  Formula gradient;
  std::size_t position = 0;  // of the input among the op's
};

/// A few edges in place, many in the pool: most ops have one to three inputs.
class Edges {
 public:
  Edges() = default;
  Edges(const Edges&) = delete;
  Edges& operator=(const Edges&) = delete;
  ~Edges() { clear(); }
  void reserve(std::size_t n);
  void push_back(Edge edge);
  void clear();
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] Edge* begin() { return many_ ? many_ : few_.data(); }
  [[nodiscard]] Edge* end() { return begin() + size_; }
  [[nodiscard]] const Edge* begin() const { return many_ ? many_ : few_.data(); }
  [[nodiscard]] const Edge* end() const { return begin() + size_; }

 private:
  std::array<Edge, 3> few_;
  Edge* many_ = nullptr;
  std::size_t size_ = 0, capacity_ = 3;
};

/// A value and where it came from.
struct Node : memory::Pooled {
  Node();
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  [[nodiscard]] bool is_leaf() const { return op == nullptr; }
  /// Makes it the output of an op.
  void set_op(const char* name);
  /// Lets go of the inputs and of all that the formulas hold.
  void free_history();
  /// How many outputs of recorded ops exist in the process: 0 after a training loop.
  static std::int64_t live_ops();

  Tensor value;
  const char* op = nullptr;  // "matmul"; none for leaves
  std::uint64_t tick = 0;    // when it was made, which no two nodes share: an input's is below its output's
  bool requires_grad = false;
  bool freed = false;  // backward has used up the edges
  Edges edges;
  Formula slope;                       // applied to dy before the formulas; see Recorded::after
  FastPath fast;                       // see Recorded::with_fast
  GradientSlot gradient;               // a leaf's
  std::unique_ptr<std::string> layer;  // "Dense(784 -> 64, relu)", while tracing
  Node* next = nullptr;                // links nodes that wait to be freed
  std::atomic<std::int64_t> references{1};
};

}  // namespace hourglass
