#include "support/expect_error.h"

#include <hourglass/data/batches.h>
#include <hourglass/data/dataset.h>
#include <hourglass/data/idx.h>
#include <hourglass/data/png.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <set>

namespace hourglass::data {
namespace {

namespace fs = std::filesystem;

// A folder of its own for each test, removed at the end.
class Files : public ::testing::Test {
 protected:
  Files() : folder_(fs::temp_directory_path() / ("hourglass_data_" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~Files() override { fs::remove_all(folder_); }
  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }
  static void write(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }
  static std::string read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void gzip(const std::string& path, const std::string& bytes) {
    gzFile file = gzopen(path.c_str(), "wb");
    gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
    gzclose(file);
  }
  fs::path folder_;
};

bool same(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && min(equal(a, b)).item() == 1.0;
}

using Idx = Files;

TEST_F(Idx, ReadsPlainAndGzippedFiles) {
  const Tensor x = arange(0, 6 * 5 * 7).to(uint8);
  const Tensor images = reshape(x, {6, 5, 7});
  write_idx(path("plain"), images);
  gzip(path("packed.gz"), read(path("plain")));
  EXPECT_TRUE(same(read_idx(path("plain")), images));
  EXPECT_TRUE(same(read_idx(path("packed.gz")), images));
}

TEST_F(Idx, CutAnywhereIsAnError) {
  Generator g(1);
  write_idx(path("plain"), (uniform({20, 28, 28}, 0, 255, g)).to(uint8));
  gzip(path("packed.gz"), read(path("plain")));
  for (const char* name : {"plain", "packed.gz"}) {
    const std::string whole = read(path(name));
    for (std::size_t cut = 0; cut < whole.size(); cut += cut < 64 || cut + 64 > whole.size() ? 1 : 61) {
      write(path("cut"), whole.substr(0, cut));
      EXPECT_THROW_TEXT((void)read_idx(path("cut")), FileError,
                        "read_idx: " + path("cut") + " is cut short: ");
    }
  }
}

TEST_F(Idx, SaysWhatWasExpectedAndFound) {
  write_idx(path("plain"), zeros({10, 4}, uint8));  // a header of 4 + 2 x 4 bytes, then 40
  const std::string whole = read(path("plain"));
  const auto cut_at = [&](std::size_t n) {
    write(path("cut"), whole.substr(0, n));
    return path("cut");
  };
  EXPECT_THROW_TEXT((void)read_idx(cut_at(3)), FileError, "its header needs 4 bytes, found 3");
  EXPECT_THROW_TEXT((void)read_idx(cut_at(9)), FileError, "its header needs 12 bytes, found 9");
  EXPECT_THROW_TEXT((void)read_idx(cut_at(51)), FileError, "shape (10, 4) needs 40 bytes, found 39");
}

TEST_F(Idx, GzipIsCheckedToItsLastByte) {
  const Tensor x = reshape(arange(0, 200).to(uint8), {10, 20});
  write_idx(path("plain"), x);
  const std::string plain = read(path("plain"));
  gzip(path("packed.gz"), plain);
  const std::string packed = read(path("packed.gz"));
  write(path("bad"), packed + "garbage");
  EXPECT_THROW_TEXT((void)read_idx(path("bad")), FileError, "goes on after its gzip data");
  for (const std::size_t from_end : {2U, 6U}) {  // the length, the checksum
    std::string damaged = packed;
    damaged[damaged.size() - from_end] ^= 1;
    write(path("bad"), damaged);
    EXPECT_THROW_TEXT((void)read_idx(path("bad")), FileError, "is damaged (incorrect");
  }
  gzip(path("first"), plain.substr(0, 100));
  gzip(path("second"), plain.substr(100));
  write(path("members.gz"), read(path("first")) + read(path("second")));
  EXPECT_TRUE(same(read_idx(path("members.gz")), x));
  gzip(path("long.gz"), plain + "x");
  EXPECT_THROW_TEXT((void)read_idx(path("long.gz")), FileError, "is longer than its shape (10, 20) says");
}

TEST_F(Idx, SaysWhatIsWrong) {
  EXPECT_THROW_TEXT((void)read_idx(path("none")), FileError, "read_idx: cannot open");
  write(path("text"), "hello, this is no IDX file");
  EXPECT_THROW_TEXT((void)read_idx(path("text")), FileError, "it is not an IDX file; unpack or convert it");
  write(path("floats"), std::string("\0\0\x0d\1\0\0\0\1", 8) + "1234");
  EXPECT_THROW_TEXT((void)read_idx(path("floats")), FileError,
                    "type code 13; only 8 (uint8) is supported; convert them");
  EXPECT_THROW_TEXT((void)read_idx(folder_.string()), FileError, "read_idx: cannot read");
  write(path("liar"), std::string("\0\0\x08\3\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16));
  EXPECT_THROW_TEXT((void)read_idx(path("liar")), FileError, "not believable; fetch it again");
  write(path("large"), std::string("\0\0\x08\1\x40\0\0\0", 8) + "12");
  EXPECT_THROW_TEXT((void)read_idx(path("large")), FileError, "needs 1073741824 bytes, found 2");
  write_idx(path("ok"), zeros({3}, uint8));
  write(path("long"), read(path("ok")) + "x");
  EXPECT_THROW_TEXT((void)read_idx(path("long")), FileError, "found more; fetch it again");
}

TEST(Mnist, IsReadWhereItIs) {
  if (!has_mnist()) GTEST_SKIP() << "MNIST is not on this machine; see data/fetch_mnist.sh";
  const DataSplit split = mnist();
  EXPECT_EQ(split.train.images.shape(), (Shape{60000, 28, 28}));
  EXPECT_EQ(split.test.images.shape(), (Shape{10000, 28, 28}));
  EXPECT_NEAR(mean(split.train.images.to(float32)).item() / 255, 0.1307, 1e-4);
  EXPECT_EQ(split.train.labels[0].item(), 5.0);
  EXPECT_EQ(max(split.test.labels).item(), 9.0);
}

using MnistFolder = Files;

TEST_F(MnistFolder, IsTakenOnlyWhole) {
  const auto small = [&](const std::string& name, const Tensor& x) { write_idx(path(name), x); };
  small("train-images-idx3-ubyte", zeros({3, 28, 28}, uint8));
  small("train-labels-idx1-ubyte", zeros({3}, uint8));
  small("t10k-images-idx3-ubyte", zeros({2, 28, 28}, uint8));
  EXPECT_FALSE(has_mnist(folder_.string()));
  EXPECT_THROW_TEXT((void)mnist(folder_.string()), FileError,
                    folder_.string() + " (without t10k-labels-idx1-ubyte)");
  EXPECT_THROW_TEXT((void)mnist(folder_.string()), FileError,
                    "mnist: no t10k-labels-idx1-ubyte (or .gz) found. Looked in:");
  gzip(path("t10k-labels-idx1-ubyte.gz"), std::string("\0\0\x08\1\0\0\0\2\4\7", 10));
  EXPECT_TRUE(has_mnist(folder_.string()));
  const DataSplit split = mnist(folder_.string());
  EXPECT_EQ(split.train.size(), 3);
  EXPECT_EQ(split.test.labels.str(), "[4 7]");
  small("train-labels-idx1-ubyte", zeros({4}, uint8));
  EXPECT_THROW_TEXT((void)mnist(folder_.string()), FileError, "have shape (3, 28, 28), but the labels of");
}

TEST(Mnist, SaysWhereItLooked) {
  EXPECT_FALSE(has_mnist("/nowhere"));
  EXPECT_THROW_TEXT((void)mnist("/nowhere"), FileError,
                    "Looked in:\n  /nowhere\n  /nowhere/mnist\nset HOURGLASS_DATA_DIR");
}

TEST(Batches, ScaleShuffleAndKeepTheLast) {
  const Tensor x = reshape(arange(0, 10).to(uint8), {10, 1, 1}), y = arange(0, 10, 1, int64);
  const Batches ordered(x, y, {.batch_size = 4});
  EXPECT_EQ(ordered.batch_count(), 3);
  std::vector<std::int64_t> counts;
  for (const Batch& b : ordered.epoch()) {
    counts.push_back(b.x.shape(0));
    EXPECT_EQ(b.x.rank(), 2);
    for (std::int64_t i = 0; i < b.x.shape(0); ++i)
      EXPECT_FLOAT_EQ(static_cast<float>(b.x[i].item() * 255), static_cast<float>(b.y[i].item()));
  }
  EXPECT_EQ(counts, (std::vector<std::int64_t>{4, 4, 2}));
  EXPECT_EQ(Batches(x, {.batch_size = 4, .drop_last = true}).batch_count(), 2);

  EXPECT_EQ(Batches(x, {.batch_size = 5, .drop_last = true}).batch_count(), 2);
  EXPECT_EQ(Batches(x, {.batch_size = 5}).batch_count(), 2);
  constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(Batches(x, {.batch_size = kHuge, .drop_last = true}).batch_count(), 0);
  const Batches at_once(x, {.batch_size = kHuge});
  EXPECT_EQ(at_once.batch_count(), 1);
  for (const Batch& b : at_once.epoch()) EXPECT_EQ(b.x.shape(), (Shape{10, 1}));

  const Batches shuffled(x, y, {.batch_size = 3, .shuffle = true, .seed = 5});
  const auto order = [&](std::int64_t epoch) {
    std::vector<double> out;
    for (const Batch& b : shuffled.epoch(epoch)) {
      for (std::int64_t i = 0; i < b.y.size(); ++i) {
        out.push_back(b.y[i].item());
        EXPECT_NEAR(b.x[i].item() * 255, b.y[i].item(), 1e-4);
      }
    }
    return out;
  };
  EXPECT_EQ(order(0), order(0));
  EXPECT_NE(order(0), order(1));
  const auto first = order(0);
  EXPECT_EQ(std::set<double>(first.begin(), first.end()).size(), 10U);
  for (const Batch& b : Batches(zeros({2, 3, 4}), {.flatten = false}).epoch())
    EXPECT_EQ(b.x.shape(), (Shape{2, 3, 4}));
  for (const Batch& b : Batches(unsqueeze(zeros({2, 3, 4}, uint8), 3), {.flatten = false}).epoch()) {
    EXPECT_EQ(b.x.shape(), (Shape{2, 3, 4, 1}));  // with an axis of channels
  }
  for ([[maybe_unused]] const Batch& b : Batches(zeros({0, 4})).epoch()) FAIL() << "no examples, no batches";
}

TEST(Batches, SayWhatDoesNotFit) {
  EXPECT_THROW_TEXT(Batches(zeros({2, 3}), {.batch_size = 0}), DataError,
                    "the batch size must be at least 1, got 0; 32 is usual");
  EXPECT_THROW_TEXT(
      Batches(zeros({2, 3}), zeros({3})), ShapeError,
      "examples (2, 3) and targets (3,) must agree in the first axis; give one target for each example");
  EXPECT_THROW_TEXT(Batches(zeros({2}, int64)), DTypeError,
                    "examples must be uint8 or float32, got int64; convert them with x.to(hg::float32)");
  EXPECT_THROW_TEXT(Batches(Tensor(Shape{}, float32)), ShapeError, "unsqueeze(x, 0) makes one example of it");
}

TEST(Split, IsSeededAndComplete) {
  const Dataset all{zeros({10, 1, 1}, uint8), arange(0, 10, 1, int64), Tensor()};
  const auto [train, rest] = split_off(all, 0.3, 7);
  EXPECT_EQ(train.size(), 7);
  EXPECT_EQ(rest.size(), 3);
  std::set<double> seen;
  for (const Dataset* part : {&train, &rest}) {
    for (std::int64_t i = 0; i < part->size(); ++i) seen.insert(part->labels[i].item());
  }
  EXPECT_EQ(seen.size(), 10U);
  EXPECT_TRUE(same(split_off(all, 0.3, 7).second.labels, rest.labels));
  EXPECT_EQ(limited(all, 4).size(), 4);
  EXPECT_THROW_TEXT((void)split_off(all, 1.5), DataError, "got 1.5; 0.2 leaves a fifth to the second part");
}

TEST(Strokes, AreTheSameForAnyNumberOfThreads) {
  const int before = num_threads();
  set_num_threads(1);
  const DataSplit one = strokes({.train = 2000, .test = 100});
  for (const int threads : {2, 3, 4}) {
    set_num_threads(threads);
    const DataSplit many = strokes({.train = 2000, .test = 100});
    EXPECT_TRUE(same(one.train.images, many.train.images));
    EXPECT_TRUE(same(one.train.factors, many.train.factors));
  }
  set_num_threads(before);
  EXPECT_FALSE(same(one.train.images, strokes({.train = 2000, .test = 0, .seed = 2}).train.images));
}

TEST(Strokes, FollowTheirFactors) {
  const Dataset data = strokes({.train = 3000, .test = 0}).train;
  const Tensor ink = mean(data.images.to(float32), {1, 2}), rows = arange(0, 28);
  // Correlation of a factor with something measured on the image.
  const auto correlation = [](const Tensor& a, const Tensor& b) {
    return (mean((a - mean(a)) * (b - mean(b))) / (std(a) * std(b))).item();
  };
  const Tensor thickness = slice(data.factors, {Slice{}, Slice{1, 2}}),
               shift_y = slice(data.factors, {Slice{}, Slice{4, 5}});
  EXPECT_GT(correlation(reshape(ink, {3000}), reshape(thickness, {3000})), 0.7);
  const Tensor by_row = sum(data.images.to(float32), 2);
  const Tensor middle = sum(by_row * rows, 1) / sum(by_row, 1);
  std::vector<std::int64_t> zeros_at;  // digits differ in where their middle is: one digit only
  for (std::int64_t i = 0; i < data.size(); ++i) {
    if (data.labels[i].item() == 0.0) zeros_at.push_back(i);
  }
  const Tensor of_zeros =
      from_span(std::span<const std::int64_t>(zeros_at), {static_cast<std::int64_t>(zeros_at.size())});
  EXPECT_GT(correlation(take(middle, of_zeros), take(reshape(shift_y, {3000}), of_zeros)), 0.9);
  EXPECT_GT(min(max(data.images, {1, 2})).item(), 200.0);  // every image has ink
  for (int digit = 0; digit < 10; ++digit)
    EXPECT_GT(sum(equal(data.labels, static_cast<double>(digit))).item(), 200.0);
}

TEST(Digits, AreWhatTheWordAsksFor) {
  const DataSplit few = digits("strokes", 300), all = strokes({.train = 400, .test = 400});
  EXPECT_EQ(few.name, "strokes");
  EXPECT_TRUE(same(few.train.images, limited(all.train, 300).images));  // however many are drawn
  EXPECT_TRUE(same(few.test.labels, limited(all.test, 300).labels));
  EXPECT_EQ(describe(few), "strokes, the built-in digits, 300 images of 28 x 28 to train, 300 to test");
  EXPECT_EQ(describe({"mine", few.train, limited(few.test, 20)}),
            "mine, 300 images of 28 x 28 to train, 20 to test");
  EXPECT_THROW_TEXT((void)digits("/nowhere"), FileError, "/nowhere");
  EXPECT_THROW_TEXT((void)digits("strokes", -1), DataError,
                    "must not be negative, got -1; more than there are takes all");
}

using Png = Files;

TEST_F(Png, RoundTripsGreyAndColour) {
  const Tensor grey = reshape(arange(0, 60).to(uint8), {6, 10}),
               colour = reshape(arange(0, 90).to(uint8), {5, 6, 3});
  write_png(path("grey.png"), grey);
  write_png(path("colour.png"), colour);
  EXPECT_TRUE(same(read_png(path("grey.png")), grey));
  EXPECT_TRUE(same(read_png(path("colour.png")), colour));
  write_png(path("channel.png"), reshape(grey, {6, 10, 1}));
  EXPECT_TRUE(same(read_png(path("channel.png")), grey));
  write_png(path("floats.png"), tensor({{-1, 0, 0.5, 1, 2}}));
  EXPECT_EQ(read_png(path("floats.png")).str(), "[[  0   0 128 255 255]]");
  EXPECT_THROW_TEXT(write_png(path("no/such/folder.png"), grey), FileError, "write_png: cannot write");
  EXPECT_THROW_TEXT(write_png(path("x.png"), zeros({3})), ShapeError,
                    "or (H, W, 3), got (3,); image_grid(x) makes one of many");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW_TEXT(write_png(path("x.png"), full({2, 2}, nan)), DataError,
                    "the images (2, 2) hold nan; pixels must be numbers; look with all_finite(x)");
  EXPECT_FALSE(fs::exists(path("x.png")));
  std::string liar = read(path("grey.png"));
  for (const std::size_t at : {17U, 21U})
    liar[at] = '\x0f';  // 983,050 x 983,046 pixels, claimed in the header
  const std::string claim = liar.substr(12, 17);
  const uLong sum = crc32(0, reinterpret_cast<const Bytef*>(claim.data()), static_cast<uInt>(claim.size()));
  for (std::size_t i = 0; i < 4; ++i) liar[29 + i] = static_cast<char>(sum >> (24 - 8 * i));
  write(path("liar.png"), liar);
  EXPECT_THROW_TEXT((void)read_png(path("liar.png")), FileError, "bytes cannot hold the");
  write(path("bad.png"), "not a picture");
  EXPECT_THROW_TEXT((void)read_png(path("bad.png")), FileError, "; only whole PNG files can be read");
}

TEST(ImageGrid, PlacesImagesRowByRow) {
  const Tensor images = reshape(tensor({1, 2, 3}, uint8), {3, 1, 1});
  const Tensor grid = image_grid(images, {.columns = 2, .gap = 1, .scale = 1});
  EXPECT_EQ(grid.str(),
            "[[96 96 96 96 96]\n [96  1 96  2 96]\n [96 96 96 96 96]\n [96  3 96 96 96]\n [96 96 96 96 96]]");
  EXPECT_EQ(image_grid(zeros({4, 28, 28})).shape(), (Shape{2 + 2 * 58, 2 + 2 * 58}));
}

}  // namespace
}  // namespace hourglass::data
