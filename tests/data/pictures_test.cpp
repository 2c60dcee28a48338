#include <hourglass/data/image_folder.h>
#include <hourglass/data/jpeg.h>
#include <hourglass/data/png.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <support/expect_error.h>

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <jpeglib.h>

using namespace hourglass;

namespace {

namespace fs = std::filesystem;

class Pictures : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder);
    fs::create_directories(folder);
  }
  void TearDown() override { fs::remove_all(folder); }
  const std::string folder = testing::TempDir() + "hourglass_pictures";
};

// (H, W): from left to right from 0 to 255, or (H, W, 3) with a red that falls.
Tensor ramp(std::int64_t h, std::int64_t w, bool colour = false) {
  const Tensor grey = broadcast_to(reshape(linspace(0.0, 255.0, w), {1, w}), {h, w}).contiguous().to(uint8);
  return colour ? stack({subtract(full({h, w}, 255, uint8), grey), grey, grey}, 2) : grey;
}

void write_jpeg(const std::string& path, const Tensor& image) {
  jpeg_compress_struct encoder{};
  jpeg_error_mgr errors{};
  encoder.err = jpeg_std_error(&errors);
  jpeg_create_compress(&encoder);
  std::FILE* const file = std::fopen(path.c_str(), "wb");
  jpeg_stdio_dest(&encoder, file);
  encoder.image_width = static_cast<JDIMENSION>(image.shape(1));
  encoder.image_height = static_cast<JDIMENSION>(image.shape(0));
  encoder.input_components = image.rank() == 3 ? 3 : 1;
  encoder.in_color_space = image.rank() == 3 ? JCS_RGB : JCS_GRAYSCALE;
  jpeg_set_defaults(&encoder);
  jpeg_set_quality(&encoder, 95, TRUE);
  jpeg_start_compress(&encoder, TRUE);
  Tensor copy = image.clone();
  while (encoder.next_scanline < encoder.image_height) {
    JSAMPROW row = copy.mutable_data<std::uint8_t>() + encoder.next_scanline * encoder.image_width *
                                                           static_cast<unsigned>(encoder.input_components);
    jpeg_write_scanlines(&encoder, &row, 1);
  }
  jpeg_finish_compress(&encoder);
  jpeg_destroy_compress(&encoder);
  std::fclose(file);
}

double furthest(const Tensor& a, const Tensor& b) { return max(abs(a.to(float32) - b.to(float32))).item(); }

}  // namespace

TEST_F(Pictures, JpegsAreReadInGreyAndColour) {
  for (const bool colour : {false, true}) {
    const Tensor image = ramp(24, 40, colour);
    write_jpeg(folder + "/a.jpg", image);
    const Tensor again = data::read_jpeg(folder + "/a.jpg");
    ASSERT_EQ(again.shape(), image.shape());
    EXPECT_LE(furthest(again, image), 8.0);
    EXPECT_EQ(data::read_image(folder + "/a.jpg").str(), again.str());
  }
}

TEST_F(Pictures, JpegsThatAreCutAnywhereAreRefused) {
  write_jpeg(folder + "/a.jpg", ramp(24, 40, true));
  std::ifstream in(folder + "/a.jpg", std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(in), {}};
  for (std::size_t n = 0; n + 2 < whole.size(); n += 7) {
    std::ofstream(folder + "/cut.jpg", std::ios::binary) << whole.substr(0, n);
    EXPECT_THROW((void)data::read_jpeg(folder + "/cut.jpg"), FileError) << n;
  }
  EXPECT_THROW_TEXT((void)data::read_jpeg(folder + "/none.jpg"), FileError, "read_jpeg: ");
}

