#include <hourglass/autoencoders/recurrent.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/layers/bidirectional.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/gru.h>
#include <hourglass/nn/layers/lstm.h>
#include <hourglass/nn/layers/reshape.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/factory.h>

namespace hourglass::autoencoders {

namespace {

constexpr const char* kName = "RecurrentAutoencoder";

nn::Part recurrent_layer(const RecurrentHalvesOptions& o, std::int64_t in, bool sequences, bool both) {
  if (o.cell == Cell::gru) {
    nn::GRU layer(in, o.units, {.return_sequences = sequences, .dtype = o.dtype});
    return both ? nn::Part(nn::Bidirectional(std::move(layer))) : nn::Part(std::move(layer));
  }
  nn::LSTM layer(in, o.units, {.return_sequences = sequences, .dtype = o.dtype});
  return both ? nn::Part(nn::Bidirectional(std::move(layer))) : nn::Part(std::move(layer));
}

RecurrentHalvesOptions halves_of(const RecurrentOptions& o) {
  return {.steps = o.steps,
          .features = o.features,
          .units = o.units,
          .latent = o.latent,
          .cell = o.cell,
          .bidirectional = o.bidirectional,
          .decoder = o.decoder,
          .dtype = o.dtype};
}

}  // namespace

Halves recurrent_halves(const RecurrentHalvesOptions& o) {
  if (o.steps < 1 || o.features < 1 || o.units < 1 || o.latent < 1 || o.heads < 1)
    throw ShapeError(
        "recurrent_halves: needs at least one of each, got {} steps, {} features, {} units, a "
        "code of {} and {} heads; 140, 1, 64, 16 and 1 are the defaults",
        o.steps, o.features, o.units, o.latent, o.heads);
  Halves halves{.encoder = nn::Sequential(nn::Reshape({-1, o.features})), .decoder = {}, .latent = o.latent};
  halves.encoder.add(recurrent_layer(o, o.features, false, o.bidirectional));
  halves.encoder.add(nn::Dense(checked_product("recurrent_halves", o.units, o.bidirectional ? 2 : 1),
                               checked_product("recurrent_halves", o.heads, o.latent), {.dtype = o.dtype}));
  if (o.decoder == SequenceDecoder::repeat) {
    halves.decoder.add(nn::RepeatVector(o.steps));
    halves.decoder.add(recurrent_layer(o, o.latent, true, false));
    halves.decoder.add(nn::Dense(o.units, o.features, {.dtype = o.dtype}));
    halves.decoder.add(nn::Flatten());
    return halves;
  }
  const std::int64_t parts = o.cell == Cell::lstm ? 2 : 1;
  const auto named = [&](const char* name, nn::Dense layer) {
    halves.decoder.add(nn::Part(name, std::move(layer)));
  };
  named("start", nn::Dense(o.latent, checked_product("recurrent_halves", parts, o.units),
                           {.activation = tanh, .dtype = o.dtype}));
  nn::Sequential memory;
  memory.add(recurrent_layer(o, o.features, true, false));
  halves.decoder.add(nn::Part("memory", std::move(memory)));
  named("output", nn::Dense(o.units, o.features, {.dtype = o.dtype}));
  return halves;
}

RecurrentAutoencoder::RecurrentAutoencoder(const RecurrentOptions& options)
    : RecurrentAutoencoder(recurrent_halves(halves_of(options)), options) {}

RecurrentAutoencoder::RecurrentAutoencoder(Halves halves, const RecurrentOptions& options)
    : encoder(std::move(halves.encoder)), decoder(std::move(halves.decoder)), options_(options) {
  if (halves.latent > 0) options_.latent = halves.latent;
  if (options.decoder == SequenceDecoder::repeat) return;
  const bool fits = decoder.size() == 3 && dynamic_cast<nn::Dense*>(&decoder[0]) &&
                    dynamic_cast<nn::Sequential*>(&decoder[1]) && dynamic_cast<nn::Dense*>(&decoder[2]);
  if (!fits)
    throw DataError(
        "{}: a teacher-forced decoder has the layers start, memory and output, see "
        "recurrent_halves; {} is another",
        kName, decoder.describe());
}

Variable RecurrentAutoencoder::encoded(const StepsOf& steps) {
  if (!steps.lengths) return encoder(steps.x);
  return nn::call_with_lengths(encoder, steps.x, *steps.lengths);
}

std::vector<Variable> RecurrentAutoencoder::start_of(const Variable& code) {
  const auto& memory = decoder.get<nn::Sequential>(1).get<nn::Recurrent>(0);
  return split(decoder[0](code), static_cast<std::int64_t>(memory.state_count()), 1);
}

// What the decoder makes of the code and, at each step, of the example's step before.
Variable RecurrentAutoencoder::forced(const Variable& code, const Variable& x) {
  auto& memory = decoder.get<nn::Sequential>(1).get<nn::Recurrent>(0);
  const Variable none = zeros({x.shape(0), 1, x.shape(2)}, x.dtype());
  const Variable before = concat({none, slice(x, 1, {0, x.shape(1) - 1})}, 1);
  return decoder[2](memory(before, nn::RecurrentCall{.initial_state = start_of(code)}).y);
}

Variable RecurrentAutoencoder::free_running(const Variable& code) {
  auto& memory = decoder.get<nn::Sequential>(1).get<nn::Recurrent>(0);
  std::vector<Variable> state = start_of(code), all;
  Variable y = zeros({code.shape(0), 1, options_.features}, code.dtype());
  for (std::int64_t t = 0; t < options_.steps; ++t) {
    const nn::RecurrentOutput out = memory(y, nn::RecurrentCall{.initial_state = state});
    const Variable logits = decoder[2](out.y);
    all.push_back(logits);
    y = features_of(options_.loss, logits), state = out.state;
  }
  return concat(all, 1);
}

Variable RecurrentAutoencoder::decode(const Variable& code) {
  const bool repeat = options_.decoder == SequenceDecoder::repeat;
  const Variable y = repeat ? decoder(code) : free_running(code);
  return features_of(options_.loss, reshape(y, {code.shape(0), -1}));
}

Loss RecurrentAutoencoder::loss(const Variable& x) {
  return run([&] {
    const StepsOf steps = steps_in(x);
    const Variable code = encoded(steps);
    const bool repeat = options_.decoder == SequenceDecoder::repeat;
    const Variable y = repeat ? decoder(code) : forced(code, steps.x);
    return reconstruction_loss(options_.loss, rows_of(kName, y, steps), steps);
  });
}

Variable RecurrentAutoencoder::forward(const Variable& x) {
  const StepsOf steps = steps_in(x);
  return reshape(rows_of(kName, decode(encoded(steps)), steps), x.shape());
}

std::optional<nn::EncoderDecoder::Form> RecurrentAutoencoder::form() const {
  if (options_.decoder != SequenceDecoder::repeat) return {};
  return Form{&encoder, &decoder, Code::all, 0, options_.loss == ReconstructionLoss::bce};
}

}  // namespace hourglass::autoencoders
