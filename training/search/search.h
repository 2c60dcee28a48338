#pragma once

// Search for the options of a training: a grid, points at random, or the tree-structured Parzen estimator,
// which proposes what earlier trials make look good. With y* the γ-quantile of the figures y of the trials so
// far, ℓ(x) the density of the options of those below it and g(x) that of the others, the expected
// improvement on y* is
//
//     EI(x) = ∫ max(y* - y, 0) p(y|x) dy  ∝  (γ + g(x)/ℓ(x) · (1 - γ))⁻¹,
//
// so the next trial is, of candidates drawn from ℓ, the one with the largest ℓ(x)/g(x) (Bergstra, Bardenet,
// Bengio & Kégl 2011, eq. 4). Both are products over the axes, each a mixture around the places tried.

#include <hourglass/tensor/base/json.h>
#include <hourglass/training/search/axis.h>
#include <hourglass/training/search/options.h>
#include <hourglass/training/search/result.h>
#include <hourglass/training/search/trial.h>

#include <type_traits>
#include <vector>

namespace hourglass::training {

namespace detail {
/// `start` describes what all trials have in common; check(values) throws for values that cannot be.
[[nodiscard]] SearchResult search(const std::vector<Axis>& axes, const std::string& start,
                                  FunctionRef<void(const OptionValues&)> check,
                                  FunctionRef<Outcome(Trial&)> run, const SearchOptions& options);
}  // namespace detail

/// Runs run(options, trial) for options that differ from `start` on the axes, and keeps what it gives: a
/// number, figures, or a History (see Outcome).
///
///     struct Choices { std::int64_t code = 2; optim::AdamOptions adam{}; };
///     template <class V> void visit(Choices& c, V&& v) { v("code", c.code), v("adam", c.adam); }
///
///     const SearchResult found = search(
///         Choices{}, {Axis::integers("code", 1, 8), Axis::log_range("adam.learning_rate", 1e-4, 1e-1)},
///         [&](const Choices& c, Trial& trial) {
///           ae::BasicAutoencoder model({.features = 30, .latent = c.code});
///           optim::Adam adam(c.adam);
///           const data::Batches batches(x, {.shuffle = true, .seed = trial.seed()});
///           return trial.fit(model, adam, [&](const data::Batch& b) { return model.loss(b.x); }, batches,
///                            {.epochs = 50, .validation = &validation});
///         },
///         {.trials = 40, .median = MedianRule{}, .path = "search.h5"});
///     std::cout << found.str();
///
/// Trials run at the same time, so `run` must not change what it shares with others. Each begins with a
/// default generator of its own, which depends on the search's seed and the trial's index alone, and the
/// thread's is put back afterwards: the result is the same, bit for bit, for any number of threads. A trial
/// that throws, or whose watched figure is nan or infinite, has failed; the search goes on.
///
/// With a path the search can be killed at any instant and started again, with more trials too: those in the
/// file are not run again, others are, and the result is that of a search that never stopped. The first
/// Ctrl-C ends the search in order.
///
/// A grid has all points of the axes. The others try no point twice, as long as there are some left that are
/// found in ten draws. Throws DataError for options out of range, axes that are no fields of the options or
/// values that these cannot have, and FileError for a file that holds another search or cannot be written.
template <class Options, class F>
[[nodiscard]] SearchResult search(const Options& start, const std::vector<Axis>& axes, F&& run,
                                  const SearchOptions& options = {}) {
  const auto with = [&start](const OptionValues& values) {
    Options own = start;
    set_options(own, values, "search");
    return own;
  };
  const auto check = [&](const OptionValues& values) { static_cast<void>(with(values)); };
  const auto run_trial = [&](Trial& trial) -> Outcome {
    if constexpr (std::is_invocable_v<F&, const Options&, Trial&>) {
      return run(with(trial.values()), trial);
    } else {
      static_assert(std::is_invocable_v<F&, const Options&>,
                    "a trial takes (const Options&, Trial&) or (const Options&)");
      return run(with(trial.values()));
    }
  };
  return detail::search(axes, to_json(start), check, run_trial, options);
}

/// The same for options that are not one struct, or known by their names alone: run(trial) finds in
/// trial.values() what the axes say. A name that nothing has shows only there.
[[nodiscard]] SearchResult search(const std::vector<Axis>& axes, FunctionRef<Outcome(Trial&)> run,
                                  const SearchOptions& options = {});

}  // namespace hourglass::training
