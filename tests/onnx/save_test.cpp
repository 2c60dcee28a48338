#include "support/expect_error.h"

#include <hourglass/autoencoders/basic.h>
#include <hourglass/autoencoders/variational.h>
#include <hourglass/autograd.h>
#include <hourglass/nn.h>
#include <hourglass/onnx.h>
#include <hourglass/tensor.h>

#include <onnx/onnx_pb.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace hourglass {
namespace {

namespace ae = autoencoders;
namespace fs = std::filesystem;
using nn::Sequential;
using Names = std::vector<std::string>;

class OnnxSave : public ::testing::Test {
 protected:
  OnnxSave() { fs::create_directories(folder_); }
  ~OnnxSave() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string path() const { return (folder_ / "model.onnx").string(); }
  [[nodiscard]] ::onnx::ModelProto read() const {
    std::ifstream file(path(), std::ios::binary);
    ::onnx::ModelProto model;
    EXPECT_TRUE(model.ParseFromIstream(&file));
    return model;
  }
  ::onnx::GraphProto graph(nn::Layer& model, const Shape& example, const onnx::Options& options = {}) {
    onnx::save(path(), model, example, options);
    return read().graph();
  }
  ::onnx::GraphProto graph(Sequential&& model, const Shape& example) {
    return graph(static_cast<nn::Layer&>(model), example);
  }

