// Options given by name.

#include "support/expect_error.h"

#include <hourglass/tensor/base/option_values.h>

#include <gtest/gtest.h>

#include <array>

namespace hourglass {
namespace {

enum class Colour : std::uint8_t { red, green };
constexpr auto enum_names(Colour /*of*/) { return std::to_array<const char*>({"red", "green"}); }

struct Inner {
  double value = 1.0;
  int least = -5;
};
template <class V>
void visit(Inner& o, V&& v) {
  v("value", o.value), v("least", o.least);
}
struct Options {
  bool flag = false;
  std::int64_t count = 3;
  std::uint8_t small = 7;
  double rate = 0.5;
  std::string text = "a";
  Colour colour = Colour::red;
  std::optional<double> limit{};
  std::vector<std::int64_t> extents{1, 2};
  Inner inner{};
};
template <class V>
void visit(Options& o, V&& v) {
  v("flag", o.flag), v("count", o.count), v("small", o.small), v("rate", o.rate), v("text", o.text);
  v("colour", o.colour), v("limit", o.limit), v("extents", o.extents), v("inner", o.inner);
}

Options made(const OptionValues& values) {
  Options o;
  set_options(o, values, "thing");
  return o;
}

TEST(OptionValues, SetFieldsOfEveryKind) {
  const Options o = made({{"flag", true},
                          {"count", 12},
                          {"small", 255},
                          {"rate", 2},
                          {"text", "b"},
                          {"colour", Colour::green},
                          {"limit", 0.25},
                          {"extents.1", 9},
                          {"extents.2", 8},
                          {"inner", 4.5},
                          {"inner.least", -9}});
  EXPECT_TRUE(o.flag);
  EXPECT_EQ(o.count, 12);
  EXPECT_EQ(o.small, 255);
  EXPECT_EQ(o.rate, 2.0);
  EXPECT_EQ(o.text, "b");
  EXPECT_EQ(o.colour, Colour::green);
  EXPECT_EQ(o.limit, 0.25);
  EXPECT_EQ(o.extents, (std::vector<std::int64_t>{1, 9, 8}));
  EXPECT_EQ(o.inner.value, 4.5);
  EXPECT_EQ(o.inner.least, -9);
}

TEST(OptionValues, WhatIsNotNamedStays) {
  const Options o = made({{"rate", 0.1}});
  EXPECT_EQ(o.count, 3);
  EXPECT_EQ(o.inner.least, -5);
  EXPECT_FALSE(o.limit);
  Options limited{.limit = 2.0};
  set_options(limited, {}, "thing");
  EXPECT_EQ(limited.limit, 2.0);
  set_options(limited, {{"limit", "none"}}, "thing");
  EXPECT_FALSE(limited.limit);
}

TEST(OptionValues, SayWhatIsWrong) {
  EXPECT_THROW_TEXT(
      (void)made({{"rat", 0.1}}), DataError,
      "thing: there is no option rat; there are: flag, count, small, rate, text, colour, limit, "
      "extents.N, inner, inner.least");
  EXPECT_THROW_TEXT((void)made({{"flag", "yes"}}), DataError,
                    "thing: the option flag is \"yes\"; expected true or false");
  EXPECT_THROW_TEXT((void)made({{"count", 0.5}}), DataError,
                    "the option count is 0.5; expected a whole number");
  EXPECT_THROW_TEXT((void)made({{"rate", true}}), DataError, "the option rate is true; expected a number");
  EXPECT_THROW_TEXT((void)made({{"text", 3}}), DataError, "the option text is 3; expected a text");
  EXPECT_THROW_TEXT((void)made({{"colour", "blue"}}), DataError,
                    "the option colour is \"blue\"; expected one of: red, green");
  EXPECT_THROW_TEXT((void)made({{"limit", "no"}}), DataError,
                    "the option limit is \"no\"; expected a number");
  EXPECT_THROW_TEXT((void)made({{"inner.value", "x"}}), DataError, "the option inner.value is \"x\"");
  EXPECT_THROW_TEXT((void)made({{"small", 256}}), DataError, "small is 256; it can be from 0 to 255");
  EXPECT_THROW_TEXT((void)made({{"extents.99999999", 1}}), DataError, "there is no option extents.99999999");
  EXPECT_THROW_TEXT((void)made({{"rate", 1.0}, {"rate", 1.0}}), DataError, "the option rate is given twice");
}

TEST(OptionValues, NamesAreTheSameInAnyCase) {
  EXPECT_TRUE(same_name("MeanSquaredError", "mean_squared_error"));
  EXPECT_TRUE(same_name("RMSprop", "rms-prop"));
  EXPECT_FALSE(same_name("adam", "adamw"));
}

}  // namespace
}  // namespace hourglass
