// Files of rows: the batches of data in memory, strict about their form.

#include "support/expect_error.h"

#include <hourglass/data/row_file.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace hourglass::data {
namespace {

namespace fs = std::filesystem;

class RowFiles : public ::testing::Test {
 protected:
  RowFiles() : folder_(fs::temp_directory_path() / ("rows_" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~RowFiles() override { fs::remove_all(folder_); }
  [[nodiscard]] std::string path() const { return (folder_ / "a.rows").string(); }
  [[nodiscard]] std::string read() const {
    std::ifstream in(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& bytes) const { std::ofstream(path(), std::ios::binary) << bytes; }

  fs::path folder_;
};

bool same(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() &&
         (a.size() == 0 || min(equal(a, b)).item() == 1.0);
}

void expect_same_batches(const Batches& memory, const RowBatches& file) {
  EXPECT_EQ(memory.batch_count(), file.batch_count());
  for (const std::int64_t epoch : {0, 1}) {
    const auto a = memory.epoch(epoch);
    const auto b = file.epoch(epoch);
    auto at = b.begin();
    for (const Batch& batch : a) {
      const Batch other = *at;
      ASSERT_TRUE(same(batch.x, other.x));
      ASSERT_TRUE(same(batch.y, other.y));
      ++at;
    }
    EXPECT_TRUE(at == b.end());
  }
}

TEST_F(RowFiles, GiveTheBatchesOfDataInMemory) {
  Generator g(1);
  const Tensor x = randint({53, 4, 3}, 0, 256, g).to(uint8), z = normal({53, 5}, 0.0, 1.0, g);
  const Tensor y = randint({53}, 0, 10, g), t = normal({53, 2}, 0.0, 1.0, g, float64);
  const int before = num_threads();
  for (const int threads : {1, 3}) {
    set_num_threads(threads);
    for (const BatchOptions& o :
         {BatchOptions{.batch_size = 8}, BatchOptions{.batch_size = 7, .shuffle = true},
          BatchOptions{.batch_size = 10, .shuffle = true, .seed = 5, .drop_last = true, .flatten = false}}) {
      RowWriter images(path());
      for (std::int64_t i = 0; i < 53; i += 20)
        images.append(slice(x, 0, {i, std::min<std::int64_t>(i + 20, 53)}),
                      slice(y, 0, {i, std::min<std::int64_t>(i + 20, 53)}));
      images.finish();
      expect_same_batches(Batches(x, y, o), RowBatches(path(), o));
      RowWriter rows(path());  // replaces the file, once it is finished
      rows.append(z, t);
      expect_same_batches(Batches(x, y, o), RowBatches(path(), o));
      rows.finish();
      expect_same_batches(Batches(z, t, o), RowBatches(path(), o));
      RowWriter alone(path());
      alone.append(z);
      alone.finish();
      expect_same_batches(Batches(z, o), RowBatches(path(), o));
    }
  }
  set_num_threads(before);
  const RowFile file(path());
  EXPECT_EQ(file.rows(), 53);
  EXPECT_EQ(file.x_shape(), Shape({5}));
  EXPECT_FALSE(file.has_targets());
  EXPECT_TRUE(same(file.take(tensor({7, 7}, int64)).x, hourglass::take(z, tensor({7, 7}, int64))));
}

TEST_F(RowFiles, NothingIsLeftOfAFileThatIsNotFinished) {
  { RowWriter(path()).append(zeros({2, 3})); }
  EXPECT_TRUE(fs::is_empty(folder_));
  RowWriter rows(path());
  EXPECT_THROW_TEXT(rows.finish(), DataError, "RowWriter: there is no row");
  rows.append(zeros({2, 3}));
  EXPECT_THROW_TEXT(rows.append(zeros({2, 4})), ShapeError,
                    "rows of float32 (2, 4) without targets do not fit those before, of float32 (3,)");
  EXPECT_THROW_TEXT(rows.append(zeros({2, 3}), zeros({2})), ShapeError, "with targets (2,) do not fit");
  EXPECT_THROW_TEXT(rows.append(zeros({2, 3}), zeros({3})), ShapeError, "must agree in the first axis");
  EXPECT_THROW_TEXT(rows.append(zeros({2, 3}, float64)), DTypeError, "must be uint8 or float32, got float64");
  rows.finish();
  EXPECT_THROW_TEXT(rows.append(zeros({2, 3})), DataError, "the file is finished");
  EXPECT_EQ(RowFile(path()).rows(), 2);
  EXPECT_THROW_TEXT(RowWriter((folder_ / "no" / "a").string()), FileError, "RowWriter: cannot write");
  EXPECT_THROW_TEXT(RowWriter("/dev/stdout"), FileError, "cannot be replaced; name a file");
}

TEST_F(RowFiles, EveryDamageOfTheHeaderIsFound) {
  RowWriter rows(path());
  rows.append(zeros({6, 3}), zeros({6}, int64));
  rows.finish();
  const std::string good = read();
  for (std::size_t i = 0; i < 184; ++i) {
    if (i >= 180) continue;  // behind the checksum
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x41);
    write(bad);
    EXPECT_THROW((void)RowFile(path()), FileError) << i;
  }
  for (const std::size_t size : {std::size_t{0}, std::size_t{100}, std::size_t{4096}, good.size() - 1}) {
    write(good.substr(0, size));
    EXPECT_THROW((void)RowFile(path()), FileError) << size;
  }
  write(good + "x");
  EXPECT_THROW_TEXT((void)RowFile(path()), FileError, "bytes, but 6 rows of 12 and 8 bytes do not");
  write(good);
  const RowBatches batches(path());
  EXPECT_THROW_TEXT((void)RowFile(path()).take(tensor({6}, int64)), IndexError,
                    "has 6 rows, there is no row 6");
  EXPECT_THROW_TEXT((void)RowFile(path()).take(tensor({6})), ShapeError, "rows are picked by int64 indices");
  EXPECT_THROW_TEXT((void)RowBatches(path(), {.batch_size = 0}), DataError, "must be at least 1, got 0");
  std::ofstream(path(), std::ios::app) << "more";
  EXPECT_THROW_TEXT((void)*batches.epoch(0).begin(), FileError, "has changed its size since it was opened");
  EXPECT_THROW_TEXT((void)RowFile(path() + "x"), FileError, "RowFile: cannot open");
}

}  // namespace
}  // namespace hourglass::data
