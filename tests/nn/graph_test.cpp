// Graphs of layers: how they are written down, what they compute, what is refused.

#include "support/expect_error.h"
#include "support/gradients.h"

#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/activation.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/graph.h>
#include <hourglass/nn/layers/conv.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/dropout.h>
#include <hourglass/nn/layers/lstm.h>
#include <hourglass/nn/layers/normalization.h>
#include <hourglass/nn/layers/pool.h>
#include <hourglass/nn/layers/reparameterize.h>
#include <hourglass/nn/layers/reshape.h>
#include <hourglass/nn/regularizer.h>
#include <hourglass/nn/summary.h>
#include <hourglass/tensor/base/json.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hourglass::nn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

bool same(const Variable& a, const Variable& b) { return max(abs(a.value() - b.value())).item() == 0.0; }

std::vector<std::string> layer_names(Module& module) {
  std::vector<std::string> out;
  for (const NamedModule& m : modules(module)) {
    if (!m.name.empty()) out.push_back(m.name);
  }
  return out;
}

// Two branches of a shared layer that join, a skip from the input, and two outputs.
Graph siamese(DType dtype = float32) {
  const auto a = input({6}, {.name = "left", .dtype = dtype}),
             b = input({6}, {.name = "right", .dtype = dtype});
  const Part embed{"embed", Dense(6, 4, {.activation = tanh, .dtype = dtype})};
  const auto ea = a.then(embed), eb = b.then(embed);
  const auto both = concatenate({ea, eb, a});
  const auto y = both.then(Dense(14, 4, {.dtype = dtype})) + ea;
  return Graph({a, b}, {y, multiply({ea, eb})});
}

TEST(Graph, ComputesWhatTheLayersCompute) {
  Generator g(1);
  Graph model = siamese();
  const Variable a = normal({3, 6}, 0.0, 1.0, g), b = normal({3, 6}, 0.0, 1.0, g);
  const std::vector<Variable> y = model({a, b});
  auto& embed = model.get<Dense>("embed");
  auto& dense = model.get<Dense>("dense");
  const Variable ea = embed(a), eb = embed(b);
  ASSERT_EQ(y.size(), 2U);
  EXPECT_TRUE(same(y[0], dense(concat({ea, eb, a}, 1)) + ea));
  EXPECT_TRUE(same(y[1], ea * eb));
}

TEST(Graph, GradientsOfSkipsAndSharedLayersAreRight) {
  Generator g(2);
  Graph model = siamese(float64);
  const auto f = [&](const std::vector<Variable>& x) {
    model.get<Dense>("embed").kernel = x[2];
    model.get<Dense>("dense").kernel = x[3];
    const std::vector<Variable> y = model({x[0], x[1]});
    return y[0] * y[1];
  };
  EXPECT_GRADIENTS(f, normal({2, 6}, 0.0, 1.0, g, float64), normal({2, 6}, 0.0, 1.0, g, float64),
                   normal({6, 4}, 0.0, 0.5, g, float64), normal({14, 4}, 0.0, 0.5, g, float64));
}

TEST(Graph, NamesLayersAsKerasDoes) {
  const auto x = input({8, 8, 1}), z = input({8, 8, 1});
  const auto h = (x + z).then(Conv2D(1, 2, {.kernel = {3, 3}, .padding = Padding::same})).then(ReLU());
  const auto y = h.then(Conv2D(2, 2, {.kernel = {3, 3}, .padding = Padding::same}))
                     .then({"flat", Flatten()})
                     .then(Dense(128, 3))
                     .then(relu);
  Graph model({x, z}, {y});
  EXPECT_THAT(layer_names(model),
              ElementsAre("add", "conv2d", "re_lu", "conv2d_1", "flat", "dense", "lambda"));
  EXPECT_EQ(model.nodes()[1].name, "input_layer_1");
  EXPECT_EQ(model.describe(), "Graph(2 inputs, 1 output, 7 layers)");
  EXPECT_EQ(parameters(model).front().name, "conv2d.kernel");
  EXPECT_THROW_TEXT((void)model["dense_9"], IndexError,
                    "Graph: no layer is named \"dense_9\"; there are: add, conv2d");
  EXPECT_THROW_TEXT((void)model.get<Dense>("flat"), DataError, "the layer \"flat\" is Flatten, not a Dense");
}

