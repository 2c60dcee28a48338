#include <hourglass/files/model.h>
#include <hourglass/nn.h>
#include <hourglass/tensor/ops/random.h>

#include "support/expect_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace hourglass::files {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class Model : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove(path_); }
  std::string path_ = (std::filesystem::path(::testing::TempDir()) /
                       (std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()) + ".h5"))
                          .string();
};

struct Unknown final : nn::Layer {
  nn::Sequential encoder{nn::Dense(3, 2), nn::Dense(2, 4)};
  Variable forward(const Variable& x) override { return encoder(x); }
  void visit(nn::Visitor& v) override { v("encoder", encoder); }
};

struct Scale final : nn::Layer {
  struct Config {
    double factor = 1.0;
    template <class V>
    friend void visit(Config& c, V&& v) {
      v("factor", c.factor);
    }
  };
  explicit Scale(const Config& c) : config_(c) {}
  [[nodiscard]] Config config() const { return config_; }
  Variable forward(const Variable& x) override { return x * config_.factor; }

 private:
  Config config_;
};

// Every layer of the library whose options differ from their defaults.
nn::Sequential all_layers() {
  return nn::Sequential{
      nn::Conv2D(2, 4, {.kernel = {3, 2}, .stride = {1, 2}, .padding = Padding::same, .activation = relu}),
      nn::BatchNormalization(4, {.momentum = 0.9, .epsilon = 1e-5}),
      {"depth", nn::DepthwiseConv2D(4, {.dilation = 2, .depth_multiplier = 2, .bias = false})},
      nn::SpatialDropout2D(0.1),
      nn::ConvTranspose2D(8, 3, {.stride = 2, .padding = {Padding::same}, .output_padding = Extent2(1, 0)}),
      nn::MaxPool2D({.window = 3, .stride = 1, .padding = Padding::same}),
      nn::ZeroPadding2D({1, 2, 0, 1}),
      nn::UpSampling2D({.factor = {2, 1}, .interpolation = Interpolation::bilinear}),
      nn::Cropping2D({0, 1, 2, 0}),
      nn::AveragePool2D({.window = 2}),
      nn::LeakyReLU(0.2),
      nn::ELU(0.7),
      nn::GlobalAveragePool2D({.keepdims = true}),
      nn::Flatten(),
      nn::Dense(3, 6,
                {.activation = softplus,
                 .kernel_initializer = nn::random_normal(0.3),
                 .kernel_regularizer = nn::L2(0.01),
                 .activity_regularizer = nn::L1(0.1)}),
      nn::LayerNormalization(6, {.epsilon = 1e-4, .center = false}),
      nn::Dropout(0.25),
      nn::GaussianNoise(0.5),
      nn::RepeatVector(4),
      nn::Conv1D(6, 4, {.kernel = 2, .groups = 2}),
      nn::LSTM(4, 5, {.return_sequences = true, .bias = false, .recurrent_regularizer = nn::L2(0.1)}),
      nn::Bidirectional(nn::GRU(5, 2, {.return_sequences = true, .reset_after = false}),
                        {.merge = nn::BidirectionalMerge::mul}),
      nn::GRU(2, 3, {.return_sequences = true}),
      nn::Conv1DTranspose(3, 4, {.stride = 2, .padding = Padding::same, .output_padding = 1}),
      nn::MaxPool1D({.window = 3, .stride = 1, .padding = Padding::same}),
      nn::AveragePool1D(),
      nn::UpSampling1D({.factor = 3}),
      nn::TimeDistributed(nn::Sequential{nn::Dense(4, 3), nn::Tanh()}),
      nn::Softmax(1),
      nn::Reshape({-1}),
      gelu,
      nn::Sequential{nn::SiLU(), nn::Sequential{nn::Tanh()}}};
}

TEST_F(Model, EveryLayerComesBackWithItsOptionsAndBits) {
  set_seed(3);
  nn::Sequential model = all_layers();
  const Tensor x = normal({2, 9, 12, 2}, 0.0, 1.0);
  static_cast<void>(model(x));  // moving statistics
  save_model(path_, model);
  const auto draws = default_generator().state().draws;
  const std::unique_ptr<nn::Sequential> loaded = load_model<nn::Sequential>(path_);
  EXPECT_EQ(default_generator().state().draws, draws);
  EXPECT_EQ(weights_sha256(*loaded), weights_sha256(model));
  EXPECT_EQ(nn::summary(*loaded), nn::summary(model));
  for (const bool training : {false, true}) {
    model.train(training), loaded->train(training);
    set_seed(5);
    const Tensor y = model(x).value();
    const auto penalty = nn::regularization_loss(model);
    set_seed(5);
    EXPECT_EQ(sha256((*loaded)(x).value()), sha256(y));
    EXPECT_EQ(nn::regularization_loss(*loaded)->item(), penalty->item());
  }
}

