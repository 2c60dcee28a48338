#include <hourglass/autoencoders/diagnostics.h>
#include <hourglass/nn/losses/mmd.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/index.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>
#include <hourglass/training/predict.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace hourglass::autoencoders {

namespace {

constexpr double kCollapsed = 0.01;  // nats

double mmd(const Tensor& a, const Tensor& b, const nn::MMDOptions& options = {}) {
  return no_grad([&] { return nn::maximum_mean_discrepancy(a, b, options).item(); });
}

std::int64_t count(const Tensor& condition) {
  return static_cast<std::int64_t>(sum(condition.to(float64)).item());
}

}  // namespace

std::int64_t active_units(const Tensor& codes, double least) { return count(var(codes, 0) > least); }

PriorMatch match_with_normal(const Tensor& codes, std::int64_t most, std::int64_t pairs) {
  if (pairs < 20)
    throw DataError("match_with_normal: a band of 95% needs 20 pairs at least, got {}; 100 are usual", pairs);
  const Tensor some = slice(codes, 0, {0, std::min(most, codes.shape(0))}).to(float64);
  const auto draw = [&] { return normal(some.shape(), 0.0, 1.0, default_generator(), float64); };
  std::vector<double> of_prior;
  for (std::int64_t i = 0; i < pairs; ++i) of_prior.push_back(mmd(draw(), draw()));
  std::sort(of_prior.begin(), of_prior.end());
  const auto at = static_cast<std::size_t>(std::lround(0.95 * static_cast<double>(pairs - 1)));
  return {mmd(some, draw()), of_prior[at], mean(codes, 0), std(codes, 0)};
}

PosteriorUse posterior_use(const Tensor& means, const Tensor& log_variances) {
  PosteriorUse use;
  use.nats = mean(square(means) + exp(log_variances) - 1.0 - log_variances, 0) * 0.5;
  use.collapsed = count(use.nats < kCollapsed);
  const std::int64_t all = use.nats.size();
  if (10 * use.collapsed > 9 * all) {
    use.warning = fmt::format(
        "{} of {} numbers of the code say nothing of the example (below {} nats): the posterior has "
        "collapsed; "
        "try a KL warm-up, free bits, or a weaker decoder",
        use.collapsed, all, kCollapsed);
  }
  return use;
}

double mmd_in_code(nn::Layer& network, const Tensor& samples, const Tensor& data) {
  const Tensor a = flatten(training::predict(network, samples), 1).to(float64),
               b = flatten(training::predict(network, data), 1).to(float64);
  // c = 2 d s is the mean of ‖b_i − b_j‖² for s the mean variance.
  return mmd(a, b, {.scales = {std::max(mean(var(b, 0)).item(), 1e-12)}});
}

Coverage class_coverage(const Tensor& labels, std::int64_t classes) {
  if (labels.size() == 0) throw DataError("class_coverage: there is no label; draw one sample at least");
  Coverage out;
  const auto k = static_cast<double>(classes);
  out.shares = mean(one_hot(labels, classes, float64), 0);
  out.missing = count(out.shares < 0.1 / k);
  out.divergence = sum(out.shares * log(out.shares * k + (out.shares == 0.0).to(float64))).item();
  return out;
}

}  // namespace hourglass::autoencoders
