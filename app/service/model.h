#pragma once

#include <hourglass/anomaly/detector.h>
#include <hourglass/app/service/request.h>
#include <hourglass/autoencoders/autoencoder.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hourglass::service {

/// What a model is asked for, row by row.
enum class Op : std::uint8_t {
  encode,       // (N, D) -> codes (N, L)
  decode,       // (N, L) -> rows (N, D)
  reconstruct,  // (N, D) -> rows (N, D), squared errors (N, D) or those of columns (N, C)
  score,        // (N, D) -> scores (N,), reconstruction errors (N,); float64
};

/// What rows are.
enum class Form : std::uint8_t { vector, image, sequence, table };
[[nodiscard]] const char* name(Form form);

/// A model from a file, as the service uses it. Nothing in it changes. compute() and explain() may not run on
/// two threads at once; the others may.
class ServedModel {
 public:
  /// Throws FileError or DataError for a file that holds no autoencoder, or one whose rows cannot be told.
  explicit ServedModel(const std::string& path);

  /// "3f9c02ab41d7", the first digits of the weights' SHA-256: which model an answer is from.
  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] const std::string& kind() const { return kind_; }
  [[nodiscard]] const std::string& data() const {
    return data_;
  }  // what it was trained on, if the file says it
  [[nodiscard]] Form form() const { return form_; }
  /// Of an example as clients see it: (784), (28, 28), (28, 28, 3), (T, F).
  [[nodiscard]] const Shape& example() const { return example_; }
  /// Whether T may be any: example() is what it was tried with.
  [[nodiscard]] bool has_any_length() const { return any_length_; }
  [[nodiscard]] std::int64_t width() const { return row_.size(); }  // D, numbers in a row
  [[nodiscard]] std::int64_t latent() const { return latent_; }     // L, numbers in a code
  [[nodiscard]] bool is_generative() const;
  /// nan if the file has none.
  [[nodiscard]] double threshold() const { return threshold_; }
  /// The scores of the training rows, ascending; (0,) if the file has none.
  [[nodiscard]] const Tensor& training_scores() const { return training_scores_; }

  /// A column of a table as a client has to send it.
  struct Column {
    std::string name;
    data::ColumnType type = data::ColumnType::number;
    std::vector<std::string> categories{};
    std::string usual{};  // an entry as training rows have it, as text
  };
  [[nodiscard]] const std::vector<Column>& columns() const { return columns_; }

  /// The rows that a request sends, as the model takes them.    -> (N, D) float32
  /// Throws Refusal (400), which names column and expectation.
  [[nodiscard]] Tensor rows_of(const Body& body) const;
  /// The same as a table, for explain(); what the model's preparation refuses is refused here.
  [[nodiscard]] data::Table checked_table_of(const Body& body) const;
  /// Codes that a request sends.    -> (N, L)
  [[nodiscard]] Tensor codes_of(const Body& body) const;
  /// Rows in the data's own range; those of images in [0, 1].
  [[nodiscard]] Tensor own_range(const Tensor& rows) const;
  /// Rows as a table, for models of tables.
  [[nodiscard]] data::Table entries_of(const Tensor& rows) const;

  /// In evaluation mode, nothing recorded. The results for a row are the same to the last bit whatever the
  /// other rows are: products choose their way by the number of rows, so it is always kRowsAtOnce of them.
  [[nodiscard]] std::vector<Tensor> compute(Op op, const Tensor& rows) const;
  static constexpr std::int64_t kRowsAtOnce = 16;
  /// Why a row of a table has its score; throws Refusal for a model without scores.
  [[nodiscard]] anomaly::Explanation explain(const data::Table& table, std::int64_t row) const;
  /// Training rows that the file keeps.    (n, D), n = 0 if it has none
  [[nodiscard]] Tensor kept_rows() const;

  /// Examples of a generative kind's own.    -> (n, D)    May not run beside compute() either.
  [[nodiscard]] Tensor sample(std::int64_t n, std::uint64_t seed) const;
  /// (1 + #{training rows that score as high or higher}) / (training rows + 1) of each.
  [[nodiscard]] std::vector<double> p_values(const std::vector<double>& scores) const;

 private:
  [[nodiscard]] data::Table table_of(const Body& body) const;
  [[nodiscard]] std::pair<data::Table, Tensor> prepared(const Body& body) const;
  [[nodiscard]] std::vector<Tensor> compute_some(Op op, const Tensor& rows) const;
  [[nodiscard]] std::vector<Tensor> reconstructed(const Tensor& rows) const;
  [[nodiscard]] std::vector<Tensor> scored(const Tensor& rows) const;
  void read_file(const std::string& path);
  void find_shapes(const std::string& path);
  [[nodiscard]] bool takes(const Shape& row, std::string* why = nullptr);
  void describe_columns();

  std::string id_, kind_, data_;
  Form form_ = Form::vector;
  std::shared_ptr<autoencoders::Autoencoder> model_;
  std::optional<anomaly::Detector> detector_;  // of a table
  std::optional<data::Preprocessor> prepare_;
  std::optional<anomaly::Scorer> scorer_;
  double threshold_ = std::numeric_limits<double>::quiet_NaN();
  Shape example_{0}, row_{0}, code_{0};  // of one; row_ as the model takes it
  double offset_ = 0.0, scale_ = 1.0;    // a number of an array becomes (x - offset) · scale
  bool any_length_ = false;
  std::int64_t latent_ = 0;
  Tensor training_scores_;
  std::vector<Column> columns_;
};

}  // namespace hourglass::service
