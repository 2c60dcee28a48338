#include <hourglass/data/jpeg.h>
#include <hourglass/tensor/base/atomic_file.h>
#include <hourglass/tensor/base/error.h>

#include <csetjmp>
#include <cstdio>  // before jpeglib.h, which uses it

#include <jpeglib.h>

namespace hourglass::data {

namespace {

// libjpeg ends a call that fails by longjmp; no object with a destructor lives between.
struct Errors {
  jpeg_error_mgr base{};
  std::jmp_buf back{};
  char text[JMSG_LENGTH_MAX]{};
};

void on_error(j_common_ptr decoder) {
  auto* const errors = reinterpret_cast<Errors*>(decoder->err);
  decoder->err->format_message(decoder, errors->text);
  std::longjmp(errors->back, 1);  // NOLINT(cert-err52-cpp): the library is one of C
}

// A warning is of data that are damaged: strict here.
void on_message(j_common_ptr decoder, int level) {
  if (level < 0) on_error(decoder);
}

// Reads the header; false with a text if it cannot.
bool begin(jpeg_decompress_struct& decoder, Errors& errors, std::FILE* file) {
  if (setjmp(errors.back) != 0) return false;  // NOLINT(cert-err52-cpp)
  jpeg_create_decompress(&decoder);
  jpeg_stdio_src(&decoder, file);
  jpeg_read_header(&decoder, TRUE);
  decoder.out_color_space = decoder.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  return true;
}

bool read_rows(jpeg_decompress_struct& decoder, Errors& errors, std::uint8_t* to, std::size_t row) {
  if (setjmp(errors.back) != 0) return false;  // NOLINT(cert-err52-cpp)
  jpeg_start_decompress(&decoder);
  while (decoder.output_scanline < decoder.output_height) {
    JSAMPROW at = to + row * decoder.output_scanline;
    jpeg_read_scanlines(&decoder, &at, 1);
  }
  jpeg_finish_decompress(&decoder);
  return true;
}

// The decoder's memory goes with it.
struct Decoder {
  jpeg_decompress_struct state{};
  Errors errors{};
  Decoder() {
    state.err = jpeg_std_error(&errors.base);
    errors.base.error_exit = on_error;
    errors.base.emit_message = on_message;
  }
  ~Decoder() { jpeg_destroy_decompress(&state); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
};

}  // namespace

Tensor read_jpeg(const std::string& path) {
  const InputFile file = open_input("read_jpeg", path);
  Decoder decoder;
  const auto damaged = [&] {
    throw FileError("read_jpeg: {}: {}; only whole JPEG files can be read", path, decoder.errors.text);
  };
  if (!begin(decoder.state, decoder.errors, file.stream.get())) damaged();
  const std::int64_t rows = decoder.state.image_height, columns = decoder.state.image_width;
  constexpr double kMostPacked =
      64.0 * 8.0 * 4.0;  // pixels: a block of 64 takes two bits at least, if progressive less
  if (static_cast<double>(rows) * static_cast<double>(columns) > kMostPacked * static_cast<double>(file.size))
    throw FileError("read_jpeg: {}: {} bytes cannot hold the {} x {} pixels of the header; write it again",
                    path, file.size, rows, columns);
  const bool colour = decoder.state.out_color_space == JCS_RGB;
  Tensor out(colour ? Shape{rows, columns, 3} : Shape{rows, columns}, uint8);
  const auto row = static_cast<std::size_t>(columns * (colour ? 3 : 1));
  if (!read_rows(decoder.state, decoder.errors, out.mutable_data<std::uint8_t>(), row)) damaged();
  return out;
}

}  // namespace hourglass::data
