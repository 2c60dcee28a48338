#pragma once

#include <hourglass/nn/layers/kernel_options.h>
#include <hourglass/nn/module.h>

#include <optional>
#include <type_traits>
#include <vector>

namespace hourglass::nn {

/// What a recurrent layer may be told beside its input.
struct RecurrentCall {
  std::optional<Tensor> lengths{};        // (N,) int64, see autograd/ops/steps.h; all steps are there if none
  std::vector<Variable> initial_state{};  // h, and of an LSTM c, (N, units) each; zeros if it is empty
};

/// What it gives: the states of all steps or of the last, as the layer's options say, and what it would go on
/// from.
struct RecurrentOutput {
  Variable y;                   // (N, T, units), or (N, units)
  std::vector<Variable> state;  // h, and of an LSTM c, (N, units) each
};

/// The options of LSTM and GRU, with Keras's names and defaults. Which of unit_forget_bias and reset_after a
/// layer has, the alias beside its class says.
template <class UnitForgetBias = NoOption, class ResetAfter = NoOption>
struct RecurrentLayerOptions {
  bool return_sequences = false;  // the states of all steps, or only the last
  bool bias = true;
  UnitForgetBias unit_forget_bias = internal::option<UnitForgetBias>(true);  // it begins at 1
  ResetAfter reset_after = internal::option<ResetAfter>(true);  // the reset gate acts on h U + b, else on h
  Initializer kernel_initializer = glorot_uniform;
  Initializer recurrent_initializer = orthogonal();
  Initializer bias_initializer = zeros_initializer;
  Regularizer kernel_regularizer{}, recurrent_regularizer{};  // see regularization_loss
  DType dtype = float32;
};
template <class UnitForgetBias, class ResetAfter, class V>
void visit(RecurrentLayerOptions<UnitForgetBias, ResetAfter>& o, V&& v) {
  v("return_sequences", o.return_sequences), v("bias", o.bias);
  if constexpr (!std::is_same_v<UnitForgetBias, NoOption>) v("unit_forget_bias", o.unit_forget_bias);
  if constexpr (!std::is_same_v<ResetAfter, NoOption>) v("reset_after", o.reset_after);
  v("kernel_initializer", o.kernel_initializer), v("recurrent_initializer", o.recurrent_initializer),
      v("bias_initializer", o.bias_initializer), v("kernel_regularizer", o.kernel_regularizer),
      v("recurrent_regularizer", o.recurrent_regularizer), v("dtype", o.dtype);
}

/// What makes one again.
template <class Options>
struct RecurrentConfig {
  std::int64_t features = 0, units = 0;
  Options options{};
};
template <class Options, class V>
void visit(RecurrentConfig<Options>& c, V&& v) {
  v("features", c.features), v("units", c.units);
  visit(c.options, v);
}

/// The options that Recurrent itself looks at.
struct RecurrentCommon {
  bool return_sequences = false;
  Regularizer kernel_regularizer{}, recurrent_regularizer{};
};

/// What LSTM and GRU have in common. Called with x alone, they begin with zeros at every sequence; called
/// with more,
///
///     const auto [y, state] = layer(x, {.lengths = lengths, .initial_state = {h, c}});
///
/// they give their final state too. With lengths that is the state at a sequence's own last step, and y is 0
/// beyond it, as with PyTorch's packed sequences. What x has there, nan and inf included, changes no bit of a
/// result or a gradient.
class Recurrent : public Layer {
 public:
  /// Throws ShapeError for an input of another rank or number of features, for one without a step whose state
  /// could be given, and for states that do not fit; DTypeError for another type; and as mask_steps does.
  RecurrentOutput operator()(const Variable& x, const RecurrentCall& call);
  using Layer::operator();
  Variable forward(const Variable& x) override { return output_of(x, {}, false).y; }

  void visit(Visitor& v) override {
    v("kernel", kernel), v("recurrent_kernel", recurrent_kernel), v("bias", bias);
  }
  /// The penalties of both kernels.
  std::optional<Variable> take_penalty() override;
  [[nodiscard]] std::string details() const override;  // "28 -> 64, sequences"

  [[nodiscard]] std::int64_t features() const { return kernel.shape(0); }
  [[nodiscard]] std::int64_t units() const { return recurrent_kernel.shape(0); }
  [[nodiscard]] bool returns_sequences() const { return common_.return_sequences; }
  /// The parts of the state: 1, of an LSTM 2.
  [[nodiscard]] virtual std::size_t state_count() const = 0;

  Variable kernel, recurrent_kernel;
  std::optional<Variable> bias;

 protected:
  /// Throws ShapeError unless there are a feature and a unit.
  Recurrent(const char* layer, std::int64_t features, std::int64_t units, std::int64_t gates,
            const Initializer& of_kernel, const Initializer& of_recurrent, DType dtype,
            const RecurrentCommon& common);
  Recurrent(Recurrent&&) noexcept = default;
  Recurrent(const Recurrent&) = default;
  Recurrent& operator=(Recurrent&&) = default;

  /// The parts of the state at all steps, (T, N, units) each, from x (T, N, features): h alone will do where
  /// nobody asks for the others.
  [[nodiscard]] virtual std::vector<Variable> states(const Variable& x, const std::vector<Variable>& initial,
                                                     bool all_parts) = 0;
  /// x W + b.    (T, N, features) -> (T, N, columns)
  [[nodiscard]] Variable projected(const Variable& x, const std::optional<Variable>& b) const;
  /// The layer as it is now: with the options it was made with, but for what its parameters say.
  template <class Options>
  [[nodiscard]] RecurrentConfig<Options> config_with(Options options) const {
    options.bias = bias.has_value();
    options.dtype = kernel.dtype();
    return {features(), units(), options};
  }

 private:
  void expect_input(const Variable& x, const RecurrentCall& call, bool with_state) const;
  [[nodiscard]] RecurrentOutput output_of(const Variable& x, const RecurrentCall& call, bool with_state);

  RecurrentCommon common_;
};

/// A layer's output on sequences of which only the first steps are there: padding is 0 for it, and a
/// Recurrent or a Bidirectional gets the lengths; in a Sequential each layer in turn, as long as the second
/// axis is that of the steps.    x (N, T, …), lengths (N,) int64. Throws as mask_steps does.
[[nodiscard]] Variable call_with_lengths(Layer& layer, const Variable& x, const Tensor& lengths);

}  // namespace hourglass::nn