TEST_F(Model, TiesAndFrozenParametersComeBack) {
  nn::Sequential model{nn::Dense(4, 3), nn::Dense(3, 3)};
  model.add(nn::TiedDense(model.get<nn::Dense>(0)));
  nn::set_trainable(model[1], false);
  save_model(path_, model);
  const auto loaded = load_model<nn::Sequential>(path_);
  EXPECT_EQ(loaded->get<nn::Dense>(0).kernel.node(), loaded->get<nn::TiedDense>(2).kernel.node());
  EXPECT_FALSE(loaded->get<nn::Dense>(1).kernel.requires_grad());
  EXPECT_FALSE((*loaded)[1].is_trainable());
  EXPECT_TRUE((*loaded)[0].is_trainable());
  EXPECT_TRUE(loaded->get<nn::Dense>(0).kernel.requires_grad());
}

TEST_F(Model, APartThatIsTiedToAnotherHasItsValues) {
  struct Both final : nn::Layer {
    nn::Sequential encoder{nn::Dense(4, 3)}, decoder{nn::TiedDense(encoder.get<nn::Dense>(0))};
    Variable forward(const Variable& x) override { return decoder(encoder(x)); }
    void visit(nn::Visitor& v) override { v("encoder", encoder), v("decoder", decoder); }
  } model;
  nn::set_trainable(model.decoder, false);
  save_model(path_, model);
  const auto decoder = load_part(path_, "decoder");
  EXPECT_EQ(weights_sha256(*decoder), weights_sha256(model.decoder));
  EXPECT_FALSE(nn::parameters(*decoder).at(0).variable.requires_grad());
  EXPECT_FALSE(decoder->is_trainable());
}

TEST_F(Model, APartBringsWhatItSharesWithTheRest) {
  const auto shared = std::make_shared<nn::Sequential>(nn::Dense(3, 3), nn::BatchNormalization(3));
  nn::Sequential model, inner;
  inner.add(nn::Part("a", shared)), inner.add(nn::Dense(3, 3)), inner.add(nn::Part("b", shared));
  model.add(nn::Part("first", shared)),
      model.add(nn::Part("inner", std::make_shared<nn::Sequential>(std::move(inner))));
  const Tensor x = normal({4, 3}, 0.0, 1.0);
  static_cast<void>(model(x));
  model.eval();
  save_model(path_, model);
  const std::unique_ptr<nn::Module> part = load_part(path_, "inner");
  auto& loaded = dynamic_cast<nn::Sequential&>(*part);
  EXPECT_EQ(&loaded["a"], &loaded["b"]);
  loaded.eval();
  EXPECT_EQ(sha256(loaded(x).value()), sha256(model["inner"](x).value()));
  EXPECT_EQ(weights_sha256(*load_part(path_, "inner.b.1")), weights_sha256((*shared)[1]));
}

TEST_F(Model, PartsTiedToTheSameElsewhereStayTied) {
  struct Net final : nn::Layer {
    nn::Dense dense{3, 3};
    nn::Sequential back{nn::TiedDense(dense), nn::TiedDense(dense)};
    Variable forward(const Variable& x) override { return back(dense(x)); }
    void visit(nn::Visitor& v) override { v("dense", dense), v("back", back); }
  } model;
  save_model(path_, model);
  const std::unique_ptr<nn::Module> part = load_part(path_, "back");
  auto& back = dynamic_cast<nn::Sequential&>(*part);
  EXPECT_EQ(back.get<nn::TiedDense>(0).kernel.node(), back.get<nn::TiedDense>(1).kernel.node());
  EXPECT_EQ(sha256(back.get<nn::TiedDense>(0).kernel.value()), sha256(model.dense.kernel.value()));
}

