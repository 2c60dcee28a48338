#pragma once

// How unusual a row x is, by what an autoencoder makes of it. Of a table with C columns whose errors are e_c,
// (x - y)² for a number and a cross-entropy or a sum of squares for a category:
//
//     error           1/C Σ_c e_c                            over the entries that are there
//     scaled_error    1/C Σ_c e_c / ē_c,                     ē_c the mean error of column c in training
//     mahalanobis     √((r - r̄)ᵀ S⁻¹ (r - r̄)),               r = x - y with covariance S in training
//     code            the same of the code                   (both with S + 10⁻³ · its mean variance)
//     elbo            -ELBO in nats, at the mean of q(z|x)   kinds with q(z|x) and the prior N(0, 1) alone
//     likelihood      -log p(x) in nats, estimated by K samples of the code, the same draws for every row
//                                                            kinds that have one (LikelihoodModel) alone
//     nearest         mean distance to the 5 nearest training rows
//
// One of them is a score as it is. Several are combined by what they were for the N training rows:
//
//     logarithms      Σ_s w_s (log(v_s + f_s) - m_s) / d_s   w = 2 for nearest, of which nothing is learnt
//     that
//                                                            could have gone wrong, else 1; m, d mean and
//                                                            deviation of the logarithms, f a tenth of the
//                                                            median; elbo and likelihood are logarithms as
//                                                            they are
//     ranks           -Σ_s log p_s,  p_s = (1 + #{training rows >= v_s}) / (N + 1)       (Fisher 1925)

#include <hourglass/anomaly/neighbours.h>
#include <hourglass/autoencoders/autoencoder.h>
#include <hourglass/autoencoders/gaussian_kind.h>
#include <hourglass/autoencoders/generative.h>
#include <hourglass/autoencoders/tabular.h>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

/// Finding what does not belong: scores, thresholds, detectors that say why.
namespace hourglass::anomaly {

enum class Score : std::uint8_t { error, scaled_error, mahalanobis, code, elbo, nearest, likelihood };
constexpr auto enum_names(Score /*of*/) {
  return std::to_array<const char*>(
      {"error", "scaled_error", "mahalanobis", "code", "elbo", "nearest", "likelihood"});
}
enum class Combination : std::uint8_t { logarithms, ranks };
constexpr auto enum_names(Combination /*of*/) { return std::to_array<const char*>({"logarithms", "ranks"}); }

struct ScoreOptions {
  std::vector<Score> scores{Score::error, Score::nearest};
  Combination combination = Combination::logarithms;
  std::int64_t neighbours = 5;
  std::int64_t reference_rows = 20'000;  // training rows that are kept, drawn at random if there are more
  std::int64_t samples = 50;             // K of likelihood
};
template <class V>
void visit(ScoreOptions& o, V&& v) {
  v("scores", o.scores), v("combination", o.combination), v("neighbours", o.neighbours);
  v("reference_rows", o.reference_rows), v("samples", o.samples);
}

/// The error of each column, nan for a hole; in evaluation mode.    (N, D) -> (N, C) float64
[[nodiscard]] Tensor column_errors(autoencoders::Autoencoder& model,
                                   const std::vector<autoencoders::TableColumn>& columns, const Tensor& x);
/// The rows with what the model expects in their holes; themselves if there are none. Throws DataError for a
/// kind that takes none.
[[nodiscard]] Tensor without_holes(autoencoders::Autoencoder& model, const Tensor& x);
/// -ELBO of each row with z at the mean of q(z|x) and the prior N(0, 1), in nats.    (N, D) -> (N,) float64
[[nodiscard]] Tensor negative_elbo(autoencoders::GaussianKind& model, const Tensor& x);
/// -log p(x) of each row by k samples of its code, in nats. The draws are the same for every row, so that a
/// row's score does not depend on those beside it; a row at a time, which takes a millisecond or so.
/// (N, D) -> (N,) float64
[[nodiscard]] Tensor negative_log_likelihood(autoencoders::LikelihoodModel& model, const Tensor& x,
                                             std::int64_t k);

/// Mahalanobis distances (1936) from rows (N, D) of any kind.
class Mahalanobis {
 public:
  Mahalanobis() = default;
  /// Throws ShapeError unless there are two rows or more.
  explicit Mahalanobis(const Tensor& rows);
  /// (N, D) -> (N,) float64
  [[nodiscard]] Tensor distances(const Tensor& x) const;

  Tensor mean, whitening;  // (1, D), (D, D) float64: |(x - mean) whitening| is the distance
};

/// The scores of rows, measured against training rows.
class Scorer {
 public:
  /// Throws DataError for no scores, the same twice, or options out of range.
  explicit Scorer(ScoreOptions options = {});

  /// Learns from the training rows x (N, D) float32 of a trained model. Throws DataError for fewer than two
  /// rows, and for elbo and likelihood where the kind has none.
  void fit(autoencoders::Autoencoder& model, std::vector<autoencoders::TableColumn> columns, const Tensor& x);
  /// Each score by itself, in the order of the options.    (N, D) -> (N, S) float64
  [[nodiscard]] Tensor parts(autoencoders::Autoencoder& model, const Tensor& x) const;
  /// Their combination.    (N, S) -> (N,) float64
  [[nodiscard]] Tensor combined(const Tensor& parts) const;
  /// combined(parts(model, x)). Throws DataError before fit().
  [[nodiscard]] Tensor operator()(autoencoders::Autoencoder& model, const Tensor& x) const;

  /// The scores of the training rows, ascending; a row is not its own neighbour.    (N,) float64
  [[nodiscard]] const Tensor& training_scores() const { return training_scores_; }
  /// The training rows that are kept, without holes.
  [[nodiscard]] const NearestRows& reference() const { return nearest_; }
  [[nodiscard]] const std::vector<autoencoders::TableColumn>& columns() const { return columns_; }
  [[nodiscard]] const ScoreOptions& options() const { return options_; }

  /// For a model file. set_state throws DataError for what no Scorer of these options and columns can have
  /// left, and changes nothing then.
  [[nodiscard]] std::vector<NamedTensor> state() const;
  void set_state(std::vector<autoencoders::TableColumn> columns, std::span<const NamedTensor> state);

 private:
  [[nodiscard]] Tensor part(Score score, autoencoders::Autoencoder& model, const Tensor& x) const;
  void fit_parts(const Tensor& training_parts);

  ScoreOptions options_;
  std::vector<autoencoders::TableColumn> columns_;
  Tensor column_means_;  // (1, C) float64
  Mahalanobis residual_, code_;
  NearestRows nearest_;
  Tensor training_parts_;   // (S, N) float64, each ascending
  Tensor scales_;           // (S, 3) float64: f, m, d
  Tensor training_scores_;  // (N,) float64, ascending
};

}  // namespace hourglass::anomaly
