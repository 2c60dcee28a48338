#pragma once

// The recurrent autoencoder (Srivastava, Mansimov & Salakhutdinov 2015; to find what is wrong in series:
// Malhotra et al. 2016): the last state of a recurrent layer is the code of a sequence x_1 … x_T,
//
//     z = W h_T + b,     min 1/T Σ_t d(x_t, y_t)
//
// and a second one makes the sequence of it: either it sees z at each step (a repeated vector), or it begins
// with a state made of z and sees at each step the one before, x_{t−1}, in training that of the example
// (teacher forcing, Williams & Zipser 1989) and y_{t−1} of its own afterwards.

#include <hourglass/autoencoders/architectures.h>
#include <hourglass/autoencoders/steps.h>

namespace hourglass::autoencoders {

enum class Cell : std::uint8_t { lstm, gru };
constexpr auto enum_names(Cell /*of*/) { return std::to_array<const char*>({"lstm", "gru"}); }
enum class SequenceDecoder : std::uint8_t { repeat, teacher_forced };
constexpr auto enum_names(SequenceDecoder /*of*/) {
  return std::to_array<const char*>({"repeat", "teacher_forced"});
}

struct RecurrentHalvesOptions {
  std::int64_t steps = 140, features = 1;  // T, that of the longest sequence, and F
  std::int64_t units = 64;                 // of each recurrent layer
  std::int64_t latent = 16;                // numbers in a code
  std::int64_t heads = 1;                  // that the encoder gives for each of them: 2 for a posterior
  Cell cell = Cell::lstm;
  bool bidirectional = false;  // the encoder reads from both ends
  SequenceDecoder decoder = SequenceDecoder::repeat;
  DType dtype = float32;
};
/// Reshape, [Bidirectional] LSTM or GRU, Dense | RepeatVector, LSTM or GRU, Dense, Flatten, or,
/// teacher-forced, the layers start (Dense, tanh), memory (LSTM or GRU) and output (Dense), which are not
/// called in a row. Throws ShapeError for a number below 1.
[[nodiscard]] Halves recurrent_halves(const RecurrentHalvesOptions& options = {});

struct RecurrentOptions {
  std::int64_t steps = 140, features = 1, units = 64, latent = 16;
  Cell cell = Cell::lstm;
  bool bidirectional = false;
  SequenceDecoder decoder = SequenceDecoder::repeat;
  ReconstructionLoss loss = ReconstructionLoss::mse;
  DType dtype = float32;
};
template <class V>
void visit(RecurrentOptions& o, V&& v) {
  v("steps", o.steps), v("features", o.features), v("units", o.units), v("latent", o.latent);
  v("cell", o.cell), v("bidirectional", o.bidirectional), v("decoder", o.decoder), v("loss", o.loss);
  v("dtype", o.dtype);
}

/// The recurrent autoencoder.    (N, T, F) or (N, T·F) -> (N, latent) -> (N, T·F)
///
/// T is at most `steps`; see steps.h for sequences of different lengths. decode() makes all steps. Throws
/// ShapeError for a number below 1 and for examples of another form, DataError for halves that are not those
/// of a teacher-forced decoder where one is asked for.
class RecurrentAutoencoder final : public Autoencoder {
 public:
  explicit RecurrentAutoencoder(const RecurrentOptions& options = {});
  explicit RecurrentAutoencoder(Halves halves, const RecurrentOptions& options = {});

  [[nodiscard]] Variable encode(const Variable& x) override { return encoded(steps_in(x)); }
  [[nodiscard]] Variable decode(const Variable& code) override;
  [[nodiscard]] Loss loss(const Variable& x) override;
  Variable forward(const Variable& x) override;
  [[nodiscard]] const RecurrentOptions& options() const { return options_; }
  using Config = RecurrentOptions;
  [[nodiscard]] const Config& config() const { return options_; }
  [[nodiscard]] std::optional<Form> form() const override;
  void visit(nn::Visitor& v) override { v("encoder", encoder), v("decoder", decoder); }

  nn::Sequential encoder, decoder;

 private:
  [[nodiscard]] StepsOf steps_in(const Variable& x) const {
    return steps_of("RecurrentAutoencoder", x, options_.features);
  }
  [[nodiscard]] Variable encoded(const StepsOf& steps);
  [[nodiscard]] Variable forced(const Variable& code, const Variable& x);
  [[nodiscard]] Variable free_running(const Variable& code);
  [[nodiscard]] std::vector<Variable> start_of(const Variable& code);

  RecurrentOptions options_;
};

}  // namespace hourglass::autoencoders
