#pragma once

#include <hourglass/autograd/variable.h>

#include <any>
#include <string>
#include <tuple>
#include <vector>

namespace hourglass {

/// An op as it was called.
struct Call {
  const char* op;  // "conv2d"
  std::vector<Variable> inputs;
  Variable output;
  std::any arguments;  // std::tuple of what else it was called with; empty without
  std::string layer;   // "Conv2D(1 -> 8, kernel 3x3)": where, or "" outside of any layer
};

/// While it lives, keeps all ops that are called on this thread, whether gradients are recorded or not: what
/// writes a model for other programs reads its forward pass there.
///
///     const hg::Tape tape;
///     const hg::Variable y = model(x);
///     for (const hg::Call& call : tape.calls()) fmt::print("{}\n", call.op);
class Tape {
 public:
  Tape();
  ~Tape();
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;
  [[nodiscard]] const std::vector<Call>& calls() const { return calls_; }

 private:
  friend struct detail::OnTape;
  std::vector<Call> calls_;
  Tape* saved_;
};

/// The first operand of an op that was called with a number in front: 1 − x.
struct FirstOperand {
  double value;
};

template <class... A>
Recorded Recorded::called_with(const A&... arguments) && {
  if (detail::OnTape::is_on()) detail::OnTape::add_arguments(std::tuple<A...>(arguments...));
  return std::move(*this);
}

namespace detail {

/// The value of an op that no gradient flows through, and that gives a Tensor therefore: a comparison. It is
/// on no record, only on a tape.
template <class... A>
Tensor on_tape(const char* op, Tensor value, std::initializer_list<Variable> inputs, const A&... arguments) {
  if (OnTape::is_on()) {
    std::vector<Input> list;
    for (const Variable& input : inputs) list.push_back({input, {}});
    OnTape::add(op, value, list);
    if constexpr (sizeof...(A) > 0) OnTape::add_arguments(std::tuple<A...>(arguments...));
  }
  return value;
}

}  // namespace detail
}  // namespace hourglass
