// Tables from CSV files: what is read, what is refused, and where the errors point.

#include "support/expect_error.h"

#include <hourglass/data/tables/csv.h>
#include <hourglass/data/tables/dates.h>
#include <hourglass/data/tables/internal/csv_pieces.h>
#include <hourglass/tensor/base/threads.h>

#include <gmock/gmock.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>

namespace hourglass::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> texts(const Column& column) {
  std::vector<std::string> out;
  for (std::int64_t i = 0; i < column.size(); ++i) out.push_back(column.text(i));
  return out;
}
std::vector<std::string> texts(const Table& table, const std::string& name) { return texts(table[name]); }

bool same(const Table& a, const Table& b) {
  if (a.names() != b.names() || a.rows() != b.rows()) return false;
  for (const Column& x : a.columns()) {
    const Column& y = b[x.name()];
    if (x.type() != y.type() || x.categories() != y.categories()) return false;
    if (std::memcmp(x.has_categories() ? static_cast<const void*>(x.values().data<std::int64_t>())
                                       : x.values().data<double>(),
                    x.has_categories() ? static_cast<const void*>(y.values().data<std::int64_t>())
                                       : y.values().data<double>(),
                    static_cast<std::size_t>(8 * a.rows())) != 0)
      return false;
  }
  return true;
}

TEST(Csv, FindsTypesAndMissingEntries) {
  const Table t = parse_csv(
      "age, city ,since,\"note, long\"\n"
      "31,Bonn,2024-05-01,\"said \"\"no\"\"\"\r\n"
      "NA,?,,x\n"
      " +4.5e1 ,Aachen,1969-12-31T23:59:59.5,\"two\nlines\"\n"
      "\n"
      "-0.125,Bonn,0001-01-01,nan");
  EXPECT_THAT(t.names(), ElementsAre("age", "city", "since", "note, long"));
  EXPECT_EQ(t.rows(), 4);
  EXPECT_THAT(texts(t, "age"), ElementsAre("31", "", "45", "-0.125"));
  EXPECT_EQ(t["city"].type(), ColumnType::category);
  EXPECT_THAT(t["city"].categories(), ElementsAre("Aachen", "Bonn"));
  EXPECT_THAT(texts(t, "city"), ElementsAre("Bonn", "", "Aachen", "Bonn"));
  EXPECT_EQ(t["since"].type(), ColumnType::date);
  EXPECT_THAT(texts(t, "since"), ElementsAre("2024-05-01", "", "1969-12-31T23:59:59.5", "0001-01-01"));
  EXPECT_THAT(texts(t, "note, long"), ElementsAre("said \"no\"", "x", "two\nlines", ""));
  EXPECT_EQ(t.place_of(2), "line 4 of the text");
  EXPECT_EQ(t.place_of(3), "line 7 of the text");
  EXPECT_TRUE(t.notes().empty());
}

TEST(Csv, TakesWhatIsGiven) {
  CsvOptions options{.separator = ';', .header = false, .missing = {"-"}};
  options.types = {{"column_1", ColumnType::category}, {"column_2", {ColumnType::ordinal, {"S", "M", "L"}}}};
  const Table t = parse_csv(
      "\xEF\xBB\xBF"
      "1;L;?\n2;-;-\n1;S;!\n",
      options);
  EXPECT_THAT(texts(t, "column_1"), ElementsAre("1", "2", "1"));
  EXPECT_THAT(t["column_2"].categories(), ElementsAre("S", "M", "L"));
  EXPECT_EQ(t["column_2"].values().data<std::int64_t>()[0], 2);
  EXPECT_EQ(t["column_2"].values().data<std::int64_t>()[1], -1);
  EXPECT_THAT(texts(t, "column_3"), ElementsAre("?", "", "!"));
}

