#include "support/expect_error.h"

#include <hourglass/tensor/ops/factory.h>
#include <hourglass/training/internal/crc32c.h>
#include <hourglass/training/internal/events.h>

#include <gmock/gmock.h>

#include <limits>

namespace hourglass::training::detail {
namespace {

using namespace std::string_literals;

TEST(Crc32c, HasTheValuesOfRfc3720) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43U);
  EXPECT_EQ(crc32c(""), 0U);
}

TEST(Events, AreProtobufAsTensorFlowDefinesIt) {
  EXPECT_EQ(scalar_value("a", 1.0),
            "\x0A\x01"
            "a\x15\x00\x00\x80\x3F"s);
  EXPECT_EQ(version_event(1.0),
            "\x09\x00\x00\x00\x00\x00\x00\xF0\x3F\x1A\x0D"
            "brain.Event:2"s);
  EXPECT_EQ(summary_event(1.0, 300, {"xy"}),
            "\x09\x00\x00\x00\x00\x00\x00\xF0\x3F\x10\xAC\x02\x2A\x04\x0A\x02xy"s);
  EXPECT_EQ(restart_event(1.0, 2), "\x09\x00\x00\x00\x00\x00\x00\xF0\x3F\x10\x02\x3A\x02\x08\x01"s);
}

TEST(Events, AreCutWhereARecordIsNotWhole) {
  const std::string one = event_record("some data"), two = one + event_record("");
  EXPECT_EQ(one.size(), 9U + 16U);
  EXPECT_EQ(whole_event_records(two), two.size());
  for (std::size_t cut = 0; cut < one.size(); ++cut) {
    EXPECT_EQ(whole_event_records(one.substr(0, cut)), 0U) << cut;
    EXPECT_EQ(whole_event_records(one + one.substr(0, cut)), one.size()) << cut;
    std::string damaged = one;
    damaged[cut] = static_cast<char>(damaged[cut] ^ 4);
    EXPECT_EQ(whole_event_records(damaged + one), 0U) << cut;
  }
}

TEST(Events, HaveAHistogramOfAnyNumbers) {
  const double infinity = std::numeric_limits<double>::infinity();
  const double most = std::numeric_limits<double>::max();
  EXPECT_EQ(histogram_value("h", full({3}, 2.0)), histogram_value("h", full({3}, 2.0, float64)));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(histogram_value("h", tensor({1.0, infinity, nan})), histogram_value("h", tensor({1.0})));
  EXPECT_EQ(histogram_value("h", tensor({infinity})), histogram_value("h", Tensor()));
  // 30 bins need 60 numbers of 8 bytes, whatever their range; one bin needs 2.
  const std::size_t of_one = histogram_value("h", tensor({1.0})).size();
  EXPECT_GE(histogram_value("h", tensor({-most, most}, float64)).size(), of_one + 58 * 8);
}

TEST(Events, HaveImagesOfOneOrThreeChannels) {
  EXPECT_NE(image_value("i", full({2, 3, 3}, 0.5)), image_value("i", full({2, 3, 1}, 0.5)));
  EXPECT_THROW_TEXT((void)image_value("i", full({2, 3, 2}, 0.5)), ShapeError, "encode_png: needs an image");
}

}  // namespace
}  // namespace hourglass::training::detail
