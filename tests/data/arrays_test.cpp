// Arrays that NumPy and h5py wrote: tests/golden/make_arrays.py.

#include <hourglass/data/hdf5.h>
#include <hourglass/data/npy.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/views.h>

#include <support/expect_error.h>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

using namespace hourglass;

namespace {

const std::string kFolder = std::string(HOURGLASS_DATA_TESTS) + "/arrays/";

// Element i is 37 i mod 101, or that mod `modulo`.
void expect_numbers(const Tensor& x, const Shape& shape, DType dtype, int modulo = 101) {
  ASSERT_EQ(x.shape(), shape);
  EXPECT_EQ(x.dtype(), dtype);
  const Tensor flat = flatten(x);
  for (std::int64_t i = 0; i < flat.size(); ++i)
    ASSERT_EQ(flat[i].item(), static_cast<double>(i * 37 % 101 % modulo)) << "element " << i;
}

std::vector<std::byte> bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

}  // namespace

TEST(Npy, ReadsWhatNumPyWrites) {
  const auto read = [](const std::string& name) { return data::read_npy(kFolder + name + ".npy"); };
  expect_numbers(read("f4"), {3, 4}, float32);
  expect_numbers(read("f8"), {3, 4}, float64);
  expect_numbers(read("i8"), {3, 4}, int64);
  expect_numbers(read("u1"), {3, 4}, uint8);
  for (const char* const name : {"i4", "i2", "i1", "u2", "u4"}) expect_numbers(read(name), {3, 4}, int64);
  expect_numbers(read("bool"), {3, 4}, uint8, 2);
  expect_numbers(read("fortran"), {2, 3, 4}, float32);
  expect_numbers(read("version_2"), {3, 4}, float32);
  expect_numbers(read("version_3"), {3, 4}, float32);
  EXPECT_EQ(read("scalar").shape(), Shape{});
  EXPECT_EQ(read("scalar").item(), 37.0);
  EXPECT_EQ(read("empty").shape(), (Shape{0, 3}));
}

TEST(Npy, RefusesOtherTypesByName) {
  const auto read = [](const std::string& name) { (void)data::read_npy(kFolder + name + ".npy"); };
  EXPECT_THROW_TEXT(read("big_endian"), FileError, "elements of type >f4; convert them in NumPy");
  EXPECT_THROW_TEXT(read("f2"), FileError, "elements of type <f2");
  EXPECT_THROW_TEXT(read("c8"), FileError, "elements of type <c8");
  EXPECT_THROW_TEXT(read("object"), FileError, "elements of type |O");
  EXPECT_THROW_TEXT(read("not_there"), FileError, "not_there.npy");
  EXPECT_THROW_TEXT((void)data::read_npy(kFolder + "plain.npz"), FileError,
                    "does not begin as a .npy file does");
}

TEST(Npy, RefusesFilesThatAreCutOrChangedAnywhere) {
  const std::vector<std::byte> whole = bytes_of(kFolder + "f4.npy");
  for (std::size_t n = 0; n < whole.size(); ++n)
    EXPECT_THROW((void)data::parse_npy(std::span(whole).first(n), "cut"), FileError) << n;
  std::vector<std::byte> longer = whole;
  longer.push_back(std::byte{0});
  EXPECT_THROW_TEXT((void)data::parse_npy(longer, "longer"), FileError,
                    "bytes where its shape (3, 4) needs 48");
  Generator g(3);
  for (int round = 0; round < 3000; ++round) {  // nothing but FileError, ShapeError or an array
    std::vector<std::byte> changed = whole;
    const Tensor where = randint({3}, 0, 128, g), what = randint({3}, 0, 256, g);
    for (int i = 0; i < 3; ++i)
      changed[static_cast<std::size_t>(where[i].item())] = static_cast<std::byte>(what[i].item());
    try {
      (void)data::parse_npy(changed, "changed");
    } catch (const Error&) {
    }
  }
}

TEST(Npy, WritesWhatItReads) {
  const std::string path = testing::TempDir() + "hourglass_written.npy";
  for (const DType dtype : {float32, float64, int64, uint8}) {
    for (const Shape& shape : {Shape{}, Shape{0, 3}, Shape{1}, Shape{2, 3, 4}}) {
      Tensor x = (uniform(shape, 0.0, 200.0, default_generator(), float64)).to(dtype);
      data::write_npy(path, x);
      const Tensor y = data::read_npy(path);
      EXPECT_EQ(y.shape(), shape);
      EXPECT_EQ(y.dtype(), dtype);
      EXPECT_EQ(y.str(), x.str());
    }
  }
  const Tensor turned = transpose(data::read_npy(kFolder + "f4.npy"));
  data::write_npy(path, turned);
  EXPECT_EQ(data::read_npy(path).str(), turned.str());
  // Byte for byte what NumPy writes but for blanks: the elements begin at a multiple of 64.
  data::write_npy(path, data::read_npy(kFolder + "f4.npy"));
  EXPECT_EQ(bytes_of(path).size() % 64, 48U);
  std::filesystem::remove(path);
}

TEST(Npz, ReadsPlainAndCompressedArchives) {
  EXPECT_EQ(data::npz_names(kFolder + "plain.npz"), (std::vector<std::string>{"x", "y"}));
  expect_numbers(data::read_npz(kFolder + "plain.npz", "x"), {5, 4, 4}, uint8);
  expect_numbers(data::read_npz(kFolder + "plain.npz", "y"), {5}, int64, 3);
  EXPECT_EQ(data::read_npz(kFolder + "packed.npz", "x").shape(), (Shape{100, 50}));
  expect_numbers(data::read_npz(kFolder + "packed.npz", "y"), {100}, int64);
  EXPECT_THROW_TEXT((void)data::read_npz(kFolder + "plain.npz", "z"), FileError,
                    "has no array \"z\"; there are: x, y");
  EXPECT_THROW_TEXT((void)data::read_npz(kFolder + "f4.npy", "x"), FileError, "damaged or not a .npz file");
}

TEST(Hdf5, ReadsWhatH5pyWrites) {
  const std::string path = kFolder + "arrays.h5";
  const auto read = [&](const std::string& name) { return data::read_hdf5(path, name); };
  expect_numbers(read("x"), {5, 4, 4}, uint8);
  expect_numbers(read("y"), {5}, int64, 3);
  expect_numbers(read("half"), {3, 4}, float32);
  expect_numbers(read("big"), {3, 4}, float64);
  expect_numbers(read("group/packed"), {30, 40}, float32);
  EXPECT_EQ(data::hdf5_names(path),
            (std::vector<std::string>{"big", "group/packed", "half", "text", "x", "y"}));
}

TEST(Hdf5, RefusesWhatIsNoArrayOfNumbers) {
  const std::string path = kFolder + "arrays.h5";
  EXPECT_THROW_TEXT((void)data::read_hdf5(path, "text"), FileError, "text holds no numbers of up to 8 bytes");
  EXPECT_THROW_TEXT((void)data::read_hdf5(path, "elsewhere"), FileError,
                    "has no array \"elsewhere\"; there are: big");
  EXPECT_THROW_TEXT((void)data::read_hdf5(kFolder + "f4.npy", "x"), FileError,
                    "it cannot be opened; is it a whole HDF5");
  EXPECT_THROW_TEXT((void)data::hdf5_names(kFolder), FileError, "arrays");
}