TEST(Graph, ItsNodesAreAListThatCanBeWalked) {
  Graph model = siamese();
  const std::vector<GraphNode>& nodes = model.nodes();
  std::vector<std::string> names;
  for (const GraphNode& n : nodes) names.push_back(n.name + ":" + std::to_string(n.call));
  EXPECT_THAT(names, ElementsAre("left:0", "right:0", "embed:0", "embed:1", "concatenate:0", "dense:0",
                                 "add:0", "multiply:0"));
  EXPECT_EQ(nodes[0].layer, nullptr);
  EXPECT_EQ(nodes[2].layer, nodes[3].layer);
  EXPECT_THAT(nodes[4].inputs, ElementsAre(GraphEdge{2, 0}, GraphEdge{3, 0}, GraphEdge{0, 0}));
  EXPECT_THAT(nodes[4].outputs.at(0).shape, ElementsAre(14));
  EXPECT_THAT(model.inputs(), ElementsAre(0, 1));
  EXPECT_THAT(model.outputs(), ElementsAre(GraphEdge{6, 0}, GraphEdge{7, 0}));
}

TEST(Graph, IsALayerAmongOthers) {
  const auto x = input({5});
  Sequential model{Dense(3, 5), Graph({x}, {x + x.then(Dense(5, 5))}), ReLU()};
  EXPECT_EQ(model(ones({2, 3})).shape(), (Shape{2, 5}));
  EXPECT_EQ(parameters(model)[2].name, "1.dense.kernel");
  Graph two = siamese();
  EXPECT_THROW_TEXT((void)Sequential{std::move(two)}(ones({2, 6})), DataError,
                    "Graph(2 inputs, 2 outputs, 5 layers): got 1 tensor; give one for each input");
  const auto z = input({5});
  Graph split({z}, {z.then(Dense(5, 1)), z.then(Dense(5, 2))});
  EXPECT_THROW_TEXT((void)split(ones({2, 5})), DataError, "gives 2 tensors where one is expected");
}

TEST(Graph, GraphsAreCalledInsideGraphs) {
  const Part inner{"pair", siamese()};
  const auto a = input({6}), b = input({6});
  const std::vector<SymbolicTensor> first = call(inner, {a, b}), second = call(inner, {b, a});
  Graph model({a, b}, {first[0] - second[0], second[1]});
  Generator g(3);
  const Variable u = normal({2, 6}, 0.0, 1.0, g), v = normal({2, 6}, 0.0, 1.0, g);
  const std::vector<Variable> y = model({u, v});
  Graph& pair = model.get<Graph>("pair");
  EXPECT_TRUE(same(y[0], pair({u, v})[0] - pair({v, u})[0]));
  EXPECT_TRUE(same(y[1], pair({v, u})[1]));
  EXPECT_EQ(parameters(model).size(), 4U);
}

TEST(Graph, BeginsAtALayersOutputWhereThatIsListed) {
  const auto x = input({6});
  const auto code = x.then(Dense(6, 2));
  const auto y = code.then(Dense(2, 6));
  Graph whole({x}, {y}), encoder({x}, {code}), decoder({code}, {y});
  const Variable v = ones({1, 6});
  EXPECT_TRUE(same(whole(v), decoder(encoder(v))));
  EXPECT_EQ(parameters(decoder).front().variable.node(), parameters(whole)[2].variable.node());
  EXPECT_THAT(layer_names(decoder), ElementsAre("dense"));
}

