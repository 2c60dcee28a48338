#pragma once

// What the kinds of sequences share. Examples are (N, T, F), or rows (N, T·F) as tables and data::Batches
// have them; steps beyond a sequence's length are nan in all features (data::Sequences), and change no bit of
// any result. A kind decodes to rows, as the kinds of images do; called as a layer it gives what it was
// given.

#include <hourglass/autoencoders/autoencoder.h>
#include <hourglass/autoencoders/likelihood.h>

#include <optional>

namespace hourglass::autoencoders {

/// Examples with 0 in place of the steps that are not there.
struct StepsOf {
  Variable x;                       // (N, T, F)
  std::optional<Tensor> lengths{};  // (N,) int64; none where all steps are there
};
/// Throws ShapeError, which begins with the kind's name, for examples of another form.
[[nodiscard]] StepsOf steps_of(const char* kind, const Variable& x, std::int64_t features);

/// The decoder's output for so many steps as the examples have, as rows.    (N, T', …) or (N, T'·F) -> (N,
/// T·F) Throws ShapeError if it has fewer.
[[nodiscard]] Variable rows_of(const char* kind, const Variable& y, const StepsOf& steps);

/// The loss of the decoder's output (N, T·F), the mean over the steps that are there.
[[nodiscard]] Loss reconstruction_loss(ReconstructionLoss kind, const Variable& y, const StepsOf& steps);
/// log p(x|z) of each example over the steps that are there, of the decoder's output (N, T·F).    -> (N,)
[[nodiscard]] Variable log_of_each(const OutputDistribution& output, const Variable& y, const StepsOf& steps);

}  // namespace hourglass::autoencoders