TEST_F(Pictures, AFolderIsExamplesInTheOrderOfNames) {
  for (const char* const name : {"b.png", "a.png", ".hidden.png"})
    data::write_png(folder + "/" + name, ramp(6, 5));
  std::ofstream(folder + "/notes.txt") << "left aside";
  write_jpeg(folder + "/c.JPG", ramp(6, 5));
  const data::ImageFolder found = data::read_image_folder(folder);
  EXPECT_EQ(found.files, (std::vector<std::string>{"a.png", "b.png", "c.JPG"}));
  EXPECT_EQ(found.images.shape(), (Shape{3, 6, 5}));
  EXPECT_EQ(found.images[0].str(), ramp(6, 5).str());
  EXPECT_EQ(found.labels.size(), 0);
}

TEST_F(Pictures, SubfoldersLabelThem) {
  for (const char* const name : {"/dogs", "/cats", "/empty"}) fs::create_directories(folder + name);
  data::write_png(folder + "/dogs/1.png", ramp(6, 5, true));
  data::write_png(folder + "/cats/1.png", ramp(6, 5));
  data::write_png(folder + "/cats/2.png", ramp(6, 5));
  const data::ImageFolder found = data::read_image_folder(folder);
  EXPECT_EQ(found.classes, (std::vector<std::string>{"cats", "dogs"}));
  EXPECT_EQ(found.labels.str(), tensor({0.0, 0.0, 1.0}, int64).str());
  EXPECT_EQ(found.images.shape(), (Shape{3, 6, 5, 3}));  // grey ones among colours
  EXPECT_EQ(found.images[2].str(), ramp(6, 5, true).str());
  EXPECT_EQ(data::read_image_folder(folder, {.grey = true}).images.shape(), (Shape{3, 6, 5}));
}

TEST_F(Pictures, SeveralSizesNeedOne) {
  data::write_png(folder + "/a.png", ramp(6, 5));
  data::write_png(folder + "/b.png", ramp(12, 10));
  EXPECT_THROW_TEXT((void)data::read_image_folder(folder), DataError,
                    "b.png is 12 x 10, but a.png is 6 x 5; give a size");
  EXPECT_EQ(data::read_image_folder(folder, {.size = Extent2(8, 9)}).images.shape(), (Shape{2, 8, 9}));
  fs::remove(folder + "/b.png");
  fs::remove(folder + "/a.png");
  EXPECT_THROW_TEXT((void)data::read_image_folder(folder), DataError, "has no .png, .jpg or .jpeg in it");
  EXPECT_THROW_TEXT((void)data::read_image_folder(folder + "/no"), FileError, "cannot open");
}

TEST(Resized, AveragesWhatANewPixelCovers) {
  const Tensor flat = full({7, 9, 3}, 93, uint8);
  EXPECT_EQ(furthest(data::resized(flat, {3, 4}), full({3, 4, 3}, 93, uint8)), 0.0);
  EXPECT_EQ(furthest(data::resized(flat, {20, 30}), full({20, 30, 3}, 93, uint8)), 0.0);
  EXPECT_EQ(data::resized(ramp(4, 8), {4, 8}).str(), ramp(4, 8).str());
  const Tensor half = data::resized(ramp(8, 64), {4, 32});
  EXPECT_LE(furthest(half, ramp(4, 32)), 4.0);
  // Triangles of weights 1/8, 3/8, 3/8, 1/8 in the middle.
  const Tensor row = reshape(tensor({0.0, 0.0, 0.0, 80.0, 160.0, 0.0, 0.0, 0.0}, uint8), {1, 8});
  EXPECT_EQ(data::resized(row, {1, 4})[0][1].item(), 50.0);
  EXPECT_THROW_TEXT((void)data::resized(full({3}, 1, uint8), {2, 2}), ShapeError,
                    "needs an image (H, W) or (H, W, C)");
  EXPECT_THROW_TEXT((void)data::resized(full({3, 3}, 1.0), {2, 2}), DTypeError, "needs a uint8 image");
}

TEST(ToGrey, IsLuminance) {
  const Tensor colour = reshape(tensor({200.0, 100.0, 50.0}, uint8), {1, 1, 3});
  EXPECT_EQ(data::to_grey(colour).item(), 124.0);  // 0.299 · 200 + 0.587 · 100 + 0.114 · 50 = 124.2
}
