// What visit() may name and how, modules that were moved from, clones.

#include "support/expect_error.h"

#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/files/state.h>
#include <hourglass/nn/clone.h>
#include <hourglass/nn/layers/conv.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/lstm.h>
#include <hourglass/nn/layers/normalization.h>
#include <hourglass/nn/layers/reparameterize.h>
#include <hourglass/nn/layers/reshape.h>
#include <hourglass/nn/layers/tied_dense.h>
#include <hourglass/nn/sequential.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <list>
#include <map>
#include <memory>

namespace hourglass::nn {
namespace {

using files::load;
using files::save;
using files::weights_sha256;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Variable parameter(double value) { return Variable::parameter(full({2}, value)); }
bool same(const Tensor& a, const Tensor& b) { return max(abs(a - b)).item() == 0.0; }

std::vector<std::string> names(const Module& module) {
  std::vector<std::string> out;
  for (const NamedParameter& p : parameters(module)) out.push_back(p.name);
  return out;
}

std::string path_of(const std::string& name) {
  return (std::filesystem::temp_directory_path() / (name + std::to_string(getpid()) + ".h5")).string();
}

struct Everything : Module {
  std::array<Dense, 2> pair{Dense(1, 1, {.bias = false}), Dense(1, 1, {.bias = false})};
  std::vector<Variable> scales{parameter(1), parameter(2)};
  std::map<std::string, Dense> heads;
  std::optional<Dense> extra, none;
  std::shared_ptr<Dense> shared = std::make_shared<Dense>(1, 1, DenseOptions{.bias = false}), also = shared,
                         empty;
  std::vector<std::unique_ptr<Layer>> owned;
  std::list<std::optional<Variable>> sparse{parameter(3), std::nullopt, parameter(4)};
  std::map<std::string, std::vector<Tensor>, std::less<>> state{{"seen", {zeros({2}), ones({2})}}};
  std::shared_ptr<Variable> handle = std::make_shared<Variable>(parameter(5));