TEST(Graph, ExtentsMayBeAny) {
  const auto x = input({-1, -1, 3}, {.name = "photo"});
  const auto y = x.then(Conv2D(3, 4, {.kernel = {3, 3}, .padding = Padding::same})).then(MaxPool2D());
  EXPECT_THAT(y.shape(), ElementsAre(-1, -1, 4));
  EXPECT_EQ(str(y.shape()), "(None, None, None, 4)");
  const auto z = y.then([](const Variable& v) { return mean(v, {1, 2}); });
  EXPECT_THAT(z.shape(), ElementsAre(4));
  Graph model({x}, {z});
  EXPECT_EQ(model(ones({2, 10, 6, 3})).shape(), (Shape{2, 4}));
  EXPECT_THROW_TEXT(
      (void)model(ones({2, 10, 6, 1})), ShapeError,
      "the input \"photo\" was declared as (None, None, None, 3), got a tensor of shape (2, 10, 6, 1)");
  const auto steps = input({-1, 5});
  EXPECT_THAT(steps.then(LSTM(5, 7)).shape(), ElementsAre(7));
  EXPECT_THROW_TEXT((void)input({0, 3}), ShapeError, "input: an extent is 0");
}

TEST(Graph, ErrorsOfAWrongShapeNameTheLayerAndBothShapes) {
  const auto x = input({28, 28, 1});
  EXPECT_THROW_TEXT((void)x.then({"code", Dense(784, 2)}), ShapeError,
                    "Dense(784 -> 2) expects 784 features, got an input of shape (1, 28, 28, 1)");
  EXPECT_THROW_TEXT((void)x.then({"code", Dense(784, 2)}), ShapeError,
                    "in a graph \"code\" (called on (None, 28, 28, 1))");
  EXPECT_THROW_TEXT((void)merge(Dense(2, 2), {x, x}), DataError, "Dense(2 -> 2): takes one tensor, got 2");
  EXPECT_THROW_TEXT((void)(x + input({28, 28})), ShapeError,
                    "Add: cannot merge tensors of shapes (1, 28, 28, 1) and (1, 28, 28)");
}

TEST(Graph, TellsWhichInputIsMissingUnusedOrTwice) {
  const auto a = input({2}, {.name = "a"}), b = input({2}, {.name = "b"});
  EXPECT_THROW_TEXT(Graph({a}, {a + b}), DataError,
                    "an output needs the input \"b\" (None, 2), which is not listed");
  EXPECT_THROW_TEXT(Graph({a, b}, {a.then(relu)}), DataError, "no output needs the input \"b\"");
  EXPECT_THROW_TEXT(Graph({a, a}, {a.then(relu)}), DataError, "an input is listed twice, \"a\"");
  EXPECT_THROW_TEXT(Graph({a}, {}), DataError, "it has no output");
  EXPECT_THROW_TEXT(Graph({a}, {a.then({"a", Dense(2, 2)})}), DataError, "two parts are named \"a\"");
  EXPECT_THROW_TEXT(Graph({a}, {a.then({"x.y", Dense(2, 2)})}), DataError, "a node cannot be named \"x.y\"");
}

TEST(Graph, TryingALayerLeavesItAsItWas) {
  const auto x = input({4});
  Graph model({x}, {x.then(Dense(4, 4, {.activity_regularizer = L2(1.0)}))
                        .then(BatchNormalization(4))
                        .then(Dropout(0.5))});
  EXPECT_TRUE(model["dropout"].is_training());
  EXPECT_EQ(model.get<BatchNormalization>("batch_normalization").moving_mean.data<float>()[0], 0.0F);
  EXPECT_FALSE(regularization_loss(model).has_value());
}

