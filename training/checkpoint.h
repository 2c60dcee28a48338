#pragma once

#include <hourglass/nn/module.h>
#include <hourglass/optim/optimizer.h>

#include <string>

namespace hourglass::training {

/// Saves what decides how training goes on: the model, the optimizer, the default generator and the number of
/// epochs done. Atomic, as files::save; files::load reads the model alone from it. Throws FileError.
void save_checkpoint(const std::string& path, nn::Module& model, const optim::Optimizer& optimizer,
                     std::int64_t epochs_done = 0);

/// Loads it again and returns the number of epochs done, for FitOptions::initial_epoch: the run ends with the
/// same bits as one that was never interrupted. Throws FileError, or DataError for the state of another kind
/// of optimizer; then nothing changes.
[[nodiscard]] std::int64_t load_checkpoint(const std::string& path, nn::Module& model,
                                           optim::Optimizer& optimizer);

}  // namespace hourglass::training
