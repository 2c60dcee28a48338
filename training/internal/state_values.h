#pragma once

#include <hourglass/tensor/tensor.h>

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

/// Numbers and texts as the tensors of a state, and back.
namespace hourglass::training::detail {

[[nodiscard]] NamedTensor integers(std::string name, std::initializer_list<std::int64_t> values);
[[nodiscard]] NamedTensor real(std::string name, double value);
[[nodiscard]] NamedTensor text(std::string name, std::string_view value);

/// Reads a state; what it does not find in the form asked for throws DataError that begins with `owner`.
class StateReader {
 public:
  StateReader(const char* owner, std::span<const NamedTensor> state) : owner_(owner), state_(state) {}
  [[nodiscard]] const Tensor& tensor(std::string_view name, DType dtype, int rank) const;
  [[nodiscard]] std::span<const std::int64_t> integers(std::string_view name, std::int64_t count) const;
  [[nodiscard]] std::int64_t integer(std::string_view name) const { return integers(name, 1).front(); }
  [[nodiscard]] double real(std::string_view name) const;
  [[nodiscard]] std::string text(std::string_view name) const;

 private:
  const char* owner_;
  std::span<const NamedTensor> state_;
};

}  // namespace hourglass::training::detail