  Everything() {
    heads.emplace("left", Dense(1, 1, {.bias = false}));
    heads.emplace("right", Dense(1, 1, {.bias = false}));
    extra.emplace(1, 1, DenseOptions{.bias = false});
    owned.push_back(std::make_unique<Dense>(1, 1, DenseOptions{.bias = false}));
    owned.push_back(nullptr);
  }
  void visit(Visitor& v) override {
    v("pair", pair), v("scales", scales), v("heads", heads), v("extra", extra), v("none", none);
    v("shared", shared), v("also", also), v("empty", empty), v("owned", owned), v("sparse", sparse);
    v("state", state), v("handle", handle);
  }
};

TEST(Visit, KnowsContainersOfParametersStateAndModules) {
  Everything model;
  EXPECT_THAT(names(model), ElementsAre("pair.0.kernel", "pair.1.kernel", "scales.0", "scales.1",
                                        "heads.left.kernel", "heads.right.kernel", "extra.kernel",
                                        "shared.kernel", "owned.0.kernel", "sparse.0", "sparse.2", "handle"));
  Everything other;
  other.state.at("seen")[0].fill(7.0);
  const std::string path = path_of("everything");
  save(path, other);
  load(path, model);
  std::filesystem::remove(path);
  EXPECT_EQ(weights_sha256(model), weights_sha256(other));
  EXPECT_EQ(model.state.at("seen")[0].str(), "[7. 7.]");
}

struct Named : Module {
  explicit Named(std::vector<std::string> n) : list(std::move(n)) {
    for (std::size_t i = 0; i < list.size(); ++i) values.push_back(parameter(1));
  }
  void visit(Visitor& v) override {
    for (std::size_t i = 0; i < list.size(); ++i) v(list[i], values[i]);
  }
  std::vector<std::string> list;
  std::vector<Variable> values;
};

TEST(Visit, RefusesNamesThatCouldNotBeLoadedBack) {
  for (const char* name : {"a/b", "/", ".", "..", ".a", "a.", "a..b", "a\nb", "\x7f"}) {
    Named model({name});
    EXPECT_THROW_TEXT((void)parameters(model), DataError,
                      "could not be loaded back from a file; use letters");
    EXPECT_THROW_TEXT(save(path_of("never"), model), DataError, "could not be loaded back");
  }
  Named nameless({""}), twice({"a", "b", "a"}), both({"a", "a.b"}), fine({"a", "a_b", "b.c", "größe", "b.d"});
  EXPECT_THROW_TEXT((void)parameters(nameless), DataError, "visit: a parameter in \"\" has no name");
  EXPECT_THROW_TEXT((void)parameters(twice), DataError, "visit: two members are named \"a\"");
  EXPECT_THROW_TEXT(check_names(twice), DataError, "visit() names two members \"a\"");
  EXPECT_THROW_TEXT(check_names(both), DataError, "visit() gives \"a\" beside \"a.b\"");
  EXPECT_NO_THROW(check_names(fine));
  Sequential around{Dense(1, 1)};
  struct Inner final : Layer {
    Variable x = parameter(1);
    Variable forward(const Variable& y) override { return y; }
    void visit(Visitor& v) override { v("a/b", x); }
  };
  around.add({"block", Inner()});
  EXPECT_THROW_TEXT((void)parameters(around), DataError, "visit: the name \"a/b\" in \"block\" could not");
}

// Whatever the names, what is saved can be loaded back.
TEST(Visit, NamesAreRefusedOrLoadedBack) {
  const std::vector<std::string> letters{"a", "b", ".", "/", " ", "_", "0", "é", "\n", "-", "\"", "\\", "\t"};
  Generator generator(11);
  const std::string path = path_of("names");
  int saved = 0, refused = 0;
  for (int round = 0; round < 120; ++round) {
    std::vector<std::string> list(2);
    for (std::string& name : list) {
      const Tensor draws = uniform({4}, 0.0, 1.0, generator);
      const int length = static_cast<int>(draws[3].item() * 4.0);
      for (int i = 0; i < length; ++i)
        name += letters[static_cast<std::size_t>(draws[i].item() * static_cast<double>(letters.size()))];
    }
    Named model(list), other(list);
    other.values[0].set_value(full({2}, 3.0));
    try {
      save(path, other);
    } catch (const DataError&) {
      ++refused;
      continue;
    }
    ++saved;
    EXPECT_NO_THROW(load(path, model)) << '"' << list[0] << "\" \"" << list[1] << '"';
    EXPECT_EQ(weights_sha256(model), weights_sha256(other));
  }
  std::filesystem::remove(path);
  EXPECT_GT(saved, 10);
  EXPECT_GT(refused, 10);
}

struct ByKey : Module {
  std::map<std::string, Variable> of;
  void visit(Visitor& v) override { v("heads", of); }
};

TEST(Visit, RefusesKeysThatCouldNotBeLoadedBack) {
  for (const char* key : {"", "a.b", "a/b"}) {
    ByKey model;
    model.of.emplace(key, parameter(1));
    EXPECT_THROW_TEXT((void)parameters(model), DataError, "could not be loaded back from a file");
  }
}

struct Endless final : Module {
  std::shared_ptr<Endless> self;
  void visit(Visitor& v) override { v("self", self); }
};

TEST(Visit, RefusesAModuleThatHoldsItself) {
  const auto model = std::make_shared<Endless>();
  model->self = model;
  EXPECT_THROW_TEXT((void)parameters(*model), DataError, "does a module hold itself?");
  model->self.reset();
}

template <class L>
void expect_error_when_moved_from(L layer, const Variable& x) {
  L moved(std::move(layer));
  const std::string text = layer.type_name() + ": was moved from";
  EXPECT_THROW_TEXT((void)layer(x), DataError, text);  // NOLINT(bugprone-use-after-move): what is tested
  EXPECT_THROW_TEXT((void)parameters(layer), DataError, text);
  EXPECT_THROW_TEXT((void)clone(layer), DataError, text);
  EXPECT_EQ(layer.describe(), layer.type_name() + "(moved from)");
  EXPECT_NO_THROW((void)moved(x));
  layer = std::move(moved);
  EXPECT_NO_THROW((void)layer(x));
}

TEST(MovedFrom, LayersSaySoWhenTheyAreUsed) {
  expect_error_when_moved_from(Dense(3, 2), ones({2, 3}));
  expect_error_when_moved_from(TiedDense(Dense(2, 3)), ones({2, 3}));
  expect_error_when_moved_from(Conv1D(1, 2), ones({1, 5, 1}));
  expect_error_when_moved_from(Conv2D(1, 2), ones({1, 5, 5, 1}));
  expect_error_when_moved_from(ConvTranspose2D(1, 2), ones({1, 5, 5, 1}));
  expect_error_when_moved_from(DepthwiseConv2D(1), ones({1, 5, 5, 1}));
  expect_error_when_moved_from(LSTM(3, 2), ones({1, 4, 3}));
  expect_error_when_moved_from(BatchNormalization(3), ones({2, 3}));
  expect_error_when_moved_from(LayerNormalization(3), ones({2, 3}));
  expect_error_when_moved_from(Reshape({3, 1}), ones({2, 3}));
  expect_error_when_moved_from(Lambda(relu), ones({2, 3}));
  expect_error_when_moved_from(Sequential{Dense(3, 2)}, ones({2, 3}));
}

struct Pair : Layer {
  Dense first{3, 2}, second{2, 1};
  Variable forward(const Variable& x) override { return second(first(x)); }
  void visit(Visitor& v) override { v("first", first), v("second", second); }
};

TEST(MovedFrom, ErrorsSayWhereInAModel) {
  Pair model;
  const Dense taken = std::move(model.second);
  EXPECT_THROW_TEXT((void)model(ones({1, 3})), DataError, "Dense: was moved from");
  EXPECT_THROW_TEXT((void)model(ones({1, 3})), DataError, "\n  in Dense \"second\"\n  in Pair");
  EXPECT_THROW_TEXT((void)parameters(model), DataError, "Dense: was moved from");
  Reparameterize sample;
  const Reparameterize other(std::move(sample));
  EXPECT_THROW_TEXT((void)sample(ones({1, 3}), ones({1, 3})), DataError, "Reparameterize: was moved from");
  Pair half;
  const Variable kernel = std::move(half.first.kernel);
  EXPECT_THROW_TEXT((void)parameters(half), DataError,
                    "visit: the parameter \"first.kernel\" was moved from");
}

struct Base : Layer {
  Variable forward(const Variable& x) override { return x; }
};
struct One final : Base {};
struct Two final : Base {};

TEST(Assignment, ThroughABaseClassOfOnesOwnIsRefused) {
  One one;
  Base& base = one;
  EXPECT_THROW_TEXT(base = Two(), DataError,
                    "One: cannot become a Two by an assignment through a common base");
  EXPECT_NO_THROW(base = One());
}

TEST(Copying, WithoutCloneIsRefused) {
  const Dense layer(3, 2);
  EXPECT_THROW_TEXT(const Dense copy(layer), DataError, "Dense(3 -> 2): modules move, they do not copy");
}

struct Network final : Layer {
  Sequential body{Dense(4, 3, {.activation = tanh}), {"norm", BatchNormalization(3)}, [](const Variable& x) {
                    return x;
                  }};
  Sequential front = body.range(0, 1);
  std::vector<Dense> list;
  std::map<std::string, std::shared_ptr<Dense>> heads;
  std::optional<Variable> shift = parameter(0.5);
  Dense encoder{3, 2};
  TiedDense decoder{encoder};
  std::string label = "label";
  double factor = 1.0;

