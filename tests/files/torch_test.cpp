#include "support/expect_error.h"

#include <hourglass/files/safetensors.h>
#include <hourglass/files/state.h>
#include <hourglass/files/torch.h>
#include <hourglass/nn/layers/conv.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/lstm.h>
#include <hourglass/nn/layers/normalization.h>
#include <hourglass/nn/layers/pool.h>
#include <hourglass/nn/layers/reshape.h>
#include <hourglass/nn/layers/tied_dense.h>
#include <hourglass/nn/sequential.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace hourglass::files {
namespace {

using nn::Sequential;
using ::testing::HasSubstr;
using ::testing::Not;
using Lines = std::vector<std::string>;

std::string path_of(const std::string& name) { return ::testing::TempDir() + "torch_" + name; }

std::map<std::string, Tensor> saved(const nn::Module& model) {
  const std::string path = path_of("saved.safetensors");
  save_safetensors(path, model);
  std::map<std::string, Tensor> out;
  for (const NamedTensor& t : read_safetensors(path).tensors) out.emplace(t.name, t.value);
  return out;
}

// "0.weight (16, 20)" for all that is saved of a model.
Lines forms(const nn::Module& model) {
  Lines out;
  for (const auto& [name, value] : saved(model)) out.push_back(name + " " + value.shape().str());
  return out;
}

double at(const Tensor& x, std::initializer_list<std::int64_t> place) {
  Tensor part = x;
  for (const std::int64_t i : place) part = part[i];
  return part.item();
}

void write(const std::string& path, const std::map<std::string, Tensor>& tensors) {
  std::vector<NamedTensor> list;
  for (const auto& [name, value] : tensors) list.push_back({name, value});
  write_safetensors(path, list);
}

TEST(StateDict, HasTheNamesAndShapesOfPyTorch) {
  EXPECT_EQ(forms(Sequential{nn::Dense(20, 16), nn::Dense(16, 4, {.bias = false})}),
            (Lines{"0.bias (16,)", "0.weight (16, 20)", "1.weight (4, 16)"}));
  EXPECT_EQ(
      forms(Sequential{{"first", nn::Conv2D(4, 6, {.kernel = {3, 5}, .groups = 2})},
                       nn::DepthwiseConv2D(6, {.depth_multiplier = 2})}),
      (Lines{"1.bias (12,)", "1.weight (12, 1, 3, 3)", "first.bias (6,)", "first.weight (6, 2, 3, 5)"}));
  EXPECT_EQ(forms(Sequential{nn::ConvTranspose2D(4, 6, {.kernel = {3, 5}})}),
            (Lines{"0.bias (6,)", "0.weight (4, 6, 3, 5)"}));
  EXPECT_EQ(forms(Sequential{nn::Conv1D(4, 6, {.kernel = 3})}), (Lines{"0.bias (6,)", "0.weight (6, 4, 3)"}));
  EXPECT_EQ(forms(Sequential{nn::BatchNormalization(5), nn::LayerNormalization(5)}),
            (Lines{"0.bias (5,)", "0.num_batches_tracked ()", "0.running_mean (5,)", "0.running_var (5,)",
                   "0.weight (5,)", "1.bias (5,)", "1.weight (5,)"}));
  EXPECT_EQ(forms(Sequential{{"inner", Sequential{nn::LSTM(3, 2)}}}),
            (Lines{"inner.0.bias_hh_l0 (8,)", "inner.0.bias_ih_l0 (8,)", "inner.0.weight_hh_l0 (8, 2)",
                   "inner.0.weight_ih_l0 (8, 3)"}));
}

TEST(StateDict, KernelsAreTurned) {
  set_seed(2);
  const Sequential model{nn::Conv2D(2, 3, {.kernel = {2, 4}}), nn::ConvTranspose2D(3, 2, {.kernel = {2, 4}}),
                         nn::DepthwiseConv2D(2, {.depth_multiplier = 3}), nn::Dense(2, 3)};
  const auto found = saved(model);
  const auto kernel = [&](std::int64_t i) { return nn::parameters(model[i])[0].variable.value(); };
  EXPECT_EQ(at(found.at("0.weight"), {2, 1, 0, 3}), at(kernel(0), {0, 3, 1, 2}));
  EXPECT_EQ(at(found.at("1.weight"), {2, 1, 0, 3}), at(kernel(1), {0, 3, 1, 2}));
  EXPECT_EQ(at(found.at("2.weight"), {1 * 3 + 2, 0, 0, 1}), at(kernel(2), {0, 1, 1, 2}));
  EXPECT_EQ(at(found.at("3.weight"), {2, 1}), at(kernel(3), {1, 2}));
}

// Ours flatten (2, 3, 4) by rows, columns, channels; PyTorch by channels, rows, columns.
TEST(StateDict, ADenseAfterAnImageOrBeforeOneIsInPyTorchsOrder) {
  set_seed(3);
  const Sequential model{
      nn::Conv2D(1, 4),  nn::MaxPool2D(), nn::Flatten(),          nn::ReLU(),
      nn::Dense(24, 24), nn::LeakyReLU(), nn::Reshape({2, 3, 4}), nn::Conv2D(4, 1, {.kernel = 1})};
  const auto& dense = model.get<nn::Dense>(4);
  const auto found = saved(model);
  const auto ours = [](std::int64_t c, std::int64_t h, std::int64_t w) { return (h * 3 + w) * 4 + c; };
  const auto theirs = [](std::int64_t c, std::int64_t h, std::int64_t w) { return (c * 2 + h) * 3 + w; };
  EXPECT_EQ(at(found.at("4.weight"), {theirs(1, 1, 2), theirs(3, 0, 1)}),
            at(dense.kernel.value(), {ours(3, 0, 1), ours(1, 1, 2)}));
  Sequential other = nn::clone(model);
  other.get<nn::Dense>(4).bias->set_value(arange(0, 24));
  EXPECT_EQ(at(saved(other).at("4.bias"), {theirs(1, 1, 2)}), static_cast<double>(ours(1, 1, 2)));
}

TEST(StateDict, ADenseThatIsTiedStaysInOurs) {
  nn::Dense dense(18, 5);
  nn::TiedDense turned(dense);
  Sequential model{nn::Conv2D(1, 2), nn::Flatten(), std::move(dense), std::move(turned)};
  const auto found = saved(model);
  EXPECT_EQ(forms(model), (Lines{"0.bias (2,)", "0.weight (2, 1, 3, 3)", "2.bias (5,)", "2.weight (5, 18)",
                                 "3.bias (18,)"}));
  EXPECT_EQ(at(found.at("2.weight"), {4, 7}), at(model.get<nn::Dense>(2).kernel.value(), {7, 4}));
}

TEST(StateDict, ComesBackBitForBit) {
  set_seed(4);
  const auto make = [] {
    return Sequential{nn::Conv2D(2, 3),         nn::BatchNormalization(3), nn::Flatten(),
                      nn::Dense(12, 8),         nn::Reshape({2, 4}),       nn::LSTM(4, 3),
                      nn::LayerNormalization(3)};
  };
  const Sequential model = make();
  save_safetensors(path_of("back"), model);
  Sequential other = make();
  EXPECT_NE(weights_sha256(other), weights_sha256(model));
  load_safetensors(path_of("back"), other);
  EXPECT_EQ(weights_sha256(other), weights_sha256(model));
}

TEST(StateDict, BothBiasesOfAnLSTMCount) {
  Sequential model{nn::LSTM(3, 2)};
  auto tensors = saved(model);
  tensors.at("0.bias_ih_l0") = full({8}, 2.0);
  tensors.at("0.bias_hh_l0") = full({8}, 0.5);
  write(path_of("lstm"), tensors);
  load_safetensors(path_of("lstm"), model);
  EXPECT_EQ(at(model.get<nn::LSTM>(0).bias->value(), {7}), 2.5);
}

TEST(StateDict, TheNumberOfBatchesCountsForNothing) {
  Sequential model{nn::BatchNormalization(2)};
  auto tensors = saved(model);
  tensors.at("0.num_batches_tracked") = full({}, 100, int64);
  write(path_of("batches"), tensors);
  load_safetensors(path_of("batches"), model);
  tensors.erase("0.num_batches_tracked");
  write(path_of("batches"), tensors);
  load_safetensors(path_of("batches"), model);
}

TEST(StateDict, AConstantOfPyTorchMustBeSo) {
  Sequential model{nn::BatchNormalization(2, {.scale = false}), nn::LayerNormalization(2, {.center = false})};
  auto tensors = saved(model);
  EXPECT_EQ(at(tensors.at("0.weight"), {1}), 1.0);
  EXPECT_EQ(at(tensors.at("1.bias"), {1}), 0.0);
  tensors.at("0.weight") = full({2}, 2.0);
  write(path_of("constant"), tensors);
  EXPECT_THROW_TEXT(load_safetensors(path_of("constant"), model), FileError, "not all 1: 0.weight");
}

TEST(StateDict, ATiedParameterMayHaveAnyOfItsNames) {
  Sequential model{nn::Dense(4, 4, {.bias = false}), nn::Tanh(), nn::Dense(4, 4, {.bias = false})};
  model.get<nn::Dense>(2).kernel = model.get<nn::Dense>(0).kernel;
  EXPECT_EQ(forms(model), (Lines{"0.weight (4, 4)"}));
  const Tensor values = uniform({4, 4});
  for (const char* const name : {"0.weight", "2.weight"}) {
    write(path_of("tied"), {{name, values}});
    model.get<nn::Dense>(0).kernel.set_value(zeros({4, 4}));
    load_safetensors(path_of("tied"), model);
    EXPECT_EQ(at(model.get<nn::Dense>(2).kernel.value(), {1, 2}), at(values, {2, 1})) << name;
  }
  write(path_of("tied"), {{"0.weight", values}, {"2.weight", zeros({4, 4})}});
  EXPECT_THROW_TEXT(load_safetensors(path_of("tied"), model), FileError,
                    "tied, but of other values: 2.weight");
}

TEST(StateDict, AllThatDoesNotFitIsListedAndNothingIsChanged) {
  Sequential model{nn::Dense(4, 3), nn::Dense(3, 2)};
  const std::string before = weights_sha256(model);
  auto tensors = saved(model);
  tensors.at("0.weight") = zeros({4, 3});
  tensors.at("0.bias") = zeros({3}, float64);
  tensors.erase("1.bias");
  tensors.emplace("2.weight", zeros({1}));
  write(path_of("unfit"), tensors);
  try {
    load_safetensors(path_of("unfit"), model);
    FAIL() << "it was loaded";
  } catch (const FileError& e) {
    EXPECT_THAT(e.message(),
                HasSubstr("of another form: 0.weight is (4, 3) float32, expected (3, 4) float32"));
    EXPECT_THAT(e.message(), HasSubstr("of another form: 0.bias is (3,) float64, expected (3,) float32"));
    EXPECT_THAT(e.message(), HasSubstr("missing: 1.bias (2,) float32"));
    EXPECT_THAT(e.message(), HasSubstr("unexpected: 2.weight (1,) float32"));
    EXPECT_THAT(e.message(), HasSubstr("nothing was changed"));
  }
  EXPECT_EQ(weights_sha256(model), before);
}

struct Own final : nn::Layer {
  Own() = default;
  Variable forward(const Variable& x) override { return dense(x) * scale; }
  void visit(nn::Visitor& v) override { v("scale", scale), v("layers", dense), v("mean", mean); }
  Variable scale = Variable::parameter(ones({2}));
  nn::Dense dense{3, 2};
  Tensor mean = zeros({5});
};

TEST(StateDict, AModuleOfOnesOwnKeepsItsNamesButHasNoProgram) {
  Sequential model{nn::Dense(4, 3), Own()};
  EXPECT_EQ(forms(model), (Lines{"0.bias (3,)", "0.weight (3, 4)", "1.layers.bias (2,)",
                                 "1.layers.weight (2, 3)", "1.mean (5,)", "1.scale (2,)"}));
  model.get<Own>(1).scale.set_value(full({2}, 3.0));
  save_safetensors(path_of("own"), model);
  Sequential other{nn::Dense(4, 3), Own()};
  load_safetensors(path_of("own"), other);
  EXPECT_EQ(weights_sha256(other), weights_sha256(model));
  EXPECT_THROW_TEXT(save_torch(path_of("own_folder"), model), DataError,
                    "what Own \"1\" computes is known to C++ alone; build it of nn::Sequential");
  EXPECT_FALSE(std::filesystem::exists(path_of("own_folder")));
}

TEST(SaveTorch, ListsAllThatPyTorchCannotBeTold) {
  const auto twice = [](const Variable& x) { return 2.0 * x; };
  const Sequential model{{"type", nn::Dense(2, 2)}, nn::Dense(2, 2, {.activation = twice}), twice};
  try {
    save_torch(path_of("refused"), model);
    FAIL() << "it was written";
  } catch (const DataError& e) {
    EXPECT_THAT(e.message(), HasSubstr("a layer cannot be named \"type\""));
    EXPECT_THAT(e.message(),
                HasSubstr("the function \"custom\" of layer \"1\" is one of your own; put relu"));
    EXPECT_THAT(e.message(), HasSubstr("of layer \"2\" is one of your own"));
  }
  EXPECT_NO_THROW(save_safetensors(path_of("refused.safetensors"), model));
}

std::string text_of(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(SaveTorch, WritesAFolderOrAProgramAndItsWeightsBesideIt) {
  const Sequential model{nn::Conv2D(1, 2, {.stride = 2, .padding = Padding::same}), nn::Flatten()};
  const std::string folder = path_of("folder");
  std::filesystem::remove_all(folder);
  save_torch(folder, model);
  EXPECT_TRUE(std::filesystem::exists(folder + "/model.safetensors"));
  save_torch(folder + "/net.py", model);
  EXPECT_TRUE(std::filesystem::exists(folder + "/net.safetensors"));
  EXPECT_EQ(text_of(folder + "/net.py"), text_of(folder + "/model.py"));
  const std::string text = text_of(folder + "/model.py");
  EXPECT_THAT(text, HasSubstr("(\"0_channels_first\", ChannelsFirst()),"));
  EXPECT_THAT(text, HasSubstr("(\"0_pad\", SamePad((3, 3), (2, 2), (1, 1))),"));
  EXPECT_THAT(text, HasSubstr("(\"0\", nn.Conv2d(1, 2, (3, 3), stride=(2, 2))),"));
  EXPECT_THAT(text, HasSubstr("(\"1_channels_last\", ChannelsLast()),"));
  EXPECT_THAT(text, Not(HasSubstr("class TiedLinear")));
  EXPECT_THROW_TEXT(save_torch(folder + "/net.py/inside", model), FileError,
                    "save_torch: cannot make the folder");
}

TEST(SaveTorch, WhatWasTrainedThereComesBack) {
  const std::string folder = path_of("trained");
  Sequential model{nn::Dense(2, 2)};
  save_torch(folder, model);
  auto tensors = saved(model);
  tensors.at("0.bias") = full({2}, 5.0);
  write(folder + "/trained.safetensors", tensors);
  load_safetensors(folder + "/trained.safetensors", model);
  EXPECT_EQ(at(model.get<nn::Dense>(0).bias->value(), {1}), 5.0);
}

}  // namespace
}  // namespace hourglass::files
