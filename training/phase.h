#pragma once

#include <hourglass/optim/optimizer.h>
#include <hourglass/training/source.h>

#include <functional>
#include <string>
#include <vector>

namespace hourglass::training {

/// One of several steps that each batch is trained by: which parameters change, by which optimizer, to lower
/// which loss.
///
///     const std::vector<Phase<>> phases{
///         {"autoencoder", &adam, {"encoder", "decoder"}, [&](const data::Batch& b) { return … }},
///         {"critic", &of_critic, {"critic"}, [&](const data::Batch& b) { return … }},
///         {"deceit", &of_encoder, {"encoder"}, [&](const data::Batch& b) { return … }}};
///     fit(model, phases, train, {.epochs = 7});
template <BatchLike B = data::Batch>
struct Phase {
  std::string name{};                     // of its figures and in a file: letters, digits and _
  optim::Optimizer* optimizer = nullptr;  // of this phase alone
  std::vector<std::string> parameters{};  // members of the model, "encoder" or "decoder.0"; none: all
  std::function<Variable(const B&)> loss{};
  std::int64_t steps = 1;  // in a row for each batch, every one with a forward pass of its own
};

namespace detail {
/// A phase whose type of batch is forgotten. The loss is held by reference.
struct AnyPhase {
  std::string name;
  optim::Optimizer* optimizer;
  std::vector<std::string> parameters;
  LossOfBatch loss;
  std::int64_t steps = 1;
};

[[noreturn]] void refuse_phase(const std::string& name, const char* missing);
template <class B>
[[nodiscard]] std::vector<AnyPhase> any_phases(const std::vector<Phase<B>>& phases) {
  std::vector<AnyPhase> out;
  for (const Phase<B>& phase : phases) {
    if (!phase.optimizer) refuse_phase(phase.name, "optimizer");
    if (!phase.loss) refuse_phase(phase.name, "loss");
    out.push_back(
        {phase.name, phase.optimizer, phase.parameters, LossOfBatch::of<B>(phase.loss), phase.steps});
  }
  return out;
}
}  // namespace detail

}  // namespace hourglass::training
