// Every op, value and gradient, against PyTorch's numbers (tests/golden/make_ops.py).

#include "support/golden.h"
#include "support/op_table.h"

#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>

#include <gmock/gmock.h>

namespace hourglass {
namespace {

using testing::op_table;
using testing::relative_difference;

class Golden : public ::testing::TestWithParam<std::size_t> {
 public:
  static const std::map<std::string, std::vector<double>>& numbers() {
    static const auto all = testing::read_golden("ops.txt");
    return all;
  }
};

void compare(std::size_t index, DType dtype, double tolerance) {
  const testing::OpRow& row = op_table()[index];
  std::vector<Variable> x;
  for (const Tensor& input : inputs_of(row, index, dtype)) x.push_back(Variable::parameter(input));
  const Variable y = row.fn(x);
  const auto& numbers = Golden::numbers();
  ASSERT_TRUE(numbers.contains(row.name + " value 0")) << row.name << ": run tests/golden/make_ops.py";
  EXPECT_LE(relative_difference(y.value(), numbers.at(row.name + " value 0")), tolerance) << y.value().str();
  const Variable loss = sum(y * testing::wild(index, 9, y.shape()).to(dtype));
  const std::vector<Variable> g = grad(std::span(&loss, 1), x);
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_LE(relative_difference(g[i].value(), numbers.at(row.name + " gradient " + std::to_string(i))),
              tolerance)
        << "gradient of input " << i << ": " << g[i].value().str();
  }
}

TEST_P(Golden, Float64) { compare(GetParam(), float64, 1e-10); }
TEST_P(Golden, Float32) { compare(GetParam(), float32, 1e-5); }

INSTANTIATE_TEST_SUITE_P(Op, Golden, ::testing::Range<std::size_t>(0, op_table().size()),
                         [](const auto& info) { return op_table()[info.param].name; });

}  // namespace
}  // namespace hourglass
