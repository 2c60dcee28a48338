#pragma once

#include <hourglass/hourglass.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// Random calls of the public functions with arguments that nobody should give.
namespace hourglass::fuzz {

/// What one call was made with, as text; of fixed size, so that a signal handler can write it.
struct Note {
  void clear();
  void add(const std::string& text);

  std::array<char, 4096> characters{};
  std::size_t length = 0;
};
/// That of the call that is under way.
Note& note();

/// The arguments of one call: a function of the seed alone. Each is noted as it is drawn.
///
/// Most fit, so that calls get beyond the first check; some are of another shape, type or layout, out of
/// range, or as large as 2⁶².
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : state_(seed) {}
  Draw(const Draw&) = delete;
  Draw& operator=(const Draw&) = delete;
  ~Draw() {  // a gradient with a graph of its own holds the parameter that holds it
    for (Variable& leaf : leaves_) leaf.clear_gradient();
  }

  /// True once in n.
  bool once_in(std::uint64_t n) { return bits() % n == 0; }
  bool flag();
  /// Mostly 0 … 6, now and then negative, or beyond 2²⁰, up to 2⁶².
  std::int64_t size();
  /// Mostly from 1 to `most`.
  std::int64_t extent(std::int64_t most = 5);
  int axis();
  double number();
  DType dtype();
  DType floating();
  Shape shape();
  Extent2 extent2(std::int64_t most = 3);
  Padding padding();
  Slice slice();
  Axes axes();
  Epilogue epilogue();
  template <class E>
  E one_of(std::initializer_list<E> values) {
    return *(values.begin() + bits() % values.size());
  }
  template <class F>
  auto list(std::uint64_t most, F f) {
    std::vector<decltype(f())> out;
    for (std::uint64_t n = bits() % (most + 1); n > 0; --n) out.push_back(f());
    return out;
  }

  /// Any tensor: any type, contiguous or not, broadcast, empty.
  Tensor tensor();
  /// One of this shape, floating; one time in twelve any other.
  Tensor of(std::initializer_list<std::int64_t> extents, DType dtype = float32);
  /// One of the shape and type of another; one time in eight any other.
  Tensor like(const Tensor& x);
  Variable like(const Variable& x) { return variable(like(x.value())); }
  Tensor indices(std::int64_t bound);
  /// As a constant or as a parameter.
  Variable variable(Tensor x);
  /// A Tensor or a Variable, as X says.
  template <class X>
  X any() {
    return made<X>(tensor());
  }
  template <class X>
  X made(Tensor x) {
    if constexpr (std::is_same_v<X, Variable>) {
      return variable(std::move(x));
    } else {
      return x;
    }
  }

  /// Looks at a result: every element of a tensor, the gradients of a variable, to the second order.
  void use(const Tensor& y);
  void use(const Variable& y);
  void use(const Shape& s) { sink_ += s.size(); }
  void use(const std::string& s) { sink_ += static_cast<std::int64_t>(s.size()); }
  void use(double x) { sink_ += x > 0; }
  template <class T>
  void use(const std::vector<T>& parts) {
    for (const T& part : parts) use(part);
  }

 private:
  std::uint64_t bits();
  Tensor filled(const Shape& shape, DType dtype);

  std::uint64_t state_;
  std::vector<Variable> leaves_;  // the parameters among the arguments
  std::int64_t sink_ = 0;
};

/// One function of the library and how it is called.
struct Row {
  const char* name;
  void (*call)(Draw& d);
};
[[nodiscard]] std::vector<Row> joined(std::initializer_list<std::vector<Row>> parts);

/// A row for each function of these folders.
std::vector<Row> tensor_rows();
std::vector<Row> gradient_rows();
std::vector<Row> op_rows();       // those that exist for tensors and for variables, once for each
std::vector<Row> index_rows();    // picking, sorting, drawing
std::vector<Row> product_rows();  // of them, products, convolutions and pooling
std::vector<Row> autograd_rows();
std::vector<Row> layer_rows();
std::vector<Row> training_rows();  // losses, optim, data, training
std::vector<Row> autoencoder_rows();
std::vector<Row> table_rows();

}  // namespace hourglass::fuzz
