#pragma once

#include <hourglass/data/batches.h>
#include <hourglass/tensor/base/atomic_file.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace hourglass::data {

/// Writes examples into a file of rows, some at a time, for data that do not fit into memory:
///
///     data::RowWriter rows("train.rows");
///     for (…) rows.append(prepare.transform(part));
///     rows.finish();
///
/// The file appears whole when finish() returns; without it, nothing does.
class RowWriter {
 public:
  /// Throws FileError where no file can be written.
  explicit RowWriter(const std::string& path);
  ~RowWriter();
  RowWriter(RowWriter&&) noexcept;
  RowWriter& operator=(RowWriter&&) noexcept;

  /// x (n, …) uint8 or float32, y (n, …) of any type or none. The first call says what a row is. Throws
  /// ShapeError or DTypeError for other rows than before, DataError after finish().
  void append(const Tensor& x);
  void append(const Tensor& x, const Tensor& y);
  /// Throws DataError if there was no row.
  void finish();

 private:
  void add(const Tensor& x, const Tensor* y);

  struct State;
  std::unique_ptr<State> state_;
};

/// A file of rows, mapped into memory: the system reads what is asked for and lets go of it where memory is
/// short. A file that is made shorter while it is mapped ends the program: replace it, as RowWriter does.
///
/// Its form, numbers little-endian: "HGROWS1\n"; int64 4096 (the header's bytes), number of rows, bytes of x
/// and of y in a row; uint8 type of x (0 float32, 3 uint8) and its axes in a row, type of y (0 … 3, 1
/// float64, 2 int64; 255 for none) and its axes; 4 zero bytes; 8 and 8 int64 extents; uint32 CRC of all this;
/// zeros up to 4096 bytes. Then the rows, x and y of each side by side.
class RowFile {
 public:
  /// Throws FileError for a file that is missing, of another form, or shorter or longer than its header says.
  explicit RowFile(const std::string& path);

  [[nodiscard]] std::int64_t rows() const;
  /// Of one row.
  [[nodiscard]] const Shape& x_shape() const;
  [[nodiscard]] DType x_dtype() const;
  [[nodiscard]] bool has_targets() const;
  /// The rows of these indices (n,) int64, as data::Batches gives them: x float32, uint8 as v / 255. Throws
  /// IndexError; FileError if the file has changed its size.
  [[nodiscard]] Batch take(const Tensor& indices, bool flatten = true) const;

 private:
  struct Mapping;
  std::shared_ptr<const Mapping> mapping_;
};

/// The batches of a file of rows, for fit: the same, bit for bit, as data::Batches gives of the same examples
/// in memory. Shuffling needs 8 bytes a row.
class RowBatches {
 public:
  /// Throws as RowFile; DataError for a batch size below 1.
  explicit RowBatches(RowFile file, const BatchOptions& options = {});
  explicit RowBatches(const std::string& path, const BatchOptions& options = {});

  [[nodiscard]] std::int64_t size() const { return file_.rows(); }
  [[nodiscard]] std::int64_t batch_count() const;
  [[nodiscard]] const BatchOptions& options() const { return options_; }

  using Epoch = EpochOf<RowBatches>;
  [[nodiscard]] Epoch epoch(std::int64_t number = 0) const;

 private:
  friend Epoch;
  [[nodiscard]] Batch batch(const Tensor& order, std::int64_t index) const;

  RowFile file_;
  BatchOptions options_;
};

}  // namespace hourglass::data