TEST(Csv, NumbersAreTheNearestDoubles) {
  const std::vector<std::string> numbers{"0.1",
                                         "123456789012345",
                                         "1234567890123456789",
                                         "-0",
                                         "1e308",
                                         "4.9e-324",
                                         "1e-400",
                                         ".5",
                                         "5.",
                                         "0.000000000000001",
                                         "179769313486231570000e288",
                                         "inf",
                                         "-Infinity",
                                         "9007199254740993",
                                         "0.30000000000000004",
                                         "8.41",
                                         "2.2250738585072011e-308"};
  std::string text = "x\n";
  for (const std::string& n : numbers) text += n + "\n";
  const Table t = parse_csv(text);
  ASSERT_EQ(t["x"].type(), ColumnType::number);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const double expected = std::strtod(numbers[i].c_str(), nullptr);
    EXPECT_EQ(std::memcmp(&t["x"].values().data<double>()[i], &expected, 8), 0) << numbers[i];
  }
  for (const char* other : {"1e999", "1,5", "0x10", "+-1", "1 2", "1.2.3", ".", "-", "+", "e5", "nan(1)"})
    EXPECT_EQ(parse_csv(std::string("x;y\n") + other + ";1", {.separator = ';'})["x"].type(),
              ColumnType::category)
        << other;
}

TEST(Csv, NotesAColumnThatOneEntryMakesText) {
  std::string text = "id,x,d\n";
  for (int i = 0; i < 5000; ++i)
    text += std::to_string(i) + (i == 4000 ? ",abc" : ",1.5") + (i == 7 ? ",5\n" : ",2024-01-01\n");
  const Table t = parse_csv(text, {}, "a.csv");
  EXPECT_EQ(t["x"].type(), ColumnType::category);
  EXPECT_EQ(t["d"].type(), ColumnType::category);
  ASSERT_EQ(t.notes().size(), 2U);
  EXPECT_THAT(t.notes()[1],
              HasSubstr("column \"d\" holds categories, because line 9 has \"5\", where other lines "
                        "have a date"));
  EXPECT_THAT(t.notes()[0],
              HasSubstr("a.csv: column \"x\" holds categories, because line 4002 has \"abc\", where "
                        "other lines have a number"));
  EXPECT_THAT(t.describe(), HasSubstr(t.notes()[0]));
}

// Records that cross the places where a file is cut, with quotes, line ends and separators in them.
std::string long_text() {
  std::string text = "n,word,d\n";
  for (int i = 0; text.size() < 13U << 20; ++i) {
    text += std::to_string(i * 0.37) + ",\"";
    for (int k = 0; k < i % 50; ++k)
      text += k % 7 == 0 ? "\n" : k % 11 == 0 ? "\"\"" : k % 5 == 0 ? "," : "w";
    text += i % 3 == 0 ? "\",2020-02-29\r\n" : "\",\n";
  }
  return text;
}

TEST(Csv, ReadsTheSameForAnyNumberOfThreads) {
  const std::string text = long_text();
  const int before = num_threads();
  set_num_threads(1);
  const Table one = parse_csv(text);
  EXPECT_EQ(one.rows() * 3 / 3, one["n"].size());
  EXPECT_EQ(one["n"].type(), ColumnType::number);
  EXPECT_EQ(one["word"].categories().size(), 49U);
  for (std::int64_t i : {std::int64_t{0}, one.rows() / 2, one.rows() - 1})
    EXPECT_NEAR(one["n"].values().data<double>()[i], static_cast<double>(i) * 0.37, 1e-6);
  for (const int threads : {2, 5}) {
    set_num_threads(threads);
    EXPECT_TRUE(same(parse_csv(text), one)) << threads;
    const std::string broken = text + "\"open,1,\n" + text;
    for (int again = 0; again < 2; ++again) EXPECT_THROW((void)parse_csv(broken), DataError);
  }
  std::int64_t line = 2;
  for (std::int64_t i = 0; i < one.rows(); ++i) {
    if (i % 10007 == 0) {
      EXPECT_EQ(one.place_of(i), "line " + std::to_string(line) + " of the text");
    }
    const std::string word = one["word"].text(i);
    line += 1 + std::count(word.begin(), word.end(), '\n');
  }
  set_num_threads(before);
}