 private:
  fs::path folder_ = fs::path(::testing::TempDir()) / ("onnx." + std::to_string(::getpid()));
};

Names ops(const ::onnx::GraphProto& graph) {
  Names names;
  for (const auto& node : graph.node()) names.push_back(node.op_type());
  return names;
}
Names constants(const ::onnx::GraphProto& graph) {
  Names names;
  for (const auto& constant : graph.initializer()) names.push_back(constant.name());
  return names;
}
// "x float (batch, 28, 28, 1)"
std::string text(const ::onnx::ValueInfoProto& value) {
  std::string shape;
  for (const auto& axis : value.type().tensor_type().shape().dim()) {
    shape += (shape.empty() ? "" : ", ") +
             (axis.has_dim_param() ? axis.dim_param() : std::to_string(axis.dim_value()));
  }
  const int type = value.type().tensor_type().elem_type();
  return value.name() + " " + ::onnx::TensorProto::DataType_Name(type) + " (" + shape + ")";
}

TEST_F(OnnxSave, ADenseLayerIsAGemmWithItsParametersNames) {
  const auto g = graph(Sequential{{"hidden", nn::Dense(4, 3, {.activation = relu})}}, {4});
  EXPECT_EQ(ops(g), (Names{"Gemm", "Relu"}));
  EXPECT_EQ(constants(g), (Names{"hidden.kernel", "hidden.bias"}));
  EXPECT_EQ(text(g.input(0)), "x FLOAT (batch, 4)");
  EXPECT_EQ(text(g.output(0)), "y FLOAT (batch, 3)");
  EXPECT_EQ(g.node(0).doc_string(), "Dense(4 -> 3, relu)");
  EXPECT_EQ(read().opset_import(0).version(), 13);
  EXPECT_EQ(read().producer_name(), "hourglass");
}

TEST_F(OnnxSave, ImagesAreTransposedAtTheBordersAlone) {
  const auto g = graph(Sequential{nn::Conv2D(2, 3, {.activation = relu}), nn::BatchNormalization(3),
                                  nn::MaxPool2D(), nn::UpSampling2D(), nn::ZeroPadding2D(), nn::Cropping2D(1),
                                  nn::ELU(), nn::ConvTranspose2D(3, 2)},
                       {8, 8, 2});
  EXPECT_EQ(ops(g), (Names{"Transpose", "Conv", "Relu", "BatchNormalization", "MaxPool", "Resize", "Pad",
                           "Slice", "Slice", "Elu", "ConvTranspose", "Transpose"}));
  EXPECT_EQ(text(g.input(0)), "x FLOAT (batch, 8, 8, 2)");
}

TEST_F(OnnxSave, FlattenKeepsOurOrder) {
  const auto g = graph(Sequential{nn::Conv2D(2, 3), nn::Flatten(), nn::Dense(108, 2)}, {8, 8, 2});
  EXPECT_EQ(ops(g), (Names{"Transpose", "Conv", "Transpose", "Reshape", "Gemm"}));
}

TEST_F(OnnxSave, WhatIsComputedOfConstantsAloneIsOne) {
  nn::Dense dense(4, 2);
  nn::TiedDense tied(dense);
  const auto g = graph(Sequential{std::move(dense), std::move(tied)}, {4});
  EXPECT_EQ(ops(g), (Names{"Gemm", "Gemm"}));
  EXPECT_EQ(constants(g), (Names{"0.kernel", "0.bias", "0.kernel_1", "1.bias"}));
}

TEST_F(OnnxSave, LayersThatActInTrainingAloneAreNotThere) {
  EXPECT_EQ(ops(graph(Sequential{nn::Dropout(0.5), nn::GaussianNoise(1.0), nn::ReLU()}, {4})),
            (Names{"Relu"}));
  EXPECT_EQ(ops(graph(Sequential{nn::Dropout(0.5)}, {4})), (Names{"Identity"}));
}

TEST_F(OnnxSave, APartIsWrittenAlone) {
  Sequential model{{"encoder", Sequential{nn::Dense(4, 2)}}, {"decoder", nn::Dense(2, 4)}};
  EXPECT_EQ(text(graph(model, {4}, {.part = "encoder"}).output(0)), "y FLOAT (batch, 2)");
  EXPECT_EQ(text(graph(model, {2}, {.part = "decoder"}).output(0)), "y FLOAT (batch, 4)");
  EXPECT_THROW_TEXT(graph(model, {4}, {.part = "middle"}), DataError,
                    "has no layer \"middle\"; it has encoder, encoder.0, decoder");
}

TEST_F(OnnxSave, AnAutoencoderHasACodeAndAReconstruction) {
  ae::VariationalAutoencoder model({.features = 12, .hidden = {8}, .latent = 3});
  onnx::save_autoencoder(path(), model, {12});
  EXPECT_EQ(text(read().graph().output(0)), "code FLOAT (batch, 3)");
  EXPECT_EQ(text(read().graph().output(1)), "reconstruction FLOAT (batch, 12)");
  onnx::save_autoencoder(path(), model, {12}, onnx::Half::decoder);
  EXPECT_EQ(text(read().graph().input(0)), "code FLOAT (batch, 3)");
  EXPECT_EQ(text(read().graph().output(0)), "reconstruction FLOAT (batch, 12)");
}

TEST_F(OnnxSave, AGraphHasTheNamesOfItsNodes) {
  const auto left = nn::input({4}, {.name = "left"}), right = nn::input({6}, {.name = "right"});
  const auto h = nn::concatenate({left, right}).then({"code", nn::Dense(10, 3)});
  nn::Graph model({left, right}, {h, h.then({"decoded", nn::Dense(3, 4)})});
  onnx::save(path(), model);
  const auto g = read().graph();
  EXPECT_EQ(text(g.input(0)), "left FLOAT (batch, 4)");
  EXPECT_EQ(text(g.input(1)), "right FLOAT (batch, 6)");
  EXPECT_EQ(text(g.output(0)), "code FLOAT (batch, 3)");
  EXPECT_EQ(text(g.output(1)), "decoded FLOAT (batch, 4)");
  const auto any = nn::input({-1, 3}, {.name = "steps"});
  nn::Graph open({any}, {any.then(nn::LSTM(3, 2))});
  EXPECT_THROW_TEXT(onnx::save(path(), open), DataError,
                    "\"steps\" of shape (None, None, 3) has an open extent");
}

TEST_F(OnnxSave, Float64StaysOrIsConverted) {
  Sequential model{nn::Dense(4, 3, {.dtype = float64})};
  EXPECT_EQ(text(graph(model, {4}).input(0)), "x DOUBLE (batch, 4)");
  const auto g = graph(model, {4}, {.dtype = float32});
  EXPECT_EQ(text(g.input(0)), "x FLOAT (batch, 4)");
  EXPECT_EQ(g.initializer(0).data_type(), ::onnx::TensorProto::FLOAT);
  EXPECT_THROW_TEXT(graph(model, {4}, {.dtype = int64}), DTypeError, "onnx::save");
}

TEST_F(OnnxSave, ChangesNothingInTheModelOrTheGenerator) {
  Sequential model{nn::Dense(4, 3), nn::BatchNormalization(3), nn::Dropout(0.5)};
  model[0].eval();
  set_seed(3);
  const auto before = default_generator().state();
  graph(model, {4});
  EXPECT_TRUE(model.is_training());
  EXPECT_FALSE(model[0].is_training());
  EXPECT_EQ(default_generator().state().draws, before.draws);
  EXPECT_EQ(model.get<nn::BatchNormalization>(1).moving_mean.str(), zeros({3}).str());
}

TEST_F(OnnxSave, ALaterOpsetIsAskedForWhereAnOpNeedsIt) {
  graph(Sequential{[](const Variable& x) { return tril(x); }}, {4, 4});
  EXPECT_EQ(read().opset_import(0).version(), 14);
}

TEST_F(OnnxSave, ComparisonsAndDetachedValuesAreFollowed) {
  const auto f = [](const Variable& x) {
    const Tensor large = x.detach() > 0.5;
    return where(large, x, Variable(x.value()) * 2.0);
  };
  EXPECT_EQ(ops(graph(Sequential{f}, {4})), (Names{"Greater", "Cast", "Mul", "Cast", "Where"}));
}

// Errors.

TEST_F(OnnxSave, NamesAnOpThatOnnxDoesNotHave) {
  EXPECT_THROW_TEXT(graph(Sequential{nn::Dense(4, 3), [](const Variable& x) { return sort(x); }}, {4}),
                    DataError, "the op sort in Lambda(custom) has no form in ONNX; write a part without it");
}

TEST_F(OnnxSave, NoticesNumbersThatWereNotComputedByOps) {
  const auto taken = [](const Variable& x) { return x * Variable(exp(x.value())); };
  EXPECT_THROW_TEXT(graph(Sequential{taken}, {4}), DataError,
                    "the op multiply in Lambda(custom) takes numbers that depend on the input but were not "
                    "computed by ops on Variables");
  const auto random = [](const Variable& x) { return x + normal({4}); };
  EXPECT_THROW_TEXT(graph(Sequential{random}, {4}), DataError, "or random");
}

TEST_F(OnnxSave, NoticesAForwardPassThatDependsOnTheBatch) {
  const auto one_by_one = [](const Variable& x) {
    std::vector<Variable> rows;
    for (std::int64_t i = 0; i < x.shape(0); ++i) rows.push_back(slice(x, 0, {i, i + 1}));
    return concat(rows);
  };
  EXPECT_THROW_TEXT(graph(Sequential{one_by_one}, {4}), DataError,
                    "takes other ops for 2 examples than for 3");
}

TEST_F(OnnxSave, ErrorsOfTheForwardPassGoThroughAndTheOldFileStays) {
  graph(Sequential{nn::Dense(4, 3)}, {4});
  EXPECT_THROW_TEXT(graph(Sequential{nn::Dense(4, 3)}, {5}), ShapeError, "Dense(4 -> 3) expects 4 features");
  EXPECT_EQ(text(read().graph().output(0)), "y FLOAT (batch, 3)");
  Sequential model{nn::Dense(4, 3)};
  EXPECT_THROW(onnx::save("/nowhere/model.onnx", model, {4}), FileError);
}

TEST_F(OnnxSave, NamesOfInputsAndOutputsDiffer) {
  Sequential model{nn::Dense(4, 3)};
  const auto twice = [&](const std::vector<Variable>& in) {
    return std::vector<onnx::NetworkOutput>{{"x", model(in[0])}};
  };
  EXPECT_THROW_TEXT(onnx::save(path(), model, {{"x", {4}}}, twice), DataError, "are called \"x\"");
  EXPECT_THROW_TEXT(onnx::save(path(), model, std::vector<onnx::NetworkInput>{}, twice), DataError,
                    "needs an input");
}

}  // namespace
}  // namespace hourglass
