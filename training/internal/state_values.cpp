#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/training/internal/state_values.h>

#include <algorithm>

namespace hourglass::training::detail {

NamedTensor integers(std::string name, std::initializer_list<std::int64_t> values) {
  Tensor out(Shape{static_cast<std::int64_t>(values.size())}, int64);
  std::copy(values.begin(), values.end(), out.mutable_data<std::int64_t>());
  return {std::move(name), out};
}

NamedTensor real(std::string name, double value) { return {std::move(name), full({}, value, float64)}; }

NamedTensor text(std::string name, std::string_view value) {
  Tensor out(Shape{static_cast<std::int64_t>(value.size())}, uint8);
  std::copy(value.begin(), value.end(), out.mutable_data<std::uint8_t>());
  return {std::move(name), out};
}

const Tensor& StateReader::tensor(std::string_view name, DType dtype, int rank) const {
  for (const NamedTensor& t : state_) {
    if (t.name == name && t.value.dtype() == dtype && t.value.rank() == rank) return t.value;
  }
  throw DataError("{}: this is not a state of it: no \"{}\" of type {} and rank {}; give what state() gave",
                  owner_, name, hourglass::name(dtype), rank);
}

std::span<const std::int64_t> StateReader::integers(std::string_view name, std::int64_t count) const {
  const Tensor& t = tensor(name, int64, 1);
  if (t.size() != count) {
    throw DataError(
        "{}: this is not a state of it: \"{}\" has {} numbers, expected {}; give what state() gave", owner_,
        name, t.size(), count);
  }
  return {t.data<std::int64_t>(), static_cast<std::size_t>(count)};
}

double StateReader::real(std::string_view name) const { return tensor(name, float64, 0).item(); }

std::string StateReader::text(std::string_view name) const {
  const Tensor& letters = tensor(name, uint8, 1);
  const std::uint8_t* const first = letters.data<std::uint8_t>();
  return {first, first + letters.size()};
}

}  // namespace hourglass::training::detail