TEST_F(Model, LoadingDrawsNothingAndTheGeneratorComesBack) {
  struct Drawn final : nn::Layer {
    Variable scale = Variable::parameter(normal({3}, 0.0, 1.0));
    Variable forward(const Variable& x) override { return x * scale; }
    void visit(nn::Visitor& v) override { v("scale", scale); }
  } model;
  register_type<Drawn>("Drawn");
  set_seed(9);
  static_cast<void>(normal({5}, 0.0, 1.0));
  save_model(path_, model);
  const std::string next = sha256(normal({4}, 0.0, 1.0));
  const auto draws = default_generator().state().draws;
  const auto loaded = load_model(path_);
  EXPECT_EQ(weights_sha256(*loaded), weights_sha256(model));
  EXPECT_EQ(default_generator().state().draws, draws);
  ModelFile(path_).restore_generator();
  EXPECT_EQ(sha256(normal({4}, 0.0, 1.0)), next);
  save(path_, model);
  EXPECT_THROW_TEXT(ModelFile(path_).restore_generator(), FileError, "does not say where the random numbers");
}

TEST_F(Model, InspectShowsWhatSectionsSayOfThemselves) {
  const std::string text = R"({"format":1,"columns":[{"column":"age","scale":2.5},{"column":"city"}]})";
  const auto bytes = [](const std::string& of) {
    Tensor out(Shape{static_cast<std::int64_t>(of.size())}, uint8);
    std::copy(of.begin(), of.end(), out.mutable_data<std::uint8_t>());
    return out;
  };
  save(path_, nn::Sequential{nn::Dense(2, 1)},
       std::vector<Section>{{"preparation", {{"description", bytes(text)}}},
                            {"other", {{"description", bytes("no JSON")}}}});
  EXPECT_THAT(inspect(path_), HasSubstr("\npreparation\n  format: 1\n  columns 0: column age, scale 2.5\n"
                                        "  columns 1: column city\n\nsections\n"));
}

TEST_F(Model, SaysWhenItWasWrittenAndCheckpointsDoNot) {
  const nn::Sequential model{nn::Dense(2, 1)};
  setenv("SOURCE_DATE_EPOCH", "86400", 1);
  save_model(path_, model);
  EXPECT_THAT(inspect(path_), HasSubstr("on: 1970-01-02T00:00:00Z"));
  unsetenv("SOURCE_DATE_EPOCH");
  save(path_, model);
  EXPECT_THAT(inspect(path_), ::testing::Not(HasSubstr("  on: ")));
}

TEST_F(Model, ALayerThatStandsTwiceIsOne) {
  const auto shared = std::make_shared<nn::Dense>(3, 3);
  nn::Sequential model;
  model.add(nn::Part("first", shared));
  model.add(nn::Part("second", shared));
  save_model(path_, model);
  const auto loaded = load_model<nn::Sequential>(path_);
  EXPECT_EQ(&(*loaded)["first"], &(*loaded)["second"]);
  EXPECT_EQ(weights_sha256(*load_part(path_, "second")), weights_sha256(*shared));
}

TEST_F(Model, AnUnknownTypeIsInspectedAndItsPartsLoaded) {
  Unknown model;
  save_model(path_, model,
             {.notes = {.data = "made up", .seed = 7, .documents = {{"threshold", R"({"value": 0.5})"}}}});
  EXPECT_THROW_TEXT(static_cast<void>(load_model(path_)), FileError, "register_type<Unknown>(\"Unknown\")");
  EXPECT_THAT(inspect(path_),
              AllOf(HasSubstr("Unknown"), HasSubstr("encoder: Sequential"), HasSubstr("in 2, out 4"),
                    HasSubstr("trained on: made up"), HasSubstr("threshold: value 0.5")));
  const auto part = load_part(path_, "encoder.1");
  EXPECT_EQ(weights_sha256(*part), weights_sha256(model.encoder[1]));
  EXPECT_THROW_TEXT(static_cast<void>(load_part(path_, "encoder.2")), FileError, "0, 1");
  EXPECT_THAT(inspect(path_), HasSubstr(weights_sha256(model)));
  const ModelNotes notes = ModelFile(path_).notes();
  EXPECT_EQ(notes.seed, 7U);
  EXPECT_EQ(notes.documents, (std::map<std::string, std::string>{{"threshold", R"({"value":0.5})"}}));
}