  Network() {
    list.emplace_back(3, 3);
    list.emplace_back(3, 3);
    heads["only"] = std::make_shared<Dense>(3, 3);
    heads["same"] = heads["only"];
  }
  Variable forward(const Variable& x) override {
    Variable y = (*heads.at("only"))(list[1](list[0](body(x))));
    return factor * (decoder(encoder(y) + *shift));
  }
  void visit(Visitor& v) override {
    v("body", body), v("front", front), v("list", list), v("heads", heads), v("shift", shift);
    v("encoder", encoder), v("decoder", decoder);
  }
};

TEST(Clone, IsTheSameAndHasNothingInCommon) {
  set_seed(5);
  Network model;
  model.factor = 3.0;
  set_trainable(model.list[1], false);
  model.list[0].eval();
  const Tensor x = normal({5, 4});
  Network copy = clone(model);
  EXPECT_EQ(names(copy), names(model));
  EXPECT_EQ(copy.label, "label");
  EXPECT_FALSE(copy.list[0].is_training());
  EXPECT_FALSE(copy.list[1].kernel.requires_grad() || copy.list[1].is_trainable());
  EXPECT_EQ(copy.decoder.kernel.node(), copy.encoder.kernel.node());  // tied as in the model
  EXPECT_EQ(&copy.front[0], &copy.body[0]);                           // shared as in the model
  EXPECT_NE(&copy.front[0], &model.front[0]);
  EXPECT_EQ(copy.heads.at("only"), copy.heads.at("same"));
  EXPECT_NE(copy.heads.at("only"), model.heads.at("only"));
  EXPECT_TRUE(same(copy(x).value(), model(x).value()));
  EXPECT_EQ(weights_sha256(copy), weights_sha256(model));

  const std::string before = weights_sha256(copy);
  const auto its = parameters(model), own = parameters(copy);
  for (std::size_t i = 0; i < its.size(); ++i) {
    EXPECT_NE(its[i].variable.node(), own[i].variable.node()) << its[i].name;
    EXPECT_FALSE(its[i].variable.value().shares_storage(own[i].variable.value())) << its[i].name;
    Variable changed = its[i].variable;
    changed.set_value(zeros(changed.shape()));
  }
  (void)model(x);  // moves its statistics
  EXPECT_EQ(weights_sha256(copy), before);
  backward(sum(copy(x)));
  EXPECT_FALSE(its[0].variable.gradient());
  EXPECT_TRUE(own[0].variable.gradient());
}

struct OnlyMoves final : Layer {
  OnlyMoves() = default;
  OnlyMoves(OnlyMoves&&) = default;
  OnlyMoves& operator=(OnlyMoves&&) = default;
  Variable forward(const Variable& x) override { return x; }
  std::vector<std::unique_ptr<Layer>> layers;
};

TEST(Clone, SaysWhyItCannot) {
  const Sequential model{Dense(2, 2), OnlyMoves()};
  EXPECT_THROW_TEXT((void)clone(model), DataError, "clone: OnlyMoves cannot be copied");
  const One one;
  EXPECT_THROW_TEXT((void)clone(static_cast<const Base&>(one)), DataError, "clone: the module is a One");
}

TEST(Clone, TakesNoPenaltyOfACallAlong) {
  Dense layer(2, 2, {.activity_regularizer = L1(0.25)});
  (void)layer(ones({3, 2}));
  Dense copy = clone(layer);
  EXPECT_FALSE(regularization_loss(copy));
  EXPECT_TRUE(regularization_loss(layer));
}

TEST(ConstModel, IsReadByWhatOnlyReads) {
  const Sequential model{Dense(2, 3), Dense(3, 1)};
  EXPECT_EQ(parameters(model).size(), 4U);
  EXPECT_EQ(parameter_count(model), 13);
  EXPECT_EQ(model[0].describe(), "Dense(2 -> 3)");
}

}  // namespace
}  // namespace hourglass::nn
