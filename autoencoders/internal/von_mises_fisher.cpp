#include <hourglass/autoencoders/internal/von_mises_fisher.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

namespace hourglass::autoencoders::vmf {

namespace {

// Gauss-Legendre, 8 nodes on [−1, 1] (Abramowitz & Stegun 25.4.30).
constexpr std::array<double, 4> kNodes{0.1834346424956498, 0.5255324099163290, 0.7966664774136267,
                                       0.9602898564975363};
constexpr std::array<double, 4> kWeights{0.3626837833783620, 0.3137066458778873, 0.2223810344533745,
                                         0.1012285362903763};

template <class F>
double integral(double from, double to, F f) {
  const double middle = 0.5 * (from + to), half = 0.5 * (to - from);
  double sum = 0.0;
  for (std::size_t i = 0; i < kNodes.size(); ++i)
    sum += kWeights[i] * (f(middle - half * kNodes[i]) + f(middle + half * kNodes[i]));
  return sum * half;
}

// f(θ), 1 at its largest, and panels over the angles where it is not negligible.
class Density {
 public:
  static constexpr int kPanels = 48;
  Density(double kappa, std::int64_t m) : kappa_(kappa), power_(static_cast<double>(m - 2)) {
    // (m − 2) cos θ = κ sin²θ
    const double c = m == 2 ? 1.0 : 2.0 * kappa / (power_ + std::sqrt(power_ * power_ + 4.0 * kappa * kappa));
    const double mode = std::acos(std::min(1.0, c)), sine = std::sin(mode);
    const double curvature = (m == 2 ? 0.0 : power_ / (sine * sine)) + kappa * c;
    constexpr double kDeviations = 14.0;  // e^−98
    const double reach = kDeviations / std::sqrt(curvature);
    from_ = std::max(0.0, mode - reach), to_ = std::min(std::numbers::pi, mode + reach);
    top_ = log_value(mode);
  }
  [[nodiscard]] double operator()(double angle) const { return std::exp(log_value(angle) - top_); }
  [[nodiscard]] double edge(int panel) const { return from_ + (to_ - from_) * panel / kPanels; }
  [[nodiscard]] double log_top() const { return top_; }
  // Σ over all panels of g(θ) f(θ).
  template <class G>
  [[nodiscard]] double integrate(G g) const {
    double sum = 0.0;
    for (int i = 0; i < kPanels; ++i)
      sum += integral(edge(i), edge(i + 1), [&](double t) { return g(t) * (*this)(t); });
    return sum;
  }

