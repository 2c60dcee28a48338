#pragma once

#include <hourglass/tensor/base/memory.h>
#include <hourglass/tensor/ops/factors.h>
#include <hourglass/tensor/tensor.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace hourglass {

class Variable;
struct Node;

/// Counted handle on a node. Releasing the last one frees the graph behind it without recursion.
class NodePtr {
 public:
  NodePtr() = default;
  explicit NodePtr(Node* node) : node_(node) {}  // takes over the count that a new node starts with
  NodePtr(const NodePtr& other) noexcept;
  NodePtr(NodePtr&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  NodePtr& operator=(NodePtr other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~NodePtr();

  [[nodiscard]] Node* get() const { return node_; }
  Node* operator->() const { return node_; }
  Node& operator*() const { return *node_; }
  explicit operator bool() const { return node_ != nullptr; }
  friend bool operator==(const NodePtr& a, const NodePtr& b) { return a.node_ == b.node_; }

 private:
  Node* node_ = nullptr;
};

/// A rule (dy, y, more…) -> Result: any callable of that form, kept in the pool, shared when copied.
template <class Result, class... More>
class Rule {
 public:
  Rule() = default;
  template <class F>
  requires(!std::is_same_v<F, Rule>) Rule(F f)  // NOLINT(google-explicit-constructor)
      : body_(new Body<F>(std::move(f))) {}
  Rule(const Rule& other) noexcept : body_(other.body_) {
    if (body_) ++body_->references;
  }
  Rule(Rule&& other) noexcept : body_(std::exchange(other.body_, nullptr)) {}
  Rule& operator=(Rule other) noexcept {
    std::swap(body_, other.body_);
    return *this;
  }
  ~Rule() {
    if (body_ && --body_->references == 0) delete body_;
  }

  explicit operator bool() const { return body_ != nullptr; }
  Result operator()(const Variable& dy, const Variable& y, More... more) const {
    return body_->call(dy, y, more...);
  }

 private:
  struct Callable : memory::Pooled {
    virtual ~Callable() = default;
    virtual Result call(const Variable& dy, const Variable& y, More... more) const = 0;
    std::atomic<int> references{1};
  };
  template <class F>
  struct Body final : Callable {
    explicit Body(F rule) : f(std::move(rule)) {}
    Result call(const Variable& dy, const Variable& y, More... more) const override {
      return f(dy, y, more...);
    }
    F f;
  };

  Callable* body_ = nullptr;
};

/// The gradient of one input.
using Formula = Rule<Variable>;
/// Those of all inputs, in their order; of one that needs none, any tensor. One that is a product may stay
/// its factors where that is allowed.
enum class Products : std::uint8_t { multiplied, as_factors };
using Gradients = std::array<std::variant<Tensor, Factors>, 3>;
using AllAtOnce = Rule<Gradients, Products>;

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
  /// How many outputs of recorded ops exist in the process: 0 after a training loop.
  static std::int64_t live_ops();

  Tensor value;
  const char* op = nullptr;  // "matmul"; none for leaves
  std::uint64_t tick = 0;    // when it was made: an input's is smaller than its output's
  bool requires_grad = false;
  bool freed = false;  // backward has used up the edges
  Edges edges;
  Formula before;                      // common first factor of the formulas; it may spend dy; see record
  AllAtOnce all_at_once;               // in place of all of them where nothing is recorded; see record
  NodePtr gradient;                    // a leaf's accumulated gradient
  std::unique_ptr<Factors> factors;    // or, instead, its factors; see backward_to_factors
  bool takes_factors = false;          // whether backward may leave them
  NodePtr pending;                     // during backward: the sum of what has arrived
  std::unique_ptr<std::string> layer;  // "Dense(784 -> 64, relu)", while tracing
  bool wanted = true;                  // during backward: on a path to what is differentiated by
  Node* next = nullptr;                // links nodes that wait to be freed
  std::atomic<std::int64_t> references{1};
};

}  // namespace hourglass