TEST(Graph, CloneSharesNothingAndKeepsWhatIsShared) {
  Graph model = siamese();
  Graph copy = clone(model);
  const Variable a = ones({1, 6}), b = full({1, 6}, 0.5);
  EXPECT_TRUE(same(model({a, b})[0], copy({a, b})[0]));
  EXPECT_NE(copy.nodes()[2].layer, model.nodes()[2].layer);
  EXPECT_EQ(copy.nodes()[2].layer, copy.nodes()[3].layer);
  copy.get<Dense>("embed").kernel.set_value(zeros({6, 4}));
  EXPECT_FALSE(same(model({a, b})[0], copy({a, b})[0]));
  set_trainable(copy, false);
  EXPECT_TRUE(parameters(model)[0].variable.requires_grad());
  EXPECT_FALSE(parameters(copy)[0].variable.requires_grad());
}

TEST(Graph, IsMadeAgainOfItsDescriptionAndLayers) {
  Graph model = siamese();
  const std::string text = to_json(model.config());
  std::vector<Part> layers{{"embed", Dense(6, 4, {.activation = tanh})},
                           {"multiply", Multiply()},
                           {"dense", Dense(14, 4)},
                           {"add", Add()},
                           {"concatenate", Concatenate()}};
  Graph again(options_from_json<GraphConfig>(text, "test"), layers);
  EXPECT_EQ(to_json(again.config()), text);
  again.get<Dense>("embed").kernel = model.get<Dense>("embed").kernel;
  again.get<Dense>("dense").kernel = model.get<Dense>("dense").kernel;
  const Variable a = ones({1, 6}), b = full({1, 6}, 0.5);
  EXPECT_TRUE(same(model({a, b})[0], again({a, b})[0]));
  EXPECT_TRUE(same(model({a, b})[1], again({a, b})[1]));
}

TEST(Graph, RefusesDescriptionsThatAreOfNoGraph) {
  const std::vector<Part> layers{{"d", Dense(2, 2)}};
  const std::vector<GraphTensor> two{{{2}}};
  using Nodes = std::vector<GraphConfig::Node>;
  const auto expect = [&](const Nodes& nodes, std::vector<std::int64_t> inputs,
                          std::vector<GraphEdge> outputs, const char* text) {
    EXPECT_THROW_TEXT(Graph({nodes, std::move(inputs), std::move(outputs)}, layers), DataError, text);
  };
  const GraphConfig::Node x{"x", {}, two}, d{"d", {{0, 0}}, two};
  EXPECT_NO_THROW(Graph({{x, d}, {0}, {{1, 0}}}, layers));
  expect({x, {"d", {{1, 0}}, two}}, {0}, {{1, 0}}, "\"d\" needs output 0 of node 1, which is not before it");
  expect({x, {"d", {{-1, 0}}, two}}, {0}, {{1, 0}}, "needs output 0 of node -1");
  expect({x, {"d", {{0, 1}}, two}}, {0}, {{1, 0}}, "needs output 1 of node 0");
  expect({x, d}, {0}, {{2, 0}}, "an output needs output 0 of node 2");
  expect({x, d}, {0, 0}, {{1, 0}}, "\"x\" is an input twice");
  expect({x, d}, {0, 7}, {{1, 0}}, "node 7 is to be an input, but there are 2");
  expect({x, d}, {}, {{1, 0}}, "\"x\" has 0 inputs and 1 output");
  expect({x, {"e", {{0, 0}}, two}}, {0}, {{1, 0}}, "there is no layer for the node \"e\"");
  expect({x, d, d}, {0}, {{1, 0}}, "no output needs the layer \"d\"");
  expect({x, {"", {{0, 0}}, two}}, {0}, {{1, 0}}, "a node cannot be named \"\"");
  expect({x}, {0}, {{0, 0}}, "the layer \"d\" is in no node");
}

TEST(Graph, FunctionsOfSeveralTensorsHaveNames) {
  const auto x = input({3}), g = input({3});
  const auto gate = [](const Variable& v, const Variable& by) { return v * sigmoid(by); };
  Graph model({x, g}, {merge("gate", gate, {x, g})});
  EXPECT_EQ(model.nodes()[2].name, "gate");
  const Variable v = ones({1, 3});
  EXPECT_TRUE(same(model({v, v})[0], sigmoid(v)));
  EXPECT_THROW_TEXT((void)merge("gate", gate, {x}), DataError,
                    "LambdaMerge(gate): the function takes 2 tensors, got 1");
}

