#pragma once

#include <hourglass/autograd/tape.h>
#include <hourglass/onnx/internal/value.h>
#include <hourglass/tensor/base/epilogue.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/function.h>

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace hourglass::onnx::internal {

/// An op on its way into the file: how it was called in both runs, its inputs and its output.
class Op {
 public:
  using Find = FunctionRef<Value*(const Tensor& first_run, const Tensor& second_run)>;
  Op(Graph& into, const Call& of_first_run, const Call& of_second_run, std::vector<Value*> of_inputs,
     Value& of_output, Find of_tensor, const std::string& of_batch)
      : graph(into),
        call(of_first_run),
        other(of_second_run),
        inputs(std::move(of_inputs)),
        output(of_output),
        find_(of_tensor),
        batch_input_(of_batch) {}

  Graph& graph;
  const Call &call, &other;
  std::vector<Value*> inputs;
  Value& output;

  /// Argument i of those that the op was called with, std::tuple<A...>.
  template <class... A>
  [[nodiscard]] const std::tuple<A...>& arguments() const {
    const auto* const found = std::any_cast<std::tuple<A...>>(&call.arguments);
    if (!found) refuse("was called in a way that ONNX has no form for");
    return *found;
  }
  template <class... A>
  [[nodiscard]] bool has_arguments() const {
    return std::any_cast<std::tuple<A...>>(&call.arguments) != nullptr;
  }

  /// The name of a value with channels last, or first; made where it is not there.
  [[nodiscard]] std::string last(Value& value);
  [[nodiscard]] std::string first(Value& value);
  [[nodiscard]] std::string last(std::size_t i = 0) { return last(*inputs.at(i)); }
  [[nodiscard]] std::string first(std::size_t i = 0) { return first(*inputs.at(i)); }
  /// The value of a tensor among the op's arguments: an input's or an op's, or a constant; flattened, where
  /// the argument is.
  [[nodiscard]] Value& value_of(const Tensor& in_call, const Tensor& in_other);
  /// Input i, which must be a constant: a kernel.
  [[nodiscard]] const Tensor& constant(std::size_t i) const;
  [[nodiscard]] const std::string& hint(std::size_t i) const { return inputs.at(i)->hint; }

  void set_last(std::string name) { output.last = std::move(name); }
  void set_first(std::string name) { output.first = std::move(name); }
  /// Applies f, a function of a value's name and of its elements alone, in the order that input 0 has.
  void each(FunctionRef<std::string(const std::string&)> f);

  std::string node(const char* op, const std::vector<std::string>& in, const Attributes& attributes = {}) {
    return graph.node(op, in, attributes);
  }
  [[nodiscard]] std::string number(double value) const { return graph.constant(value, output.dtype); }
  /// A shape, as a name: constant, or computed from the batch.
  [[nodiscard]] std::string shape(const Shape& in_call, const Shape& in_other);

  /// Throws DataError that names the op and its layer.
  [[noreturn]] void refuse(const std::string& why) const;

 private:
  std::string batch_extent();
  std::string expansion(const Value& from, const Value& to);
  Find find_;
  const std::string& batch_input_;
  std::deque<Value> reshaped_;
};

/// Writes one op.
using Form = void (*)(Op& op);
struct NamedForm {
  std::string_view op;
  Form form;
};
[[nodiscard]] const std::vector<NamedForm>& elementwise_forms();
[[nodiscard]] const std::vector<NamedForm>& view_forms();
[[nodiscard]] const std::vector<NamedForm>& image_forms();
[[nodiscard]] const std::vector<NamedForm>& reduce_forms();
[[nodiscard]] const std::vector<NamedForm>& product_forms();
/// Of all families; null for an op that none has.
[[nodiscard]] Form form_of(std::string_view op);

/// The activation in an op's pass, after it.
[[nodiscard]] std::string activated(Op& op, Epilogue f, const std::string& name);

}  // namespace hourglass::onnx::internal