void expect_refused(const std::string& text, const std::string& what, const CsvOptions& options = {}) {
  EXPECT_THROW_TEXT((void)parse_csv(text, options, "f.csv"), DataError, "parse_csv: f.csv" + what);
}

TEST(Csv, SaysWhereAFileIsWrong) {
  expect_refused("", " is empty: line 1, column 1 should be there");
  expect_refused("\n\n", " is empty");
  expect_refused("a,b\n1,2\n3\n",
                 ", line 3, column 1 (\"a\"): the line has 1 entry, but there are 2 columns");
  expect_refused("a,b\n1,2,3\n", ", line 2, column 3: the line has 3 entries, but there are 2 columns");
  expect_refused("a,b\n1,\"2\n", ", line 2, column 2 (\"b\"): a quote is not closed");
  expect_refused("a,b\n\"1\nx\"y,2\n", ", line 3, column 1 (\"a\"): there is text behind a closing quote");
  expect_refused("a,b\n1,2\"\n", ", line 2, column 2 (\"b\"): a quote stands within an entry");
  expect_refused("a,b\n1,2\r3,4\r",
                 ", line 2, column 2 (\"b\"): there is a carriage return without a line feed");
  expect_refused(std::string("a,b\n1,\0\n", 8), ", line 2, column 2 (\"b\"): there is a zero byte");
  expect_refused("a,\n1,2\n", ", line 1, column 2: the name \"\" is empty; has the file no header");
  expect_refused("a,b,a\n1,2,3\n", ", line 1, column 3: the name \"a\" stands there twice");
  expect_refused("a,b\n1,2\n3,x\ty\n", ", line 3, column 2 (\"b\"): \"x y\" is not a number",
                 {.types = {{"b", ColumnType::number}}});
  expect_refused("a,b\n1,2024-02-30\n", ", line 2, column 2 (\"b\"): \"2024-02-30\" is not a date",
                 {.types = {{"b", ColumnType::date}}});
  expect_refused("a,b\n1,XL\n", ", line 2, column 2 (\"b\"): \"XL\" is not one of the categories",
                 {.types = {{"b", {ColumnType::ordinal, {"S"}}}}});
  expect_refused("a,b\n1,2\n", ", line 1 has no column \"c\", for which a type is given",
                 {.types = {{"c", ColumnType::number}}});
  expect_refused("a\n\"\"\n", ", line 2, column 1 (\"a\"): \"\" is not an entry", {.missing = {"NA"}});
  EXPECT_THROW_TEXT((void)parse_csv("a\n", {.quote = ','}), DataError, "separator and quote must be two");
  EXPECT_THROW_TEXT((void)parse_csv("a\n", {.types = {{"a", ColumnType::ordinal}}}), DataError,
                    "column \"a\" is said to be ordinal; give its categories");
  EXPECT_EQ(parse_csv("a,b\n").rows(), 0);
}

// What comes of a text that is cut into pieces of so many bytes: the table and the lines of its rows, or the
// error.
std::string outcome(const std::string& text, std::int64_t chunk) {
  try {
    const Table t = csv::read(csv::Input(text), {}, {"op", "f"}, chunk);
    std::string out = csv_text(t) + t.describe();
    for (std::int64_t i = 0; i < t.rows(); ++i) out += t.place_of(i) + ";";
    return out;
  } catch (const DataError& e) {
    return e.what();
  }
}

TEST(Csv, ReadsTheSameWhereverItIsCut) {
  for (const std::string text : {"a,b\n1,2\n3,4\n5,6", "a,b\r\n1,\"x\r\n\"\"\n\"\r\n\r\n\n3,\"\"\r\n",
                                 "a\n\"\n\n\n\n\n\"\n5\n", "a,b\n1,2\n\"3,\"\n\",4\nx\"y,1\n2,\"z\n",
                                 "a,b\n1,2\n3\n\"4,5\n6,7\n8\n", "a\n1\n2\n3\nx\n5\n6\n2024-01-01\n",
                                 "a,b\n2024-01-01,\n,5\n\"\"\"\n\"\"\",\"\"\"\"\n", "a\n1\n\"2\n3\n4\n"}) {
    const std::string whole = outcome(text, 1 << 20);
    for (std::int64_t chunk = 1; chunk < 12; ++chunk)
      EXPECT_EQ(outcome(text, chunk), whole) << chunk << "\n" << text;
  }
}

