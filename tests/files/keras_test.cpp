#include "support/expect_error.h"

#include <hourglass/files/keras.h>
#include <hourglass/files/state.h>
#include <hourglass/files/tfjs.h>
#include <hourglass/nn.h>
#include <hourglass/tensor/base/atomic_file.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/internal/zip.h>
#include <hourglass/tensor/ops/random.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace hourglass {
namespace {

class Keras : public testing::Test {
 protected:
  Keras() { std::filesystem::create_directories(folder_); }
  ~Keras() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }
  [[nodiscard]] std::string text(const std::string& name) const {
    std::ifstream in(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void put(const std::string& name, const std::string& bytes) const {
    write_atomically("test", path(name), bytes);
  }
  // A .keras file with this configuration and the weights of another.
  void put_config(const std::string& name, const std::string& config, const std::string& weights_of) const {
    const std::string other = text(weights_of);
    const zip::Archive archive(weights_of, std::as_bytes(std::span(other)));
    std::vector<std::byte> inflated;
    const std::vector<std::byte> bytes =
        zip::archive_of({{"config.json", std::as_bytes(std::span(config))},
                         {"model.weights.h5", archive.read("model.weights.h5", inflated)}});
    write_atomically("test", path(name), std::span<const std::byte>(bytes));
  }

 private:
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("hourglass_keras_" + std::to_string(getpid()));
};

Tensor outputs(nn::Module& model, const Tensor& x) {
  model.eval();
  return dynamic_cast<nn::Layer&>(model)(x).value();
}

nn::Sequential small_model() {
  return nn::Sequential{{"first", nn::Dense(4, 6, {.activation = relu})},
                        nn::BatchNormalization(6),
                        nn::Sequential{nn::Dense(6, 3), nn::LeakyReLU(0.1)}};
}

TEST_F(Keras, LoadsWhatItSavesWithItsNames) {
  nn::Sequential model = small_model();
  const Tensor x = uniform({5, 4}, -1.0, 1.0);
  const Tensor y = outputs(model, x);
  for (const char* const name : {"m.keras", "m.h5", "m.weights.h5"}) {
    files::save_keras(path(name), model);
    const std::unique_ptr<nn::Module> loaded = files::load_keras(path(name));
    EXPECT_TRUE(loaded->is_training());
    EXPECT_EQ(files::sha256(outputs(*loaded, x)), files::sha256(y));
    const auto& layers = dynamic_cast<nn::Sequential&>(*loaded);
    EXPECT_EQ(layers.get<nn::Dense>("first").config().out, 6);
    EXPECT_EQ(layers.get<nn::Sequential>("sequential_1").get<nn::LeakyReLU>("leaky_re_lu").config().alpha,
              0.1);
  }
}

TEST_F(Keras, AsTheDocumentationSays) {
  const std::string folder = path("");
  nn::Sequential model = small_model();
  files::save_keras(folder + "/model.keras", model);
  const std::unique_ptr<nn::Module> again = files::load_keras(folder + "/model.keras");
  files::load_keras_weights(folder + "/model.keras", model);
  files::save_tfjs(folder + "/web", model);
  EXPECT_EQ(files::weights_sha256(model).size(), 64);
  EXPECT_EQ(nn::parameter_count(*again), nn::parameter_count(model));
  EXPECT_EQ(text("web/weights.bin").size(), 4 * static_cast<std::size_t>(nn::parameter_count(model) + 12));
  EXPECT_THAT(text("web/model.json"), testing::HasSubstr(R"("format":"layers-model")"));
}

TEST_F(Keras, DrawsNothingAndKeepsWhatIsFrozen) {
  nn::Sequential model = small_model();
  nn::set_trainable(model[1], false);
  files::save_keras(path("m.keras"), model);
  set_seed(3);
  const Tensor expected = uniform({3});
  set_seed(3);
  const std::unique_ptr<nn::Module> loaded = files::load_keras(path("m.keras"));
  EXPECT_EQ(files::sha256(uniform({3})), files::sha256(expected));
  EXPECT_FALSE(dynamic_cast<nn::Sequential&>(*loaded)[1].is_trainable());
  EXPECT_TRUE(dynamic_cast<nn::Sequential&>(*loaded)[0].is_trainable());
}

TEST_F(Keras, GivesWeightsToAModelOrChangesNothing) {
  nn::Sequential model = small_model(), other = small_model();
  const Tensor x = uniform({5, 4}, -1.0, 1.0);
  files::save_keras(path("m.weights.h5"), model);
  files::load_keras_weights(path("m.weights.h5"), other);
  EXPECT_EQ(files::sha256(outputs(other, x)), files::sha256(outputs(model, x)));

  nn::Sequential wider{nn::Dense(4, 7), nn::BatchNormalization(7), nn::Sequential{nn::Dense(7, 3)}};
  const Tensor before = wider.get<nn::Dense>(0).kernel.value().clone();
  EXPECT_THROW_TEXT(files::load_keras_weights(path("m.weights.h5"), wider), FileError,
                    "layers/dense/vars/0 is (4, 6) float32, expected (4, 7) float32");
  EXPECT_EQ(files::sha256(wider.get<nn::Dense>(0).kernel.value()), files::sha256(before));
  nn::Sequential shorter{nn::Dense(4, 6)};
  EXPECT_THROW_TEXT(files::load_keras_weights(path("m.weights.h5"), shorter), FileError,
                    "unexpected: layers/batch_normalization");
  nn::Sequential longer{nn::Dense(4, 6), nn::BatchNormalization(6), nn::Sequential{nn::Dense(6, 3)},
                        nn::Dense(3, 3)};
  EXPECT_THROW_TEXT(files::load_keras_weights(path("m.weights.h5"), longer), FileError,
                    "layers/dense_1/vars has 0 arrays, expected 2");
}

TEST_F(Keras, TiedLayersStayTied) {
  nn::Dense first(4, 3);
  nn::TiedDense back(first, {.activation = sigmoid});
  nn::Sequential model{std::move(first), std::move(back)};
  files::save_keras(path("m.keras"), model);
  nn::Dense other_first(4, 3);
  nn::TiedDense other_back(other_first, {.activation = sigmoid});
  nn::Sequential other{std::move(other_first), std::move(other_back)};
  files::load_keras_weights(path("m.keras"), other);
  const Tensor x = uniform({5, 4});
  EXPECT_EQ(files::sha256(outputs(other, x)), files::sha256(outputs(model, x)));
  EXPECT_EQ(other.get<nn::Dense>(0).kernel.node(), other.get<nn::TiedDense>(1).kernel.node());

  nn::Sequential untied{nn::Dense(4, 3), nn::Dense(3, 4, {.activation = sigmoid})};
  files::save_keras(path("untied.keras"), untied);
  EXPECT_THROW_TEXT(files::load_keras_weights(path("untied.keras"), other), FileError,
                    "other values than the layer that it is tied to");
}

TEST_F(Keras, NamesWhatCannotBeSaid) {
  nn::Sequential squares{nn::Dense(2, 2, {.activation = square})};
  EXPECT_THROW_TEXT(files::save_keras(path("m.keras"), squares), DataError,
                    "the activation \"square\" has no name there");
  nn::Sequential pools{nn::MaxPool2D({.window = 2, .padding = 1})};
  EXPECT_THROW_TEXT(files::save_keras(path("m.keras"), pools, {{4, 4, 1}}), DataError,
                    "the padding 1,1,1,1 is neither valid nor same");
  struct Own final : nn::Layer {
    Variable forward(const Variable& x) override { return x; }
  };
  nn::Sequential own{nn::Dense(2, 2), Own()};
  EXPECT_THROW_TEXT(files::save_keras(path("m.keras"), own), DataError, "there is none of its kind");
  nn::Sequential shapeless{nn::ReLU()};
  EXPECT_THROW_TEXT(files::save_keras(path("m.keras"), shapeless), DataError,
                    "give the shape of one example");
  nn::Sequential images{nn::Conv2D(1, 2), nn::Flatten(), nn::Dense(8, 2)};
  EXPECT_THROW_TEXT(files::save_keras(path("m.keras"), images), DataError,
                    "an input (None,) of unknown size");
  EXPECT_THROW_TEXT(files::save_keras(path("m.onnx"), images), FileError, "is of no format of Keras");
  EXPECT_FALSE(std::filesystem::exists(path("m.keras")));
  nn::Sequential wide{nn::Dense(2, 2, {.dtype = float64})};
  EXPECT_THROW_TEXT(files::save_tfjs(path("web"), wide), DataError,
                    "is float64, but TensorFlow.js has float32");
  EXPECT_FALSE(std::filesystem::exists(path("web")));
}

TEST_F(Keras, GraphsComeBackWithTheirNames) {
  const auto a = nn::input({3}, {.name = "left"}), b = nn::input({3}, {.name = "right"});
  nn::Part twice{"twice", nn::Dense(3, 4)};
  const auto l = a.then(twice), r = b.then(twice);
  nn::Graph model({a, b}, {l - r, nn::dot(l, r).then({"code", nn::Dense(1, 2)})});
  const std::vector<Variable> x{uniform({5, 3}), uniform({5, 3})};
  const std::vector<Variable> y = model(x);
  for (const char* const name : {"g.keras", "g.h5"}) {
    files::save_keras(path(name), model);
    const std::unique_ptr<nn::Module> loaded = files::load_keras(path(name));
    auto& graph = dynamic_cast<nn::Graph&>(*loaded);
    const std::vector<Variable> again = graph(x);
    ASSERT_EQ(again.size(), 2);
    EXPECT_EQ(files::sha256(again[0].value()), files::sha256(y[0].value()));
    EXPECT_EQ(files::sha256(again[1].value()), files::sha256(y[1].value()));
    EXPECT_EQ(graph.get<nn::Dense>("code").config().out, 2);
    EXPECT_EQ(graph.nodes().size(), model.nodes().size());
  }
  EXPECT_THROW_TEXT(files::save_tfjs(path("web"), model), DataError,
                    "Subtract cannot be a layer of TensorFlow.js");
}

TEST_F(Keras, RefusesGraphsThatAreNone) {
  nn::Graph model = [] {
    const auto x = nn::input({3});
    return nn::Graph({x}, {x.then(nn::Dense(3, 2))});
  }();
  files::save_keras(path("g.keras"), model);
  const auto refused = [&](const std::string& inputs_of_dense, const std::string& output,
                           const std::string& why) {
    const std::string config =
        R"({"class_name": "Functional", "config": {"name": "g", "layers": [{"class_name": "InputLayer", "config": )"
        R"({"batch_shape": [null, 3], "name": "x"}, "name": "x", "inbound_nodes": []}, {"class_name": "Dense", )"
        R"("config": {"units": 2, "name": "d"}, "name": "d", "inbound_nodes": [)" +
        inputs_of_dense + R"(]}], "input_layers": [["x", 0, 0]], "output_layers": [)" + output + "]}}";
    put_config("bad.keras", config, "g.keras");
    EXPECT_THROW_TEXT((void)files::load_keras(path("bad.keras")), FileError, why);
  };
  const std::string x = R"([["x", 0, 0, {}]])", d = R"(["d", 0, 0])";
  refused(R"([["d", 0, 0, {}]])", d, "the inputs of \"d\" need its output");
  refused("", d, "the inputs of \"d\" need its output, or it has none");
  refused(R"([["y", 0, 0]])", d, "it takes output 0 of call 0 of \"y\", which is not there");
  refused(x, R"(["d", 1, 0])", "output 0 of call 1 of \"d\", which is not there");
  refused(R"([["x", 0, 0], ["x", 0, 0]])", d, "it takes one tensor");
  refused(R"([["x", -1, 0]])", d, "call is -1, not a whole number");
  refused(R"({"args": [], "kwargs": {}})", d, "its inputs are of a form that is not supported");
}

TEST_F(Keras, ImagesOfAnySize) {
  nn::Sequential model{nn::Conv2D(2, 3, {.padding = Padding::same}), nn::GlobalAveragePool2D(),
                       nn::Dense(3, 2)};
  files::save_keras(path("m.keras"), model);
  EXPECT_THAT(text("m.keras"), testing::HasSubstr(R"("batch_shape":[null,null,null,2])"));
  const Tensor x = uniform({2, 5, 4, 2});
  EXPECT_EQ(files::sha256(outputs(*files::load_keras(path("m.keras")), x)), files::sha256(outputs(model, x)));
}

TEST_F(Keras, RefusesConfigurationsThatMakeNoModel) {
  nn::Sequential model = small_model();
  files::save_keras(path("m.keras"), model);
  const auto refused = [&](const std::string& config, const std::string& why) {
    put_config("bad.keras", config, "m.keras");
    EXPECT_THROW_TEXT((void)files::load_keras(path("bad.keras")), FileError, why);
  };
  const auto with = [](const std::string& layers) {
    return R"({"class_name": "Sequential", "config": {"name": "m", "layers": [)" + layers + "]}}";
  };
  const std::string input = R"({"class_name": "InputLayer", "config": {"batch_shape": [null, 4]}})";
  refused("[", "this is not JSON");
  refused("[]", "a layer has no class_name and config");
  std::string objects = "[{}";  // in time that grows with their number alone
  for (int i = 0; i < 300'000; ++i) objects += ",{}";
  refused(objects + "]", "a layer has no class_name and config");
  refused(R"({"class_name": "Sequential", "config": {}})", "a model has no layers");
  refused(with(R"({"class_name": "SimpleRNN", "config": {"units": 3}})"),
          "the shape of its input is not in the file");
  refused(with(input + R"(, {"class_name": "SimpleRNN", "config": {"units": 3}})"),
          "no layer here that a SimpleRNN could be");
  refused(with(input + R"(, {"class_name": "Dense", "config": {"units": -3}})"),
          "units is -3, not a whole number");
  refused(with(input + R"(, {"class_name": "Dense", "config": {"units": 2000000000}})"),
          "expected (4, 2000000000)");
  refused(with(input + R"(, {"class_name": "Dense", "config": {"units": 99999999999}})"),
          "not a whole number");
  refused(with(input + R"(, {"class_name": "Reshape", "config": {"target_shape": [3, 2]}})"),
          "cannot make (3, 2)");
  refused(with(input + R"(, {"class_name": "Conv2D", "config": {"filters": 3}})"),
          "it takes inputs with 3 axes");
  refused(with(input + R"(, {"class_name": "RepeatVector", "config": {"n": 2147483648}}, )"
                       R"({"class_name": "Flatten", "config": {}}, {"class_name": "RepeatVector", )"
                       R"("config": {"n": 2147483648}}, {"class_name": "Flatten", "config": {}})"),
          "too many elements");
  std::string deep = input;
  for (int i = 0; i < 20; ++i) deep = with(deep);
  refused(deep, "models are nested too deeply");
}

TEST_F(Keras, RefusesDamagedFiles) {
  nn::Sequential model = small_model();
  files::save_keras(path("m.keras"), model);
  files::save_keras(path("m.h5"), model);
  for (const char* const name : {"m.keras", "m.h5"}) {
    const std::string whole = text(name), bad = std::string("bad") + name;
    for (std::size_t size = 0; size < whole.size(); size += 37) {
      put(bad, whole.substr(0, size));
      EXPECT_THROW((void)files::load_keras(path(bad)), FileError) << size;
    }
  }
  EXPECT_THROW_TEXT((void)files::load_keras(path("absent.keras")), FileError, "absent.keras");
  put("text.keras", "a text that is longer than the end of an archive");
  EXPECT_THROW_TEXT((void)files::load_keras(path("text.keras")), FileError, "zip archive");
}

TEST(Zip, RefusesWhatUnpacksToTooMuchOrOverlaps) {
  const std::string a(100, 'a'), b(50, 'b');
  std::vector<std::byte> bytes =
      zip::archive_of({{"a", std::as_bytes(std::span(a))}, {"b", std::as_bytes(std::span(b))}});
  std::vector<std::byte> inflated;
  const zip::Archive good("good", bytes);
  EXPECT_EQ(good.read("b", inflated).size(), 50);
  EXPECT_THROW_TEXT((void)good.read("c", inflated), FileError, "it has no c");
  const auto changed = [&](std::size_t from_end, int value) {
    std::vector<std::byte> out = bytes;
    out[out.size() - from_end] = static_cast<std::byte>(value);
    return out;
  };
  constexpr std::size_t kEnd = 22, kCentral = 47;  // of one entry whose name is a letter
  const auto offset = changed(kEnd + 5, 0);        // the second entry begins where the first does
  EXPECT_THROW_TEXT(zip::Archive("bad", offset), FileError, "overlaps something else");
  const auto encrypted = changed(kEnd + kCentral - 8, 1);
  EXPECT_THROW_TEXT(zip::Archive("bad", encrypted), FileError, "an entry is encrypted");
  const auto same_name = changed(kEnd + 1, 'a');
  EXPECT_THROW_TEXT(zip::Archive("bad", same_name), FileError, "stands twice");
  const auto checksum = changed(kEnd + kCentral - 16, 1);
  EXPECT_THROW_TEXT((void)zip::Archive("bad", checksum).read("b", inflated), FileError,
                    "the checksum of \"b\"");
  auto bomb = changed(kEnd + kCentral - 10, 8);  // deflated, and said to become 2 GB
  bomb[bomb.size() - (kEnd + kCentral - 27)] = std::byte{0x7f};
  const std::size_t local = 30 + 1 + 100;
  bomb[local + 8] = std::byte{8};
  EXPECT_THROW_TEXT((void)zip::Archive("bad", bomb).read("b", inflated), FileError, "many times larger");
}

}  // namespace
}  // namespace hourglass
