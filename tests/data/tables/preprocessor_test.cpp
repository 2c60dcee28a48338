// Tables to tensors and back: against scikit-learn, exactly invertible, and strict.

#include "support/expect_error.h"
#include "support/golden.h"

#include <hourglass/data/tables/csv.h>
#include <hourglass/data/tables/preprocessor.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>

#include <gmock/gmock.h>

#include <cmath>
#include <cstring>
#include <limits>

namespace hourglass::data {
namespace {

using ::testing::ElementsAre;
using testing::Golden;
using ::testing::HasSubstr;
using testing::wild;

const double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kRows = 40, kTrain = 30;

// The table that tests/golden/make_tables.py makes for a row of this name.
Table numbers(const std::string& name, bool holes) {
  Tensor x = wild(name, 0, {kRows, 4}).clone();
  const Tensor hole = wild(name, 1, {kRows, 4});
  const std::vector<double> sizes{1.0, 1000.0, 0.01, 3.0};
  for (std::int64_t i = 0; i < x.size(); ++i) {
    double& v = x.mutable_data<double>()[i];
    v *= sizes[static_cast<std::size_t>(i % 4)];
    if (holes && hole.data<double>()[i] < -1.2) v = kNan;
    if (name == "mode") v = std::floor(v);
  }
  return Table::from_tensor(x, {"a", "b", "c", "d"});
}

Table texts() {
  const Tensor x = wild("texts", 0, {kRows, 2});
  std::vector<std::string> a, b;
  for (std::int64_t i = 0; i < x.size(); ++i)
    (i % 2 == 0 ? a : b)
        .push_back(std::string("c").append(std::to_string(static_cast<int>(2.0 + x.data<double>()[i]))));
  return Table({Column::category("a", a), Column::category("b", b)});
}

Preprocessor fitted(const Table& table, const StepsForOptions& options, std::int64_t neighbours = 5) {
  PreprocessorOptions steps = steps_for(table, options);
  steps.neighbours = neighbours;
  Preprocessor out(std::move(steps));
  out.fit(table.head(kTrain));
  return out;
}

void expect_golden(const std::string& name, const Table& table, const StepsForOptions& options,
                   std::int64_t neighbours = 5) {
  const Preprocessor prepare = fitted(table, options, neighbours);
  const Tensor x = prepare.transform(table, float64);
  const Golden file("tables");
  const std::vector<double>& golden = file.at(name, "value");
  ASSERT_EQ(x.size(), std::ssize(golden)) << name;
  for (std::int64_t i = 0; i < x.size(); ++i) {
    const double g = golden[static_cast<std::size_t>(i)], y = x.data<double>()[i];
    if (std::isnan(g)) {
      EXPECT_TRUE(std::isnan(y)) << name << " " << i;
    } else {
      EXPECT_NEAR(y, g, 1e-12 * std::max(1.0, std::abs(g))) << name << " " << i;
    }
  }
  const Table back = prepare.inverse(x);
  for (const Column& column : table.columns()) {
    for (std::int64_t i = 0; i < kRows; ++i) {
      if (column.is_missing(i)) continue;
      if (column.has_categories()) {
        ASSERT_EQ(back[column.name()].text(i), column.text(i)) << name;
      } else {
        const double v = column.values().data<double>()[i];
        ASSERT_NEAR(back[column.name()].values().data<double>()[i], v, 1e-9 * std::max(1.0, std::abs(v)))
            << name;
      }
    }
  }
}

TEST(PreprocessorGolden, Scales) {
  const auto both = [](const std::string& name, const ColumnSteps& steps) {
    ColumnSteps holes = steps;
    holes.missing = Missing::keep;
    expect_golden(name, numbers(name, false), {.numbers = steps});
    expect_golden(name + "_holes", numbers(name + "_holes", true), {.numbers = holes});
  };
  both("min_max", {.scaling = Scaling::min_max});
  both("min_max_range", {.scaling = Scaling::min_max, .low = -1.0, .high = 2.5});
  both("standard", {.scaling = Scaling::standard});
  both("robust", {.scaling = Scaling::robust});
}

TEST(PreprocessorGolden, FillsIn) {
  const auto imputed = [](const std::string& name, Missing missing, std::int64_t neighbours = 5,
                          Scaling scaling = Scaling::none) {
    expect_golden(name, numbers(name, true), {.numbers = {.scaling = scaling, .missing = missing}},
                  neighbours);
  };
  imputed("mean", Missing::mean);
  imputed("median", Missing::median);
  imputed("mode", Missing::mode);
  imputed("nearest", Missing::nearest, 3);
  imputed("nearest_many", Missing::nearest, 25);
  imputed("standard_nearest", Missing::nearest, 3, Scaling::standard);
}

TEST(PreprocessorGolden, Encodes) {
  expect_golden("one_hot", texts(), {});
  expect_golden("ordinal", texts(),
                {.categories = {.scaling = Scaling::none, .encoding = Encoding::ordinal}});
  expect_golden("ordinal", texts(), {.categories = {.encoding = Encoding::index}});
}

const char* const kPeople =
    "age,income,city,size,since\n"
    "31,1200.5,Bonn,L,2024-05-01\n"
    "45,,Aachen,S,2020-02-29T12:30:00\n"
    "12,0,?,S,1999-12-31\n"
    "?,88000,Bonn,M,2010-01-01\n"
    "60,5400,Bonn,L,2001-07-01\n";
CsvOptions kinds() { return {.types = {{"size", {ColumnType::ordinal, {"S", "M", "L"}}}}}; }
PreprocessorOptions mixed() {
  return {.columns = {{.column = "city", .missing = Missing::mode},
                      {.column = "income", .logarithm = Logarithm::log1p, .missing = Missing::nearest},
                      {.column = "size", .scaling = Scaling::min_max, .encoding = Encoding::ordinal},
                      {.column = "age", .scaling = Scaling::min_max, .low = -1.0, .missing = Missing::median},
                      {.column = "since", .scaling = Scaling::robust}},
          .neighbours = 2};
}

TEST(Preprocessor, GivesEachColumnItsPlaceAndGoesBack) {
  const Table people = parse_csv(kPeople, kinds());
  Preprocessor prepare(mixed());
  prepare.fit(people);
  EXPECT_EQ(prepare.width(), 6);
  const std::vector<Place> places = prepare.places();
  EXPECT_EQ(places[0].column, "city");
  EXPECT_TRUE(places[0].one_hot);
  EXPECT_THAT(places[0].categories, ElementsAre("Aachen", "Bonn"));
  EXPECT_EQ(places[2].begin, 3);
  EXPECT_EQ(places[4].end, 6);
  const Tensor x = prepare.transform(people, float64);
  EXPECT_EQ(x[2][1].item(), 1.0);   // Bonn, the mode
  EXPECT_EQ(x[3][3].item(), 0.5);   // M of S M L
  EXPECT_EQ(x[2][4].item(), -1.0);  // the youngest
  const Table back = prepare.inverse(x);
  EXPECT_THAT(back.names(), ElementsAre("city", "income", "size", "age", "since"));
  EXPECT_EQ(back["since"].text(1), "2020-02-29T12:30:00");
  EXPECT_EQ(back["size"].text(3), "M");
  EXPECT_NEAR(back["income"].values().data<double>()[3], 88000, 1e-9 * 88000);
  EXPECT_EQ(back["age"].text(3), "38");  // the median
}

TEST(Preprocessor, LeavesOutRowsAndColumns) {
  const Table people = parse_csv(kPeople, kinds());
  PreprocessorOptions steps = steps_for(people, {.numbers = {.missing = Missing::drop_row},
                                                 .categories = {.unseen = Unseen::missing},
                                                 .most_missing = 0.1});
  ASSERT_EQ(steps.columns.size(), 2U);
  EXPECT_EQ(steps.columns[0].column, "size");
  steps = steps_for(people, {.numbers = {.missing = Missing::drop_row},
                             .categories = {.missing = Missing::drop_row, .unseen = Unseen::missing}});
  Preprocessor prepare(steps);
  prepare.fit(people);
  EXPECT_EQ(prepare.transform(people).shape(), Shape({2, 2 + 2 + 3 + 1}));
  EXPECT_EQ(prepare.kept_rows(people).data<std::int64_t>()[1], 4);
  const Table other =
      parse_csv("city,age,income,size,since\nKiel,3,4,S,2024-01-01\nBonn,3,4,S,2024-01-01\n", kinds());
  EXPECT_EQ(prepare.transform(other).shape(0), 1);
}

TEST(Preprocessor, ConstantColumnsAreNoted) {
  const Table t({Column::number("one", {0.1, 0.1, 0.1}), Column::category("c", {"x", "x", "x"})});
  for (const Scaling scaling : {Scaling::min_max, Scaling::standard, Scaling::robust}) {
    Preprocessor prepare(steps_for(t, {.numbers = {.scaling = scaling}}));
    prepare.fit(t);
    EXPECT_EQ(prepare.transform(t)[1][0].item(), 0.0);
    EXPECT_EQ(prepare.inverse(prepare.transform(t, float64))["one"].text(2), "0.1");
    EXPECT_THAT(prepare.notes(),
                ElementsAre(HasSubstr("column \"one\" holds one value alone in the training rows: 0.1"),
                            HasSubstr("column \"c\" holds one value alone")));
  }
}

TEST(Preprocessor, AFunctionFillsHoles) {
  const Table t({Column::number("x", {1.0, kNan, 3.0}), Column::category("c", {"p", "q", ""})});
  Preprocessor prepare(steps_for(t, {.numbers = {.scaling = Scaling::none, .missing = Missing::function},
                                     .categories = {.missing = Missing::function}}));
  prepare.fit(t);
  EXPECT_THROW_TEXT((void)prepare.transform(t), DataError, "set_imputer(f) gives one");
  prepare.set_imputer([](const Tensor& x) {
    EXPECT_TRUE(std::isnan(x[1][0].item()));
    return full({3, 3}, 0.25, float64);
  });
  const Tensor x = prepare.transform(t, float64);
  EXPECT_EQ(x[0][0].item(), 1.0);
  EXPECT_EQ(x[1][0].item(), 0.25);
  EXPECT_EQ(x[1][1].item(), 0.0);
  EXPECT_EQ(x[2][2].item(), 0.25);
  prepare.set_imputer([](const Tensor&) { return zeros({1, 3}); });
  EXPECT_THROW_TEXT((void)prepare.transform(t), ShapeError, "the imputer made (1, 3) of rows (3, 3)");
}

TEST(Preprocessor, NeighboursOfMixedColumnsForAnyNumberOfThreads) {
  const Table t({Column::number("x", {0.0, 0.1, 5.0, 5.1, 0.05, 4.9}),
                 Column::category("c", {"p", "p", "q", "q", "", ""}),
                 Column::category("i", {"a", "", "b", "b", "a", "b"})});
  PreprocessorOptions steps =
      steps_for(t, {.numbers = {.scaling = Scaling::none, .missing = Missing::nearest},
                    .categories = {.missing = Missing::nearest}});
  steps.columns[2].encoding = Encoding::index;
  steps.neighbours = 2;
  Preprocessor prepare(steps);
  prepare.fit(t);
  const int before = num_threads();
  for (const int threads : {1, 3}) {
    set_num_threads(threads);
    const Table filled = prepare.inverse(prepare.transform(t));
    EXPECT_EQ(filled["c"].text(4), "p");
    EXPECT_EQ(filled["c"].text(5), "q");
    EXPECT_EQ(filled["i"].text(1), "a");
  }
  set_num_threads(before);
}

TEST(Preprocessor, SaysWhichEntryIsWrong) {
  const Table people = parse_csv(kPeople, kinds());
  Preprocessor prepare(mixed());
  EXPECT_THROW_TEXT((void)prepare.transform(people), DataError, "transform() needs what fit() learns");
  prepare.fit(people);
  const auto refused = [&](const std::string& text, const std::string& what,
                           const CsvOptions& options = kinds()) {
    EXPECT_THROW_TEXT((void)prepare.transform(parse_csv(text, options, "new.csv")), DataError,
                      "Preprocessor: " + what);
  };
  const std::string header = "since,city,income,size,age\n";
  refused(header + "2024-01-01,Kiel,1,S,4\n",
          "line 2 of new.csv, column \"city\": the category \"Kiel\" is in none of the training rows");
  refused(header + "2024-01-01,Bonn,1,S,4\n2024-01-01,Bonn,1,S,old\n",
          "line 3 of new.csv, column \"age\": \"old\" is no number");
  refused(header + "5,Bonn,1,S,4\n", "line 2 of new.csv, column \"since\": \"5\" is no date");
  refused(header + "?,Bonn,1,S,4\n", "line 2 of new.csv, column \"since\" has no entry");
  refused(header + "2024-01-01,Bonn,-2,S,4\n", "line 2 of new.csv, column \"income\": -2 has no logarithm");
  refused(header + "2024-01-01,Bonn,inf,S,4\n", "line 2 of new.csv, column \"income\": inf is infinite");
  refused("city,age\nBonn,3\n", "the table has no column \"income\", \"size\", \"since\"", {});
  EXPECT_THROW_TEXT((void)prepare.inverse(zeros({2, 5})), ShapeError,
                    "takes rows of 6 columns, got shape (2, 5)");
  EXPECT_THROW_TEXT((void)prepare.transform(people, int64), DTypeError, "int64");
  // Categories that look like numbers in this file, in columns in another order, are read by their texts.
  EXPECT_NO_THROW((void)prepare.transform(parse_csv(header + "2024-01-01,Bonn,1,S,4\n")));
}

TEST(Preprocessor, RefusesStepsThatDoNotFit) {
  const Table people = parse_csv(kPeople, kinds());
  const auto refused = [&](const ColumnSteps& steps, const std::string& what) {
    EXPECT_THROW_TEXT(
        {
          Preprocessor prepare({.columns = {steps}});
          prepare.fit(people);
        },
        DataError, what);
  };
  refused({.column = "cty"}, "there is no column \"cty\"");
  refused({.column = "city", .missing = Missing::mean},
          "column \"city\" holds categories, which have no mean");
  refused({.column = "age", .low = 1.0},
          "column \"age\" is to be scaled to [1, 1]; low must be less than high");
  refused({.column = "income", .logarithm = Logarithm::log},
          "line 4 of the text, column \"income\": 0 has no logarithm;");
  EXPECT_THROW_TEXT(Preprocessor({}), DataError, "no column has steps");
  EXPECT_THROW_TEXT(Preprocessor({.columns = {{.column = "a"}, {.column = "a"}}}), DataError,
                    "has steps twice");
  EXPECT_THROW_TEXT(Preprocessor({.columns = {{.column = "a"}}, .neighbours = 0}), DataError,
                    "at least 1, got 0");
  const Table empty({Column::number("x", {kNan, kNan})});
  Preprocessor prepare(steps_for(empty));
  EXPECT_THROW_TEXT(prepare.fit(empty), DataError, "column \"x\" has no entry in the 2 training rows");
  EXPECT_FALSE(prepare.is_fitted());
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() &&
         std::memcmp(a.data<double>(), b.data<double>(), static_cast<std::size_t>(8 * a.size())) == 0;
}

TEST(Preprocessor, IsTheSameFromItsStateAndItsText) {
  const Table people = parse_csv(kPeople, kinds());
  Preprocessor prepare(mixed());
  prepare.fit(people);
  const Tensor x = prepare.transform(people, float64);
  const Preprocessor from_text = Preprocessor::from_json(prepare.to_json());
  EXPECT_TRUE(same_bits(from_text.transform(people, float64), x));
  EXPECT_EQ(from_text.to_json(), prepare.to_json());
  Preprocessor other({.columns = {{.column = "z"}}});
  other.set_state(prepare.state());
  EXPECT_TRUE(same_bits(other.transform(people, float64), x));
  EXPECT_EQ(other.to_json(), prepare.to_json());
  const Preprocessor bare = Preprocessor::from_json(Preprocessor(mixed()).to_json());
  EXPECT_FALSE(bare.is_fitted());
}

TEST(Preprocessor, RefusesTextsThatItDidNotWrite) {
  const Table people = parse_csv(kPeople, kinds());
  Preprocessor prepare(mixed());
  prepare.fit(people);
  const std::string text = prepare.to_json();
  const auto refused = [&](const std::string& from, const std::string& to, const std::string& what) {
    std::string changed = text;
    ASSERT_NE(changed.find(from), std::string::npos) << from;
    changed.replace(changed.find(from), from.size(), to);
    EXPECT_THROW_TEXT((void)Preprocessor::from_json(changed), DataError, what);
  };
  refused("\"format\":1", "\"format\":2", "the text is of format 2");
  refused("\"format\":1,", "", "the text is of format 0");
  refused("\"neighbours\"", "\"neighbors\"", "neighbors");
  refused("\"scale\":", "\"scale\":-", "has no center, scale and offset");
  refused("\"center\":0.0,", "", "has no center, scale and offset");
  refused("\"Bonn\"", "\"Aachen\"", "has a category twice");
  refused("[\"Aachen\",\"Bonn\"]", "[]", "has categories that do not belong to its type");
  refused("\"fill\":[0.0,1.0]", "\"fill\":[0.0]", "has no value for missing entries");
  refused("\"robust\"", "\"rough\"", "rough");
  refused("\"reference\":[", "\"reference\":[1.0,", "reference values are no rows of 6");
  const std::string without = text.substr(0, text.find("\"reference\":")) + "\"reference\":[]}";
  EXPECT_THROW_TEXT((void)Preprocessor::from_json(without), DataError, "belong together, one is missing");
  EXPECT_THROW_TEXT((void)Preprocessor::from_json("{"), DataError, "JSON");
  std::vector<NamedTensor> state = prepare.state();
  state[1].value = zeros({2, 2}, float64);
  EXPECT_THROW_TEXT(prepare.set_state(state), DataError, "the reference rows are float64 (2, 2)");
  EXPECT_THROW_TEXT(prepare.set_state(std::span(state).first(1)), DataError,
                    "belong together, one is missing");
  state[0].name = "other";
  EXPECT_THROW_TEXT(prepare.set_state(state), DataError, "the state must be \"description\"");
  EXPECT_EQ(prepare.to_json(), text);
}

}  // namespace
}  // namespace hourglass::data
