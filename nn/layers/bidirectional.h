#pragma once

#include <hourglass/nn/layers/recurrent.h>
#include <hourglass/nn/sequential.h>

#include <array>

namespace hourglass::nn {

/// How what the two directions give becomes one.
enum class BidirectionalMerge : std::uint8_t { concat, sum, mul, ave };
constexpr auto enum_names(BidirectionalMerge /*of*/) {
  return std::to_array<const char*>({"concat", "sum", "mul", "ave"});
}

struct BidirectionalOptions {
  BidirectionalMerge merge = BidirectionalMerge::concat;
};
template <class V>
void visit(BidirectionalOptions& o, V&& v) {
  v("merge", o.merge);
}

/// A recurrent layer and a second one that reads the sequences from their ends (Schuster & Paliwal 1997).
/// (N, T, features) -> (N, 2 units), (N, T, 2 units) with return_sequences; without the 2 unless they are
/// joined
///
///     nn::Bidirectional(nn::GRU(8, 32, {.return_sequences = true}), {.merge = nn::BidirectionalMerge::sum})
///
/// The second is made as the first, or given. Each step has the states of both that have read it; the last
/// state of the second is that at the first step. With lengths each sequence is read from its own last step.
class Bidirectional final : public Layer {
 public:
  template <std::derived_from<Recurrent> L>
  explicit Bidirectional(L layer, const BidirectionalOptions& options = {})
      : Bidirectional(Part(std::move(layer)), options, [](const Layer& first) {
          return Part(L::from_config(static_cast<const L&>(first).config()));
        }) {}
  /// Throws DataError unless both are Recurrent, ShapeError if they differ in features, in whether they
  /// return sequences, or, unless they are joined, in units.
  Bidirectional(const Part& forward_layer, const Part& backward_layer,
                const BidirectionalOptions& options = {});

  Variable forward(const Variable& x) override;
  /// The state, given and taken, is that of the first and then that of the second.
  RecurrentOutput operator()(const Variable& x, const RecurrentCall& call);
  using Layer::operator();

  void visit(Visitor& v) override { v("forward_layer", layers_[0]), v("backward_layer", layers_[1]); }
  [[nodiscard]] std::string details() const override;  // "LSTM(3 -> 4, sequences), concat"

  [[nodiscard]] Recurrent& forward_layer() { return layers_.get<Recurrent>(0); }
  [[nodiscard]] Recurrent& backward_layer() { return layers_.get<Recurrent>(1); }
  [[nodiscard]] const Recurrent& forward_layer() const { return layers_.get<Recurrent>(0); }
  [[nodiscard]] const Recurrent& backward_layer() const { return layers_.get<Recurrent>(1); }

  using Config = BidirectionalOptions;
  [[nodiscard]] const Config& config() const { return options_; }

 private:
  Bidirectional(const Part& first, const BidirectionalOptions& options, Part (*second)(const Layer&))
      : Bidirectional(first, second(first.layer()), options) {}
  [[nodiscard]] Variable merged(const Variable& a, const Variable& b) const;

  Sequential layers_;  // the two
  BidirectionalOptions options_;
};

}  // namespace hourglass::nn