TEST(Graph, AVariationalAutoencoderInFunctionalStyle) {
  set_seed(7);
  const auto draws = default_generator().state().draws;
  const auto x = input({6}, {.name = "x"});
  const auto h = x.then(Dense(6, 4, {.activation = relu, .kernel_initializer = constant(0.1)}));
  const auto mean = h.then({"mean", Dense(4, 2, {.kernel_initializer = constant(0.2)})});
  const auto log_variance = h.then({"log_variance", Dense(4, 2, {.kernel_initializer = constant(-0.2)})});
  const auto z = merge(Reparameterize({.sample_in_eval = true}), {mean, log_variance});
  EXPECT_EQ(default_generator().state().draws, draws);
  Graph encoder({x}, {mean, log_variance, z});
  EXPECT_EQ(encoder.nodes().back().name, "reparameterize");
  const std::vector<Variable> y = encoder(std::vector<Variable>{ones({3, 6})});
  set_seed(7);
  const Tensor epsilon = normal({3, 2}, 0.0, 1.0);
  EXPECT_LE(max(abs(y[2].value() - y[0].value() - exp(y[1].value() * 0.5) * epsilon)).item(), 1e-6);
}

TEST(Graph, IsSummarisedWithItsConnections) {
  const auto a = input({8, 8, 1}, {.name = "photo"}), b = input({3}, {.name = "labels"});
  const Part block{"block", Sequential{Conv2D(1, 2, {.kernel = {3, 3}}), relu}};
  const auto flat = a.then(block).then(Flatten());
  const Graph model({a, b}, {concatenate({flat, b}).then({"code", Dense(75, 2)})});
  EXPECT_THAT(
      summary(model),
      HasSubstr(R"( Layer (type)                         Output Shape            Param #    Connected to
====================================================================================================
 photo (input)                        (None, 8, 8, 1)         0
 labels (input)                       (None, 3)               0
 block.0 (Conv2D(1 -> 2, kernel 3x3)) (None, 6, 6, 2)         20         photo[0][0]
 block.1 (Lambda(relu))               (None, 6, 6, 2)         0
 flatten (Flatten)                    (None, 72)              0          block[0][0]
 concatenate (Concatenate)            (None, 75)              0          flatten[0][0], labels[0][0]
 code (Dense(75 -> 2))                (None, 2)               152        concatenate[0][0]
====================================================================================================
Total params: 172
)"));
}

TEST(Graph, IsDrawn) {
  const auto x = input({4}, {.name = "x"});
  const Graph model({x}, {x + x.then({"mix", Dense(4, 4)})});
  EXPECT_EQ(to_dot(model),
            "digraph graph_of_layers {\n"
            "  node [shape=box, fontname=\"sans-serif\"];\n"
            "  n0 [label=\"x\\n(None, 4)\", shape=ellipse, style=filled, fillcolor=lightblue];\n"
            "  n1 [label=\"mix\\nDense(4 -> 4)\\n(None, 4)\"];\n"
            "  n2 [label=\"add\\nAdd\\n(None, 4)\"];\n"
            "  output [shape=ellipse];\n"
            "  n0 -> n1;\n"
            "  n0 -> n2;\n"
            "  n1 -> n2;\n"
            "  n2 -> output;\n"
            "}\n");
}

TEST(Graph, LongChainsAreLetGoOf) {
  auto x = input({1});
  const auto first = x;
  const Part same_again = ReLU();
  for (int i = 0; i < 100000; ++i) x = x.then(same_again);
  EXPECT_EQ(Graph({first}, {x}).nodes().size(), 100001U);
}

}  // namespace
}  // namespace hourglass::nn