TEST_F(Model, ATypeOfOnesOwnTakesOneLine) {
  nn::Sequential model{nn::Dense(2, 2), Scale({.factor = 2.5})};
  save_model(path_, model);
  EXPECT_THROW_TEXT(static_cast<void>(load_model(path_)), FileError, "\"1\" is a Scale");
  register_type<Scale>("Scale");
  save_model(path_, model);
  EXPECT_EQ(load_model<nn::Sequential>(path_)->get<Scale>(1).config().factor, 2.5);
  EXPECT_THROW_TEXT(static_cast<void>(register_type<Unknown>("Scale")), DataError, "taken");
  EXPECT_THROW_TEXT(static_cast<void>(register_type<Unknown>("Dense")), DataError, "taken");
}

TEST_F(Model, AFunctionWithoutANameIsRefused) {
  const nn::Sequential model{nn::Dense(2, 2, {.activation = [](const Variable& x) { return x * 3.0; }})};
  EXPECT_THROW_TEXT(static_cast<void>(save_model(path_, model)), DataError, "register_activation");
  EXPECT_FALSE(std::filesystem::exists(path_));
  nn::register_activation("threefold", [](const Variable& x) { return x * 3.0; });
  nn::Sequential named{nn::Dense(2, 2, {.activation = nn::activation_named("threefold")})};
  save_model(path_, named);
  const Tensor x = normal({2, 2}, 0.0, 1.0);
  EXPECT_EQ(sha256((*load_model<nn::Sequential>(path_))(x).value()), sha256(named(x).value()));
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_F(Model, AChangedBitIsRefusedOrChangesNothing) {
  nn::Sequential model{nn::Dense(3, 4, {.activation = relu}), nn::Dense(4, 2)};
  save_model(path_, model, {.notes = {.data = "made up"}});
  const std::string whole = read_file(path_), weights = weights_sha256(model);
  int refused = 0;
  for (std::size_t i = 0; i < 1500; ++i) {
    std::string changed = whole;
    const std::size_t bit = i * 8 * whole.size() / 1500 + i % 8;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    std::ofstream(path_, std::ios::binary) << changed;
    try {
      EXPECT_EQ(weights_sha256(*load_model(path_)), weights) << "bit " << bit;
    } catch (const FileError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 500);
}

TEST_F(Model, ADescriptionThatDoesNotFitIsRefused) {
  const nn::Sequential model{nn::Dense(2, 2)};
  save_model(path_, model);
  const std::vector<Section> sections = read_state(path_);
  const auto with = [&](const std::string& text) {
    std::vector<Section> changed = sections;
    for (Section& section : changed) {
      if (section.name != "description") continue;
      Tensor bytes(Shape{static_cast<std::int64_t>(text.size())}, uint8);
      std::copy(text.begin(), text.end(), bytes.mutable_data<std::uint8_t>());
      section.tensors[0].value = bytes;
    }
    write_state(path_, changed);
    return path_;
  };
  const auto dense = [](const std::string& config) {
    return R"({"models":{"model":{"type":"Sequential","parts":[{"name":"0","type":"Dense","config":)" +
           config + "}]}}}";
  };
  const auto expect_refused = [&](const std::string& text, const char* says) {
    const std::string path = with(text);
    EXPECT_THROW_TEXT(static_cast<void>(load_model(path)), FileError, says);
  };
  expect_refused(dense(R"({"in":1000000000,"out":1000000000})"), "expected (1000000000, 1000000000)");
  expect_refused(dense(R"({"in":0,"out":2})"), "at least one input");
  expect_refused(dense(R"({"in":2,"out":2.5})"), "out is 2.5; expected a whole number");
  expect_refused(dense(R"({"in":2,"out":2,"activation":"swish"})"), "\"swish\" is not known");
  expect_refused(dense(R"({"in":2,"out":2,"unit":3})"), "its config: unknown unit; there are: activation");
  expect_refused(dense(R"({"in":2,"in":2})"), "stands twice");
  expect_refused(dense("{"), "not JSON");
  expect_refused("[]", "not a JSON object");
  expect_refused(R"({"models":{"model":{"type":"Perceptron"}}})", "Perceptron");
  expect_refused(R"({"models":{"model":{"type":3}}})", "not one of a model");
  expect_refused(R"({"models":{"model":{"type":"Sequential","parts":[{"name":"0","same_as":"1"}]}}})",
                 "same as");
  expect_refused(R"({"models":{"model":)" + std::string(5000, '[') + std::string(5000, ']') + "}}", "deep");
}

}  // namespace
}  // namespace hourglass::files
