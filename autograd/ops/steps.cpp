#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/steps.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/reduce.h>

#include <algorithm>
#include <vector>

namespace hourglass {

namespace {

// The lengths (N,), if they are those of sequences (N, T, …).
Tensor checked(const char* op, const Tensor& lengths, const Shape& x) {
  if (x.rank() < 2)
    throw ShapeError("{}: needs sequences (N, T, …), got shape {}; unsqueeze adds the axis that is missing",
                     op, x);
  if (lengths.dtype() != int64)
    throw DTypeError("{}: lengths are int64, got {}; convert them with lengths.to(hg::int64)", op,
                     name(lengths.dtype()));
  if (lengths.shape() != Shape{x[0]})
    throw ShapeError("{}: needs one length for each of the sequences {}, got shape {}; lengths are (N,)", op,
                     x, lengths.shape());
  Tensor out = lengths.contiguous();
  const std::int64_t* const n = out.data<std::int64_t>();
  for (std::int64_t i = 0; i < x[0]; ++i) {
    if (n[i] < 1 || n[i] > x[1]) {
      throw DataError("{}: sequence {} has length {}, but its batch {} has {} steps; lengths are 1 to that",
                      op, i, n[i], x, x[1]);
    }
  }
  return out;
}

}  // namespace

Tensor steps_there(const Tensor& lengths, std::int64_t steps) {
  const std::int64_t n = lengths.rank() == 1 ? lengths.shape(0) : 0;
  const Tensor each = checked("steps_there", lengths, {n, steps});
  Tensor out({n, steps}, uint8);
  std::uint8_t* const there = out.mutable_data<std::uint8_t>();
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t length = each.data<std::int64_t>()[i];
    for (std::int64_t t = 0; t < steps; ++t) there[i * steps + t] = t < length ? 1 : 0;
  }
  return out;
}

Variable mask_steps(const Variable& x, const Tensor& lengths) {
  (void)checked("mask_steps", lengths, x.shape());
  std::vector<std::int64_t> extents(static_cast<std::size_t>(x.rank()), 1);
  extents[0] = x.shape(0), extents[1] = x.shape(1);
  const Tensor there = reshape(steps_there(lengths, x.shape(1)), Shape(extents));
  return where(there, x, zeros(Shape(std::vector<std::int64_t>(extents.size(), 1)), x.dtype()));
}

Variable reverse_steps(const Variable& x, const std::optional<Tensor>& lengths) {
  if (!lengths) return flip(x, {1});
  const Tensor each = checked("reverse_steps", *lengths, x.shape());
  const std::int64_t n = x.shape(0), steps = x.shape(1);
  if (x.size() == 0) return x;
  Tensor from({n * steps}, int64);
  std::int64_t* const to = from.mutable_data<std::int64_t>();
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t length = each.data<std::int64_t>()[i];
    for (std::int64_t t = 0; t < steps; ++t)
      to[i * steps + t] = i * steps + (t < length ? length - 1 - t : t);
  }
  return reshape(take(reshape(x, {n * steps, -1}), from), x.shape());
}

Tensor lengths_of(const Tensor& x) {
  if (x.rank() < 2)
    throw ShapeError(
        "lengths_of: needs sequences (N, T, …), got shape {}; unsqueeze adds the axis that is missing",
        x.shape());
  const std::int64_t n = x.shape(0), steps = x.shape(1);
  Tensor out = ones({n}, int64);
  if (x.size() == 0) return out;
  const Tensor numbers = max(reshape(equal(x, x), {n, steps, -1}), 2).contiguous();
  for (std::int64_t i = 0; i < n; ++i) {
    const std::uint8_t* const there = numbers.data<std::uint8_t>() + i * steps;
    for (std::int64_t t = 0; t < steps; ++t) {
      if (there[t] != 0) out.mutable_data<std::int64_t>()[i] = t + 1;
    }
  }
  return out;
}

}  // namespace hourglass
