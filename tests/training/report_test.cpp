#include "support/expect_error.h"

#include <hourglass/nn/layers/dense.h>
#include <hourglass/training/report.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

namespace hourglass::training {
namespace {

std::string saved(const Report& report) {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("report_test_" + std::to_string(getpid()))).string();
  report.save(path);
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  std::filesystem::remove(path);
  return text.str();
}

TEST(Report, IsOneFlatJsonObject) {
  Report report;
  report.add("error", 0.25, "nats");
  report.add("none", std::numeric_limits<double>::quiet_NaN());
  report.add("count", std::int64_t{-3});
  report.add("seed", std::numeric_limits<std::uint64_t>::max());
  report.add("name \"a\"", std::string("back\\slash\nline"));
  report.add_error("test", "this one", 0.5, 10);
  EXPECT_EQ(saved(report),
            "{\n  \"error\": 0.25,\n  \"none\": null,\n  \"count\": -3,\n  \"seed\": 18446744073709551615,\n"
            "  \"name \\\"a\\\"\": \"back\\\\slash\\u000aline\",\n"
            "  \"test_mse_per_pixel\": 0.5,\n  \"test_mse_per_image\": 5\n}\n");
  EXPECT_THROW_TEXT(report.save("/nowhere/report.json"), FileError, "/nowhere/report.json");
}

TEST(Report, SaysWhatARunWas) {
  nn::Dense model(3, 2);
  Report trained, loaded;
  trained.add_run(model, {{{.epoch = 1, .loss = 3.0, .seconds = 2.0},
                           {.epoch = 2, .loss = 1.5, .val_loss = 2.5, .seconds = 4.0}}});
  for (const char* part : {"\"parameters\": 8,", "\"weights_sha256\": \"", "\"epochs\": 2,", "\"loss\": 1.5,",
                           "\"val_loss\": 2.5,", "\"seconds_per_epoch\": 3,", "\"seconds_in_all\": 6,"})
    EXPECT_NE(saved(trained).find(part), std::string::npos) << part;
  loaded.add_run(model, {});
  EXPECT_EQ(saved(loaded).find("epochs"), std::string::npos);
}

}  // namespace
}  // namespace hourglass::training
