#pragma once

// Which sequences do not belong, and at which of their steps. Of a sequence x with T steps of F features and
// what an autoencoder y makes of it,
//
//     e_t = 1/F Σ_f (x_tf − y_tf)²        the error of a step
//     score = 1/T Σ_t e_t                 the steps that are there
//     a_t = e_t / q_t                     how far a step is beyond what is usual there, q_t a quantile of the
//                                         errors at t in training
//
// A sequence is an anomaly if its score is above the threshold; a step is wrong if a_t > 1.

#include <hourglass/anomaly/thresholds.h>
#include <hourglass/autoencoders/autoencoder.h>

#include <memory>
#include <string>
#include <vector>

namespace hourglass::anomaly {

struct SequenceDetectorOptions {
  ThresholdOptions threshold{};
  // Of the training, by Adam, its rate falling as a cosine; 0 epochs for a model that is trained already.
  std::int64_t epochs = 60, batch_size = 32;
  double learning_rate = 5e-3;
  double clipnorm = 1.0;        // of all gradients together; recurrent layers need it
  double step_quantile = 0.99;  // of the errors at a step in training: what is usual there
  std::uint64_t seed = 0;       // of shuffling and noise
};
template <class V>
void visit(SequenceDetectorOptions& o, V&& v) {
  v("threshold", o.threshold), v("epochs", o.epochs), v("batch_size", o.batch_size);
  v("learning_rate", o.learning_rate), v("clipnorm", o.clipnorm), v("step_quantile", o.step_quantile);
  v("seed", o.seed);
}

/// Why a sequence has its score.
struct SequenceExplanation {
  struct Stretch {
    std::int64_t begin = 0, end = 0;          // the steps [begin, end), one after the other, that are wrong
    double share = 0.0;                       // of the sequence's error
    std::int64_t worst = 0;                   // the step whose error is furthest beyond the usual
    std::vector<double> value{}, expected{};  // (F) of that step
  };
  double score = 0.0, p_value = 0.0, threshold = 0.0;
  std::vector<Stretch> stretches{};  // the largest share first; none where no step is wrong
  /// "score 0.31, threshold 0.12, p 0.0068: steps 63 to 70 (81%), worst 66, is 1.2 where -0.3 was expected;
  /// …"
  [[nodiscard]] std::string str(std::int64_t stretches = 3) const;
};

/// Finds the sequences that do not belong.
///
///     anomaly::SequenceDetector detector(std::make_unique<RecurrentAutoencoder>(options));
///     detector.fit(normals);                          // (N, T, F) float32, nan beyond a sequence's length
///     const Tensor scores = detector.score(x), steps = detector.step_scores(x);
///     std::cout << detector.explain(x, 17).str();
///
/// Of any kind whose reconstruction as a layer has the form of its examples, as those of sequences have. The
/// same seed gives the same bits for any number of threads. Calls that score may not run at once.
class SequenceDetector {
 public:
  /// Throws DataError for options out of range, or no model.
  explicit SequenceDetector(std::unique_ptr<autoencoders::Autoencoder> model,
                            const SequenceDetectorOptions& options = {});

  /// Trains the model on its own loss, and takes the errors of the training sequences. Throws DataError for
  /// fewer than two and where training fails, ShapeError for another form. Leaves the default generator as it
  /// was.
  void fit(const Tensor& train);
  [[nodiscard]] bool is_fitted() const { return usual_.size() > 0; }

  /// How unusual each sequence is.    (N, T, F) -> (N,) float64. Throws ShapeError for another T or F than in
  /// training, DataError before fit().
  [[nodiscard]] Tensor score(const Tensor& x) const;
  /// 1 for a sequence whose score is above the threshold, else 0.    -> (N,) int64
  [[nodiscard]] Tensor predict(const Tensor& x) const;
  /// (1 + #{training sequences that score as high or higher}) / (training sequences + 1).    (N,) -> (N,)
  [[nodiscard]] Tensor p_value(const Tensor& scores) const;
  /// The error of each step, and how far it is beyond the usual: wrong above 1. nan beyond a sequence's
  /// length.    (N, T, F) -> (N, T) float64
  [[nodiscard]] Tensor step_errors(const Tensor& x) const;
  [[nodiscard]] Tensor step_scores(const Tensor& x) const;
  /// Throws IndexError for a sequence that is not there.
  [[nodiscard]] SequenceExplanation explain(const Tensor& x, std::int64_t sequence) const;

  [[nodiscard]] double threshold() const { return threshold_; }
  void set_threshold(double threshold) { threshold_ = threshold; }
  /// The scores of the training sequences, ascending.    (N,) float64
  [[nodiscard]] const Tensor& training_scores() const { return training_scores_; }

  /// Everything in a model file (files/model.h). Throw FileError or DataError.
  void save(const std::string& path) const;
  [[nodiscard]] static SequenceDetector load(const std::string& path);

  [[nodiscard]] autoencoders::Autoencoder& model() const { return *model_; }
  [[nodiscard]] const SequenceDetectorOptions& options() const { return options_; }

 private:
  void expect_fitted(const char* what) const;
  [[nodiscard]] Tensor reconstruction(const Tensor& x) const;

  SequenceDetectorOptions options_;
  std::shared_ptr<autoencoders::Autoencoder> model_;
  double threshold_ = 0.0;
  Tensor training_scores_{Shape{0}, float64};  // (N,)
  Tensor usual_{Shape{0}, float64};            // q (T,)
};

}  // namespace hourglass::anomaly
