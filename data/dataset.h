#pragma once

#include <hourglass/tensor/tensor.h>

#include <string>
#include <utility>

namespace hourglass::data {

/// Images as stored, with their labels and, where they are known, the factors that they were made from.
struct Dataset {
  Tensor images;   // (N, H, W) uint8
  Tensor labels;   // (N,) int64
  Tensor factors;  // (N, F) float32, or (0,)

  [[nodiscard]] std::int64_t size() const { return images.shape(0); }
};

struct DataSplit {
  std::string name;  // "mnist", "strokes"
  Dataset train, test;
};

/// MNIST (LeCun et al. 1998): 60,000 and 10,000 images of 28x28. The four IDX files, gzipped or not, are
/// looked for in `folder` if one is given, else in $HOURGLASS_DATA_DIR, then in the cache folder
/// ($XDG_CACHE_HOME or ~/.cache)/hourglass; in each also under mnist/; the first place with all four is
/// taken. Throws FileError that lists where it looked and names the script that fetches them.
[[nodiscard]] DataSplit mnist(const std::string& folder = "");
[[nodiscard]] bool has_mnist(const std::string& folder = "");

struct StrokesOptions {
  std::int64_t train = 60000, test = 10000;
  std::uint64_t seed = 1;
};
/// Digits as a hand would draw them, 28x28, from strokes whose factors are known and stand in `factors`, one
/// column each: slant (shear), thickness (pixels), size (1 = 20 pixels high), shift x, shift y (pixels). The
/// same seed gives the same images for any number of threads.
[[nodiscard]] DataSplit strokes(StrokesOptions options = {});

/// What a word asks for: "mnist", "strokes", a folder with files like MNIST's, or, with "", MNIST where it is
/// found and strokes else. Of both parts the first `limit` images, all if it is 0; a folder's name is the
/// word. Throws as mnist does; DataError for a negative limit, or if there are no images or those to train
/// and to test differ in size.
[[nodiscard]] DataSplit digits(const std::string& word = "", std::int64_t limit = 0);
/// "mnist, handwritten digits, 60000 images of 28 x 28 to train, 10000 to test"
[[nodiscard]] std::string describe(const DataSplit& split);

/// The first n of a data set, or all if there are fewer.
[[nodiscard]] Dataset limited(const Dataset& data, std::int64_t n);
/// Two parts, the second with `fraction` of the examples, drawn in seeded random order. Throws DataError
/// unless 0 <= fraction <= 1.
[[nodiscard]] std::pair<Dataset, Dataset> split_off(const Dataset& data, double fraction,
                                                    std::uint64_t seed = 0);

}  // namespace hourglass::data
