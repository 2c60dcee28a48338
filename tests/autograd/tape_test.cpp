#include <hourglass/autograd.h>
#include <hourglass/nn.h>
#include <hourglass/tensor.h>

using namespace hourglass;

namespace {

std::vector<std::string> names(const Tape& tape) {
  std::vector<std::string> all;
  for (const Call& call : tape.calls()) all.emplace_back(call.op);
  return all;
}

TEST(Tape, KeepsOpsWithWhatTheyWereCalledWith) {
  const Variable x = Variable::parameter(ones({2, 3}));
  const Tape tape;
  const Variable y = sum(leaky_relu(x, 0.25), 1);
  ASSERT_EQ(names(tape), (std::vector<std::string>{"leaky_relu", "sum"}));
  const Call& first = tape.calls()[0];
  EXPECT_EQ(std::get<0>(std::any_cast<std::tuple<double>>(first.arguments)), 0.25);
  EXPECT_EQ(first.inputs.at(0).node().get(), x.node().get());
  EXPECT_EQ(tape.calls()[1].inputs.at(0).node().get(), first.output.node().get());
  EXPECT_EQ(tape.calls()[1].output.node().get(), y.node().get());
}

TEST(Tape, WorksWithoutGradientsAndSaysTheLayer) {
  nn::Dense layer(3, 2, {.activation = relu});
  const Tape tape;
  no_grad([&] { return layer(ones({1, 3})); });
  ASSERT_EQ(names(tape), (std::vector<std::string>{"affine"}));
  EXPECT_EQ(tape.calls()[0].layer, "Dense(3 -> 2, relu)");
}

TEST(Tape, KeepsComparisonsThoughNoGradientFlowsThroughThem) {
  const Variable x = Variable::parameter(ones({2, 3}));
  const Tape tape;
  const Tensor chosen = 2.0 > x;
  (void)where(chosen, x, -x);
  ASSERT_EQ(names(tape), (std::vector<std::string>{"less", "neg", "where"}));
  EXPECT_EQ(std::get<0>(std::any_cast<std::tuple<double>>(tape.calls()[0].arguments)), 2.0);
  EXPECT_TRUE(tape.calls()[0].output.value().shares_storage(chosen));
}

TEST(Tape, TheInnermostKeepsAndNothingIsKeptAfterIt) {
  const Variable x = ones({2});
  const Tape outer;
  {
    const Tape inner;
    (void)(1.0 - x);
    ASSERT_EQ(inner.calls().size(), 1U);
    EXPECT_EQ(std::get<0>(std::any_cast<std::tuple<FirstOperand>>(inner.calls()[0].arguments)).value, 1.0);
  }
  EXPECT_TRUE(outer.calls().empty());
  (void)(x * 2.0);
  EXPECT_EQ(names(outer), (std::vector<std::string>{"multiply"}));
}

}  // namespace
