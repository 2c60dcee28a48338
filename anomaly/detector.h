#pragma once

#include <hourglass/anomaly/scores.h>
#include <hourglass/anomaly/thresholds.h>
#include <hourglass/autoencoders/autoencoder.h>
#include <hourglass/data/tables/preprocessor.h>
#include <hourglass/data/tables/table.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hourglass::anomaly {

struct DetectorOptions {
  ScoreOptions score{};
  ThresholdOptions threshold{};
  // Of the training, by Adam; 0 steps for a model that is trained already.
  std::int64_t steps = 1500, batch_size = 128;
  double learning_rate = 3e-3;  // at first; it falls to 0 as a cosine does
  std::uint64_t seed = 0;       // of weights, shuffling, noise and permutations
  // Of the usual model alone.
  std::int64_t width = 0;  // 0: 8 for each column of the tensor, but between 128 and 256
  double noise = 4.0;
  data::Scaling scaling = data::Scaling::standard;  // of numbers
};
template <class V>
void visit(DetectorOptions& o, V&& v) {
  v("score", o.score), v("threshold", o.threshold), v("steps", o.steps), v("batch_size", o.batch_size);
  v("learning_rate", o.learning_rate), v("seed", o.seed), v("width", o.width), v("noise", o.noise);
  v("scaling", o.scaling);
}

/// Why a row has its score.
struct Explanation {
  struct Share {
    std::string column;
    double share = 0.0;           // of what the score falls by, column by column, in [0, 1]; they add up to 1
    std::string value, expected;  // as in a CSV file
  };
  double score = 0.0, p_value = 0.0, threshold = 0.0;
  std::vector<Share> shares;  // the largest first
  /// "score 9.31, threshold 4.02, p 0.0012: income (81%) is 90000 where 31000 was expected; …"
  [[nodiscard]] std::string str(std::int64_t columns = 3) const;
};

/// How much a column matters to the scores of a table.
struct ColumnSensitivity {
  std::string column;
  double permuted = 0.0;  // mean |change| of the score where the column's entries are those of other rows
  double noise = 0.0;     // where 0.1 · N(0, 1) is added to its prepared numbers; 0 for a category
  double weights = 0.0;   // its share of the squares of the encoder's first kernel; 0 if that is not Dense
};

/// Finds the rows of a table that do not belong: prepares them, asks an autoencoder, and compares.
///
///     anomaly::Detector detector;
///     detector.fit(normals);                          // or all rows, if few of them are anomalies
///     const Tensor scores = detector.score(table);
///     std::cout << detector.explain(table, 17).str();
///     detector.save("detector.h5");
///
/// The usual model is a wide denoising autoencoder, D-W-W-D with W between 128 and 256, whose rows get noise
/// of a level of their own, noise · u² with u uniform: numbers that times N(0, 1), categories another row's
/// entry with probability u² / 2. Small noise teaches it what columns have to do with each other, large noise
/// where rows lie at all; between them the error does well for rows that are far away and for rows that break
/// a rule. Its usual score adds the logarithms of the error and of the distance to the nearest training rows.
///
/// The same seed gives the same bits for any number of threads. Calls that score may not run at once.
class Detector {
 public:
  /// Numbers are standardised, categories one-hot, holes kept; a category that no training row had counts as
  /// a hole. Left out are columns without an entry, that number the rows (whole, rising, with few gaps), or
  /// whose categories are about as many as the rows: names. Throws DataError for options out of range.
  explicit Detector(DetectorOptions options = {});
  /// Of any kind, with its own loss, and any preparation. What is fitted already stays as it is.
  Detector(std::unique_ptr<autoencoders::Autoencoder> model, data::Preprocessor prepare,
           DetectorOptions options = {});

  /// Prepares, trains, and takes the scores of the training rows. Throws DataError as Preprocessor::fit, for
  /// fewer than two rows, and where training fails; the detector is then as it was before, but for a model
  /// that was given. Leaves the default generator as it was.
  void fit(const data::Table& train);
  [[nodiscard]] bool is_fitted() const { return fitted_; }
  /// What a reader should know of the training rows: columns that were left out or hold one value alone.
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

  /// How unusual each row is.    -> (N,) float64
  /// Throws DataError as Preprocessor::transform, and before fit().
  [[nodiscard]] Tensor score(const data::Table& table) const;
  /// 1 for a row whose score is above the threshold, else 0.    -> (N,) int64
  [[nodiscard]] Tensor predict(const data::Table& table) const;
  /// (1 + #{training rows that score as high or higher}) / (training rows + 1).    (N,) -> (N,) float64
  [[nodiscard]] Tensor p_value(const Tensor& scores) const;
  [[nodiscard]] double threshold() const { return threshold_; }
  void set_threshold(double threshold) { threshold_ = threshold; }

  /// What a row's score is due to: by how much it falls if a column has the value that the nearest training
  /// rows by all other columns have there, their mean or most frequent (and Score::nearest, beside others,
  /// stays what it is). Where no column alone lowers it, by the errors of the columns. Throws IndexError for
  /// a row that is not there.
  [[nodiscard]] Explanation explain(const data::Table& table, std::int64_t row) const;
  /// What the scores of a table depend on, column by column.
  [[nodiscard]] std::vector<ColumnSensitivity> sensitivity(const data::Table& table) const;
  /// (N, C) float64, the error of each column; nan for a hole.
  [[nodiscard]] Tensor column_errors(const data::Table& table) const;

  /// Everything in a model file (files/model.h): the model, the preparation, the threshold, the scores of the
  /// training rows and those that are kept. Another program scores the same bits with it. Throws FileError,
  /// DataError before fit().
  void save(const std::string& path) const;
  /// Throws FileError or DataError for a file that is no detector's.
  [[nodiscard]] static Detector load(const std::string& path);

  [[nodiscard]] autoencoders::Autoencoder& model() const { return *model_; }
  [[nodiscard]] const data::Preprocessor& preprocessor() const;
  [[nodiscard]] const Scorer& scorer() const { return scorer_; }
  [[nodiscard]] const DetectorOptions& options() const { return options_; }
  /// Rows as the model gets them, and their scores.    (N, D) float32 -> (N,) float64
  [[nodiscard]] Tensor transform(const data::Table& table) const;
  [[nodiscard]] Tensor score_rows(const Tensor& x) const;

 private:
  [[nodiscard]] bool is_usual() const { return !given_; }
  void expect_fitted(const char* what) const;
  [[nodiscard]] Tensor expected_entries(const Tensor& row) const;

  DetectorOptions options_;
  bool given_ = false, fitted_ = false;
  std::shared_ptr<autoencoders::Autoencoder> model_;
  std::shared_ptr<data::Preprocessor> prepare_;
  Scorer scorer_;
  double threshold_ = 0.0;
  std::vector<std::string> notes_;
};

}  // namespace hourglass::anomaly
