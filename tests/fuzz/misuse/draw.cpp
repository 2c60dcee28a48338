#include "draw.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace hourglass::fuzz {

void Note::clear() { length = 0; }
void Note::add(const std::string& text) {
  const std::size_t n = std::min(text.size(), characters.size() - length);
  std::memcpy(characters.data() + length, text.data(), n);
  length += n;
}
Note& note() {
  static Note of_call;
  return of_call;
}

namespace {

template <class T>
T noted(T value) {
  note().add(std::string(" ").append(detail::Text(value).characters));
  return value;
}

}  // namespace

// SplitMix64 (Steele, Lea & Flood 2014).
std::uint64_t Draw::bits() {
  std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

bool Draw::flag() { return noted(static_cast<int>(bits() & 1)) != 0; }

std::int64_t Draw::size() {
  const std::uint64_t kind = bits() % 20;
  if (kind < 14) return noted(static_cast<std::int64_t>(bits() % 7));
  if (kind == 14) return noted(-static_cast<std::int64_t>(bits() % 4) - 1);
  if (kind == 15)
    return noted(std::numeric_limits<std::int64_t>::min() + static_cast<std::int64_t>(bits() % 2));
  if (kind == 16) return noted(static_cast<std::int64_t>(bits() % 200));
  const std::int64_t power = std::int64_t{1} << (20 + bits() % 43);
  const std::int64_t beside = power + static_cast<std::int64_t>(bits() % 3) - 1;
  return noted(kind == 17 ? -beside : beside);
}

std::int64_t Draw::extent(std::int64_t most) {
  if (once_in(15)) return size();
  return noted(1 + static_cast<std::int64_t>(bits() % static_cast<std::uint64_t>(most)));
}

int Draw::axis() {
  if (once_in(40)) return noted(one_of({std::numeric_limits<int>::min(), std::numeric_limits<int>::max()}));
  return noted(static_cast<int>(bits() % 8) - 4);
}

double Draw::number() {
  using Limits = std::numeric_limits<double>;
  if (!once_in(5)) return noted(static_cast<double>(bits() % 4001) / 1000.0 - 2.0);
  return noted(one_of({0.0, -0.0, 1.0, -1.0, 0.5, 1e-30, 1e30, 255.0, 256.0, Limits::denorm_min(),
                       Limits::max(), Limits::lowest(), Limits::infinity(), -Limits::infinity(),
                       Limits::quiet_NaN(), 0x1p63, 0x1p53}));
}

DType Draw::dtype() {
  const DType dtype = one_of({float32, float32, float32, float64, int64, uint8});
  note().add(std::string(" ").append(name(dtype)));
  return dtype;
}
DType Draw::floating() { return once_in(12) ? dtype() : once_in(3) ? float64 : float32; }

Shape Draw::shape() {
  note().add(" (");
  const std::vector<std::int64_t> extents =
      list(once_in(10) ? 9 : 4, [&] { return once_in(12) ? size() : extent(4); });
  note().add(" )");
  return Shape(extents);
}

Extent2 Draw::extent2(std::int64_t most) {
  const std::int64_t rows = extent(most);
  return {rows, extent(most)};
}

Padding Draw::padding() {
  const std::uint64_t kind = bits() % 4;
  note().add(" padding " + std::to_string(kind));
  if (kind < 2) return kind == 0 ? Padding::valid : Padding::same;
  if (kind == 2) return static_cast<std::int64_t>(bits() % 2);
  const auto side = [&] {
    const std::int64_t one_more = extent(2);
    return one_more == std::numeric_limits<std::int64_t>::min() ? one_more : one_more - 1;
  };
  const std::int64_t top = side(), bottom = side(), left = side();
  return {top, bottom, left, side()};
}

Slice Draw::slice() {
  Slice s;
  if (flag()) s.start = size();
  if (flag()) s.stop = size();
  if (once_in(2)) s.step = size();
  return s;
}

Axes Draw::axes() {
  Axes out;
  out.list = list(3, [&] { return axis(); });
  return out;
}

Epilogue Draw::epilogue() {
  return one_of({Epilogue::none, Epilogue::relu, Epilogue::sigmoid, Epilogue::tanh});
}

Tensor Draw::filled(const Shape& shape, DType dtype) {
  Tensor x(shape, dtype);
  const std::uint64_t start = bits(), kind = bits() % 4;
  visit(dtype, [&]<class T>() {
    T* const to = x.mutable_data<T>();
    for (std::int64_t i = 0; i < x.size(); ++i) {
      const std::uint64_t v = (start + static_cast<std::uint64_t>(i) * 0x9e3779b97f4a7c15U) >> 40;
      if constexpr (std::is_integral_v<T>) {
        to[i] = static_cast<T>(v % 5);
      } else {
        const double share = static_cast<double>(v % 1001) / 1000.0;  // in [0, 1], or around 0
        to[i] = static_cast<T>(kind < 2 ? share : 4.0 * share - 2.0);
      }
    }
    constexpr bool kIntegral = std::is_integral_v<T>;
    if (x.size() > 0 && kind == 3 && once_in(3)) {
      using Limits = std::numeric_limits<T>;
      to[0] = one_of({Limits::max(), Limits::lowest(), kIntegral ? T{1} : Limits::infinity(),
                      kIntegral ? T{0} : Limits::quiet_NaN(), kIntegral ? T{7} : Limits::denorm_min()});
    }
  });
  note().add(std::string(" ").append(name(dtype)).append(shape.str()));
  return x;
}

Tensor Draw::tensor() {
  std::vector<std::int64_t> extents =
      list(once_in(20) ? 8 : 4, [&] { return static_cast<std::int64_t>(once_in(15) ? 0 : 1 + bits() % 4); });
  if (once_in(200)) extents = {static_cast<std::int64_t>(bits() % 70000)};
  Tensor x = filled(Shape(extents), one_of({float32, float32, float32, float64, int64, uint8}));
  switch (bits() % 10) {
    case 0:
      return x.rank() >= 2 ? transpose(x) : x;
    case 1:
      return flip(x);
    case 2: {  // a window into another one
      const int last = x.rank() - 1;
      return last >= 0 ? hourglass::slice(x, last, Slice{.start = 1}) : x;
    }
    case 3:  // without memory of its own for each element
      return x.rank() > 0 && x.rank() < 6 ? broadcast_to(x, x.shape().insert(0, 3)) : x;
    case 4: {  // very wide, with no elements
      if (!once_in(4)) return x;
      note().add(" wide");
      return broadcast_to(filled({0, 1}, x.dtype()), {0, std::int64_t{1} << (bits() % 62)});
    }
    default:
      return x;
  }
}

Tensor Draw::of(std::initializer_list<std::int64_t> extents, DType dtype) {
  if (once_in(12)) return tensor();
  Tensor x = filled(Shape(extents), dtype);
  return once_in(6) && x.rank() >= 2 ? transpose(transpose(x).clone()) : x;
}

Tensor Draw::like(const Tensor& x) {
  if (once_in(8)) return tensor();
  return filled(x.shape(), x.dtype());
}

Tensor Draw::indices(std::int64_t bound) {
  if (once_in(10)) return tensor();
  const std::vector<std::int64_t> list_of = list(4, [&] {
    return once_in(10) || bound <= 0 ? size()
                                     : static_cast<std::int64_t>(bits() % static_cast<std::uint64_t>(bound));
  });
  return from_span(std::span(list_of), Shape{static_cast<std::int64_t>(list_of.size())});
}

Variable Draw::variable(Tensor x) {
  if (!is_floating(x.dtype()) || once_in(3)) return x;
  return leaves_.emplace_back(Variable::parameter(std::move(x)));
}

namespace {
constexpr std::int64_t kMostLookedAt = 1 << 20;  // a broadcast view may have 2⁶² elements
}

void Draw::use(const Tensor& y) {
  sink_ += y.size() + y.rank();
  if (y.size() > kMostLookedAt) return;
  const Tensor own = y.clone();
  visit(own.dtype(), [&]<class T>() {
    const T* const from = own.data<T>();
    for (std::int64_t i = 0; i < own.size(); ++i) sink_ += from[i] != from[i] || from[i] > T{1};
  });
}

void Draw::use(const Variable& y) {
  use(y.value());
  if (y.size() > kMostLookedAt || !y.requires_grad() || once_in(4)) return;
  note().add("; backward");
  if (!once_in(3)) return backward(sum(square(y)));
  const Variable loss = sum(square(y));
  const std::vector<Variable> first = grad(std::span(&loss, 1), leaves_, {.create_graph = true});
  note().add(", twice");
  Variable total = loss;
  for (const Variable& g : first) total = total + to(sum(square(g)), loss.dtype());
  backward(total);
}

std::vector<Row> joined(std::initializer_list<std::vector<Row>> parts) {
  std::vector<Row> all;
  for (const std::vector<Row>& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace hourglass::fuzz
