// Every op, value and gradient, against PyTorch's numbers (tests/golden/make_ops.py).

#include "support/golden.h"
#include "support/expect_error.h"
#include "support/op_table.h"

#include <gmock/gmock.h>

#include <set>

namespace hourglass {
namespace {

using testing::op_table;
using testing::OpRow;

class PyTorch : public ::testing::TestWithParam<std::size_t> {
 protected:
  static const testing::Golden& golden() {
    static const testing::Golden numbers("ops");
    return numbers;
  }
  static const OpRow& row() { return op_table()[GetParam()]; }
};

TEST_P(PyTorch, AgreesInFloat64) {
  expect_golden(golden(), row().name, row().fn, inputs_of(row(), float64), 1e-10);
}
TEST_P(PyTorch, AgreesInFloat32) {
  expect_golden(golden(), row().name, row().fn, inputs_of(row(), float32), row().float32_tolerance);
}

INSTANTIATE_TEST_SUITE_P(Table, PyTorch, ::testing::Range<std::size_t>(0, op_table().size()),
                         [](const auto& info) { return op_table()[info.param].name; });

TEST(GoldenNumbers, AreOfTheTablesRowsAndNoOthers) {
  std::multiset<std::string> names;
  for (const OpRow& row : op_table()) names.insert(row.name);
  EXPECT_THAT(testing::Golden("ops").names(), ::testing::UnorderedElementsAreArray(names))
      << "each row needs a name of its own and one in tests/golden/make_ops.py";
}

TEST(GoldenNumbers, NameTheScriptWhereSomeAreMissing) {
  const testing::Golden golden("ops");
  EXPECT_THROW_TEXT(
      (void)golden.at("mish", "value"), std::runtime_error,
      "ops.txt has no value 0 of \"mish\". Give tests/golden/make_ops.py a row of that name and "
      "run\n    /usr/bin/python3 tests/golden/make_ops.py > tests/golden/ops.txt");
}

// What a row's inputs are depends on its name alone.
TEST(GoldenNumbers, GiveARowTheSameInputsWhereverItStands) {
  const OpRow first{"first", {}, {Shape{3}}}, last{"last", {}, {Shape{3}}};
  EXPECT_EQ(inputs_of(first)[0].str(), testing::wild("first", 0, {3}).str());
  EXPECT_NE(inputs_of(first)[0].str(), inputs_of(last)[0].str());
}

}  // namespace
}  // namespace hourglass
