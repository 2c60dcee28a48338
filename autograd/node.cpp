#include <hourglass/autograd/node.h>
#include <hourglass/autograd/variable.h>

#include <new>

namespace hourglass {

namespace {

std::atomic<std::int64_t> live{0};

// Nodes that this thread has let go of and not yet freed. Freeing one lets go of its inputs, which join the
// queue instead of recursing: a chain of any length is freed with a stack of constant depth.
thread_local Node* waiting = nullptr;
thread_local bool freeing = false;

void free_nodes(Node* node) {
  node->next = waiting;
  waiting = node;
  if (freeing) return;
  freeing = true;
  while (waiting) {
    Node* const last = waiting;
    waiting = last->next;
    delete last;
  }
  freeing = false;
}

}  // namespace

NodePtr::NodePtr(const NodePtr& other) noexcept : node_(other.node_) {
  if (node_) node_->references.fetch_add(1, std::memory_order_relaxed);
}

NodePtr::~NodePtr() {
  if (node_ && node_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) free_nodes(node_);
}

void Edges::reserve(std::size_t n) {
  if (n <= capacity_) return;
  auto* const more = static_cast<Edge*>(memory::allocate(n * sizeof(Edge)));
  for (std::size_t i = 0; i < size_; ++i) new (more + i) Edge(std::move(begin()[i]));
  const std::size_t size = size_;
  clear();
  many_ = more;
  size_ = size;
  capacity_ = n;
}

void Edges::push_back(Edge edge) {
  if (size_ == capacity_) reserve(2 * capacity_);
  if (many_) {
    new (many_ + size_) Edge(std::move(edge));
  } else {
    few_.at(size_) = std::move(edge);
  }
  ++size_;
}

void Edges::clear() {
  for (Edge& edge : *this) edge = Edge{};
  if (many_) {
    for (Edge& edge : *this) edge.~Edge();
    memory::release(many_, capacity_ * sizeof(Edge));
    many_ = nullptr;
    capacity_ = few_.size();
  }
  size_ = 0;
}

Node::Node() : tick(next_tick()) {}

Node::~Node() {
  if (op) live.fetch_sub(1, std::memory_order_relaxed);
}

void Node::set_op(const char* name) {
  op = name;
  live.fetch_add(1, std::memory_order_relaxed);
}

void Node::free_history() {
  edges.clear();
  slope = Formula();
  fast = FastPath();
  freed = true;
}

std::int64_t Node::live_ops() { return live.load(std::memory_order_relaxed); }

}  // namespace hourglass