 private:
  [[nodiscard]] double log_value(double angle) const {
    return (power_ > 0.0 ? power_ * std::log(std::sin(angle)) : 0.0) + kappa_ * std::cos(angle);
  }
  double kappa_, power_, from_ = 0.0, to_ = 0.0, top_ = 0.0;
};

double mean_cosine(const Density& f) {
  return f.integrate([](double t) { return std::cos(t); }) / f.integrate([](double) { return 1.0; });
}

// log ∫ sin^{m−2}θ e^{κ cos θ} dθ; for κ = 0 in closed form, B((m − 1)/2, 1/2).
double log_integral(double kappa, std::int64_t m) {
  const Density f(kappa, m);
  return f.log_top() + std::log(f.integrate([](double) { return 1.0; }));
}
double log_surface(std::int64_t m) {
  const double a = 0.5 * static_cast<double>(m - 1);
  return std::lgamma(a) + std::lgamma(0.5) - std::lgamma(a + 0.5);
}

// The angle up to which the part u of the whole lies, in (0, 1), and the derivative of its cosine by κ.
struct Cosine {
  double value, slope;
};
Cosine cosine_at(double kappa, std::int64_t m, double u) {
  const Density f(kappa, m);
  const double whole = f.integrate([](double) { return 1.0; }), a = mean_cosine(f);
  // From the nearer end, where nothing cancels.
  const bool from_left = u <= 0.5;
  const double wanted = (from_left ? u : 1.0 - u) * whole;
  double before = 0.0, moment = 0.0;  // ∫ f and ∫ (cos θ − A) f over whole panels
  const auto one = [&](double t) { return f(t); };
  const auto centred = [&](double t) { return (std::cos(t) - a) * f(t); };
  int panel = 0;
  double low = 0.0, high = 0.0;
  for (; panel < Density::kPanels; ++panel) {
    const int i = from_left ? panel : Density::kPanels - 1 - panel;
    low = f.edge(i), high = f.edge(i + 1);
    const double here = integral(low, high, one);
    if (before + here >= wanted || panel + 1 == Density::kPanels) break;
    before += here;
    moment += integral(low, high, centred);
  }
  // Newton's steps within the panel, where the integrand is smooth; halves where one leads out of it.
  const double start = from_left ? low : high;
  const auto part = [&](double t, auto g) {
    return from_left ? integral(start, t, g) : integral(t, start, g);
  };
  double near = start, far = from_left ? high : low, angle = 0.5 * (near + far);
  for (int i = 0; i < 12; ++i) {
    const double missing = wanted - before - part(angle, one);
    (missing > 0.0 ? near : far) = angle;
    const double next = angle + (from_left ? missing : -missing) / f(angle);
    const auto [least, most] = std::minmax(near, far);
    angle = next >= least && next <= most ? next : 0.5 * (near + far);
  }
  moment += part(angle, centred);
  // θ' f(θ) = −∫_0^θ (cos t − A) f dt, and +∫_θ^π, as both together are 0.
  const double angle_slope = (from_left ? -moment : moment) / f(angle);
  return {std::cos(angle), -std::sin(angle) * angle_slope};
}

// f of each κ; in float64, as kernels are, whatever the type.
template <class F>
Tensor of_each(const Variable& kappa, F f) {
  Tensor out = kappa.value().to(float64).clone();
  auto* const values = out.mutable_data<double>();
  for (std::int64_t i = 0; i < out.size(); ++i) values[i] = f(values[i], i);
  return out.to(kappa.dtype());
}

}  // namespace

Variable mean_cosine(const Variable& kappa, std::int64_t m) {
  const auto value = [m](double k, std::int64_t) { return mean_cosine(Density(k, m)); };
  return record("vmf_mean_cosine", of_each(kappa, value),
                {{kappa, [kappa, m](const Variable& dy, const Variable& y) {
                    return dy * (1.0 - square(y) - static_cast<double>(m - 1) * y / kappa);
                  }}});
}

Variable log_mean_exp(const Variable& kappa, std::int64_t m) {
  const double surface = log_surface(m);
  const auto value = [&](double k, std::int64_t) { return log_integral(k, m) - surface; };
  return record(
      "vmf_log_mean_exp", of_each(kappa, value),
      {{kappa, [kappa, m](const Variable& dy, const Variable&) { return dy * mean_cosine(kappa, m); }}});
}

Variable kl_to_uniform(const Variable& kappa, std::int64_t m) {
  return kappa * mean_cosine(kappa, m) - log_mean_exp(kappa, m);
}

Variable cosine(const Variable& kappa, const Tensor& u, std::int64_t m) {
  const Tensor levels = u.to(float64).contiguous();
  Tensor slopes = zeros(kappa.shape(), float64);
  constexpr double kLeast = 1e-12;
  const auto value = [&](double k, std::int64_t i) {
    const Cosine c = cosine_at(k, m, std::clamp(levels.data<double>()[i], kLeast, 1.0 - kLeast));
    slopes.mutable_data<double>()[i] = c.slope;
    return c.value;
  };
  Tensor values = of_each(kappa, value);
  return record(
      "vmf_cosine", std::move(values),
      {{kappa, [slope = slopes.to(kappa.dtype())](const Variable& dy, const Variable&) {
          if (is_recording())
            throw GradientError(
                "vmf_cosine: has no second-order gradient; differentiate it once, without create_graph");
          return dy * slope;
        }}});
}

Variable directions(const Variable& mean, const Variable& cosines) {
  const std::int64_t n = mean.shape(0), m = mean.shape(1);
  const Tensor v = uniform_directions(n, m - 1, mean.dtype());
  const Variable w = reshape(cosines, {n, 1}), sine = sqrt(maximum(1.0 - square(w), 1e-12));
  const Variable upright = concat({w, sine * v}, 1);
  const Tensor first = concat({ones({n, 1}, mean.dtype()), zeros({n, m - 1}, mean.dtype())}, 1);
  // z − 2 a (aᵀz) / (aᵀa), a from the first axis to μ; where they agree nothing is to be done.
  const Variable a = first - mean;
  constexpr double kLeast = 1e-20;
  return upright -
         2.0 * a * sum(a * upright, 1, {.keepdims = true}) / (sum(square(a), 1, {.keepdims = true}) + kLeast);
}

Tensor uniform_directions(std::int64_t n, std::int64_t m, DType dtype) {
  const Tensor v = normal({n, m}, 0.0, 1.0, default_generator(), dtype);
  return v / maximum(norm(v, 1, {.keepdims = true}), 1e-20);
}

}  // namespace hourglass::autoencoders::vmf
