#pragma once

#include <hourglass/nn/layers/merge.h>
#include <hourglass/nn/losses/divergences.h>

namespace hourglass::nn {

struct ReparameterizeOptions {
  bool sample_in_eval = false;  // true: evaluation samples as training does, for an ELBO; false: it gives μ
  LogVarianceRange range{};     // that log σ² is clipped to
};
template <class V>
void visit(ReparameterizeOptions& o, V&& v) {
  v("sample_in_eval", o.sample_in_eval), v("range", o.range);
}

/// A sample of N(μ, σ²) that gradients pass through:  z = μ + exp(½ log σ²) ε, ε ~ N(0, 1)
/// (Kingma & Welling 2014; Rezende et al. 2014).    (…), (…) -> (…)
///
/// ε comes from the default generator, anew at each call. In evaluation z = μ, so that codes are the same
/// each time, unless `sample_in_eval`. log σ² is clipped to `range`, [−30, 20] by default, and gets no
/// gradient beyond. Throws ShapeError if the shapes differ, DTypeError if the types do, DataError for a range
/// that is none. In a graph: nn::merge(nn::Reparameterize(), {mean, log_variance}).
class Reparameterize final : public Merge {
 public:
  explicit Reparameterize(const ReparameterizeOptions& options = {});
  using Merge::operator();
  [[nodiscard]] Variable operator()(const Variable& mean, const Variable& log_variance) {
    return Merge::operator()({mean, log_variance});
  }
  [[nodiscard]] std::string details() const override;  // "sampling in eval" if so

  using Config = ReparameterizeOptions;
  [[nodiscard]] const Config& config() const { return options_; }

 private:
  Variable merge(const std::vector<Variable>& x) override;
  ReparameterizeOptions options_;
};

}  // namespace hourglass::nn