TEST(Csv, ADamagedLineFarBehindIsTheFirstThatIsNamed) {
  std::string text = long_text();
  const auto line = std::count(text.begin(), text.end(), '\n') + 1;
  text += "1,2\n" + long_text() + "x\"\n";
  expect_refused(text, ", line " + std::to_string(line) + ", column 2 (\"word\"): the line has 2 entries");
}

class CsvFiles : public ::testing::Test {
 protected:
  CsvFiles()
      : path_((std::filesystem::temp_directory_path() / ("csv_" + std::to_string(::getpid()))).string()) {}
  ~CsvFiles() override { std::filesystem::remove(path_); }
  std::string path_;
};

TEST_F(CsvFiles, AHeaderOfABillionColumnsIsRefusedBeforeItIsRead) {
  { std::ofstream(path_) << std::string(1 << 20, ','); }
  std::filesystem::resize_file(path_, std::uintmax_t{1} << 30);
  EXPECT_THROW_TEXT((void)read_csv(path_, {.header = false}), DataError,
                    "line 1, column 100001: more than 100000 columns");
  { std::ofstream(path_) << "\"" << std::string(1 << 20, 'x'); }
  std::filesystem::resize_file(path_, std::uintmax_t{1} << 29);
  EXPECT_THROW_TEXT((void)read_csv(path_), DataError, "the first line is longer than 64 MB");
  EXPECT_THROW_TEXT((void)read_csv(path_ + "x"), FileError, "read_csv: cannot open");
}

TEST_F(CsvFiles, WhatIsWrittenIsReadBack) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Table t({Column::number("a,b", {0.1, nan, -1e-310, 1.0 / 3.0}),
                 Column::category("quote \"", {"x", "", " blank ", "a\r\nb\"c"}),
                 Column::date("d", Column::number("", {0.0, 86399.25, nan, -1.0}).values())});
  write_csv(path_, t);
  EXPECT_TRUE(same(read_csv(path_), t));
  write_csv(path_, t.select({"quote \""}), {.separator = ';', .missing = "NA"});
  EXPECT_TRUE(same(read_csv(path_, {.separator = ';'}), t.select({"quote \""})));
  EXPECT_EQ(csv_text(t.select({"a,b"}).head(2)), "\"a,b\"\n0.1\n\"\"\n");
  EXPECT_THROW_TEXT(write_csv(path_, t, {.missing = "x"}), DataError,
                    "is a category of \"quote \"\" and stands");
}

TEST(Dates, AreSecondsAndBack) {
  EXPECT_EQ(parse_date("1970-01-02"), 86400.0);
  EXPECT_EQ(parse_date("2024-02-29T12:30Z"), 1709209800.0);
  EXPECT_EQ(parse_date("2024-02-29 12:30:15.25"), 1709209815.25);
  for (const char* other :
       {"2023-02-29", "2024-13-01", "2024-1-1", "2024-01-01T24:00", "2024-01-01T10", "24-01-01",
        "2024-01-01T10:00:60", "2024-01-01T10:00:00.", "2024-01-01x", "0000-01-01", ""})
    EXPECT_EQ(parse_date(other), std::nullopt) << other;
  EXPECT_EQ(date_text(1709209815.25), "2024-02-29T12:30:15.25");
  EXPECT_EQ(date_text(-62135596800.0), "0001-01-01");
  EXPECT_THROW_TEXT((void)date_text(1e300), DataError, "is no second of the years 1 to 9999");
}

}  // namespace
}  // namespace hourglass::data
