// Tables in memory: picking columns and rows, splitting, showing.

#include "support/expect_error.h"

#include <hourglass/data/tables/table.h>
#include <hourglass/tensor/ops/factory.h>

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

namespace hourglass::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const double kNan = std::numeric_limits<double>::quiet_NaN();

Table people() {
  return Table(
      {Column::number("age", {31, kNan, 45, 12}), Column::category("city", {"Bonn", "Aachen", "", "Bonn"}),
       Column::ordinal("size", {"L", "S", "S", "M"}, {"S", "M", "L"}), Column::number("one", {1, 1, 1, 1})});
}

TEST(Table, PicksColumnsAndRows) {
  const Table t = people();
  EXPECT_EQ(t.rows(), 4);
  EXPECT_THAT(t.select({"size", "age"}).names(), ElementsAre("size", "age"));
  EXPECT_THAT(t.drop({"one", "age"}).names(), ElementsAre("city", "size"));
  const Table picked = t.take(tensor({2, 0}, int64));
  EXPECT_EQ(picked["age"].text(0), "45");
  EXPECT_EQ(picked["size"].text(1), "L");
  EXPECT_TRUE(picked["city"].is_missing(0));
  EXPECT_EQ(t.head(2).rows(), 2);
  EXPECT_EQ(t.head(99).rows(), 4);
  EXPECT_EQ(t["age"].missing_count(), 1);
  EXPECT_THAT(t.with(Column::number("age", {1, 2, 3, 4})).names(), ElementsAre("age", "city", "size", "one"));
  EXPECT_EQ(t.with(t["age"].renamed("years"))["years"].text(0), "31");
}

TEST(Table, GoesToATensorAndBack) {
  const Tensor x = people().to_tensor(float64);
  EXPECT_EQ(x.shape(), Shape({4, 4}));
  EXPECT_TRUE(std::isnan(x[1][0].item()));
  EXPECT_TRUE(std::isnan(x[2][1].item()));
  EXPECT_EQ(x[0][1].item(), 1.0);
  EXPECT_EQ(x[0][2].item(), 2.0);
  const Table back = Table::from_tensor(x, {"a", "b", "c", "d"});
  EXPECT_TRUE(back["a"].is_missing(1));
  EXPECT_EQ(back["c"].text(0), "2");
  EXPECT_THROW_TEXT((void)Table::from_tensor(x, {"a"}), ShapeError,
                    "does not have the 1 columns that are named");
}

TEST(Table, SplitsStratifiedAndSeeded) {
  std::vector<std::string> labels;
  std::vector<double> numbers;
  for (int i = 0; i < 100; ++i) labels.emplace_back(i < 20 ? "rare" : "often"), numbers.push_back(i);
  const Table t({Column::category("label", labels), Column::number("n", numbers)});
  const auto [train, test] = t.split({.fraction = 0.25, .seed = 3, .stratify = "label"});
  EXPECT_EQ(train.rows(), 75);
  std::int64_t rare = 0;
  for (std::int64_t i = 0; i < test.rows(); ++i) rare += test["label"].text(i) == "rare" ? 1 : 0;
  EXPECT_EQ(rare, 5);
  EXPECT_EQ(t.split({.seed = 3}).second["n"].text(0), t.split({.seed = 3}).second["n"].text(0));
  EXPECT_NE(t.split({.seed = 3}).second.str(), t.split({.seed = 4}).second.str());
  EXPECT_THROW_TEXT((void)people().split({.stratify = "age"}), DataError,
                    "cannot stratify by \"age\": row 1 has \"\"");
  EXPECT_THROW_TEXT((void)people().split({.fraction = 2.0}), DataError, "the fraction must be in [0, 1]");
}

TEST(Table, DescribesItsColumns) {
  const std::string text = people().describe();
  EXPECT_THAT(text, HasSubstr("4 rows, 4 columns\n"));
  EXPECT_THAT(text,
              HasSubstr("column      type  entries  missing    mean     std  min   25%  50%  75%  max\n"));
  EXPECT_THAT(text,
              HasSubstr("age       number        3        1  29.333  13.524   12  21.5   31   38   45\n"));
  EXPECT_THAT(text, HasSubstr("\"city\": 2 categories, most often \"Bonn\" (2)\n"));
  EXPECT_THAT(text, HasSubstr("\"one\" is 1 in every row\n"));
  EXPECT_THAT(people().str(), HasSubstr("1    ?  Aachen     S    1\n"));
}

TEST(Table, SaysWhatIsWrong) {
  EXPECT_THROW_TEXT((void)people()["cty"], DataError,
                    "there is no column \"cty\"; the columns are \"age\", \"city\", \"size\", \"one\"");
  EXPECT_THROW_TEXT((void)people().select({"age", "age"}), DataError, "two columns have the name \"age\"");
  EXPECT_THROW_TEXT((void)people().drop({"x"}), DataError, "there is no column \"x\"");
  EXPECT_THROW_TEXT(Table({Column::number("a", {1.0}), Column::number("b", {1.0, 2.0})}), ShapeError,
                    "column \"b\" has 2 rows, but \"a\" 1");
  EXPECT_THROW_TEXT(Table({Column::number("", {1.0})}), DataError, "a column has no name");
  EXPECT_THROW_TEXT((void)people().with(Column::number("b", {1.0, 2.0})), ShapeError, "has 2 rows, but");
  EXPECT_THROW_TEXT((void)Column::number("a", zeros({2, 2})), ShapeError,
                    "needs values of shape (N,), got (2, 2)");
  EXPECT_THROW_TEXT((void)Column::ordinal("s", {"S", "XL"}, {"S"}), DataError,
                    "\"s\" has \"XL\" in row 1, which is none of its 1 categories");
  EXPECT_THROW_TEXT((void)Column::coded("s", ColumnType::category, tensor({3}, int64), {"a"}), DataError,
                    "has the code 3 in row 0, but 1 categories");
  EXPECT_THROW_TEXT((void)Column::coded("s", ColumnType::category, tensor({0}, int64), {"a", "a"}), DataError,
                    "has the category \"a\" twice");
  EXPECT_THROW_TEXT((void)people()["age"].text(4), IndexError, "\"age\" has 4 rows, there is no row 4");
  EXPECT_THROW_TEXT((void)people().take(tensor({9}, int64)), IndexError, "9");
  EXPECT_THROW_TEXT((void)people().with_lines("f", zeros({2})), ShapeError,
                    "4 rows need lines of shape (4,)");
}

}  // namespace
}  // namespace hourglass::data
