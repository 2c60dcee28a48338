// What all five kinds promise: right gradients of the whole loss, the same bits for any number of threads and
// from a file, named parts of the loss, halves of one's own.

#include "support/expect_error.h"
#include "support/gradients.h"

#include <hourglass/autoencoders/basic.h>
#include <hourglass/autoencoders/convolutional.h>
#include <hourglass/autoencoders/denoising.h>
#include <hourglass/autoencoders/evaluation.h>
#include <hourglass/autoencoders/sparse.h>
#include <hourglass/autoencoders/variational.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/files/state.h>
#include <hourglass/nn/layers/conv.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/pool.h>
#include <hourglass/nn/layers/reshape.h>
#include <hourglass/optim.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/training/fit.h>

#include <gmock/gmock.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>

namespace hourglass::autoencoders {
namespace {

using Penalty = SparseOptions::Penalty;
using Noise = Corruption::Noise;

Halves tiny_conv_halves(DType dtype) {
  return {nn::Sequential{nn::Reshape({4, 4, 1}),
                         nn::Conv2D(1, 2, {.padding = Padding::same, .activation = tanh, .dtype = dtype}),
                         nn::MaxPool2D()},
          nn::Sequential{nn::ConvTranspose2D(2, 1, {.stride = 2, .padding = Padding::same, .dtype = dtype}),
                         nn::Flatten()}};
}

struct Kind {
  std::string name;
  std::function<std::unique_ptr<Autoencoder>(DType)> make;
};

template <class Model, class... Arguments>
std::unique_ptr<Autoencoder> owned(Arguments&&... arguments) {
  return std::make_unique<Model>(std::forward<Arguments>(arguments)...);
}

const std::vector<Kind>& kinds() {
  const auto sparse = [](Penalty penalty) {
    return [penalty](DType dtype) {
      return owned<SparseAutoencoder>(
          SparseOptions{.features = 16, .latent = 20, .penalty = penalty, .k = 4, .dtype = dtype});
    };
  };
  const auto denoising = [](Noise noise) {
    return [noise](DType dtype) {
      return owned<DenoisingAutoencoder>(
          dense_halves(
              {.features = 16, .hidden = {5}, .latent = 3, .latent_activation = tanh, .dtype = dtype}),
          DenoisingOptions{.corruption = {noise, 0.3}});
    };
  };
  static const std::vector<Kind> all{
      {"basic",
       [](DType t) {
         return owned<BasicAutoencoder>(BasicOptions{.features = 16, .latent = 3, .dtype = t});
       }},
      {"basic_deep_tied",
       [](DType t) {
         return owned<BasicAutoencoder>(BasicOptions{.features = 16,
                                                     .hidden = {8},
                                                     .latent = 3,
                                                     .loss = ReconstructionLoss::bce,
                                                     .tied = true,
                                                     .dtype = t});
       }},
      {"denoising_gaussian", denoising(Noise::gaussian)},
      {"denoising_masking", denoising(Noise::masking)},
      {"denoising_salt_and_pepper", denoising(Noise::salt_and_pepper)},
      {"sparse_l1", sparse(Penalty::l1)},
      {"sparse_kl", sparse(Penalty::kl)},
      {"sparse_top_k", sparse(Penalty::top_k)},
      {"variational",
       [](DType t) {
         return owned<VariationalAutoencoder>(
             VariationalOptions{.features = 16, .hidden = {6}, .latent = 2, .beta = 0.7, .dtype = t});
       }},
      {"variational_gaussian",
       [](DType t) {
         return owned<VariationalAutoencoder>(VariationalOptions{.features = 16,
                                                                 .hidden = {6},
                                                                 .latent = 2,
                                                                 .likelihood = Likelihood::gaussian,
                                                                 .variance = 0.3,
                                                                 .dtype = t});
       }},
      {"convolutional", [](DType t) { return owned<ConvolutionalAutoencoder>(tiny_conv_halves(t)); }},
  };
  return all;
}

// Kind(), Kind(options), Kind(halves), Kind(halves, options).
template <class Kind, class Options>
constexpr bool kConstructed =
    std::is_default_constructible_v<Kind>&& std::is_constructible_v<Kind, const Options&>&&
        std::is_constructible_v<Kind, Halves>&& std::is_constructible_v<Kind, Halves, const Options&>&&
            std::is_same_v<decltype(std::declval<const Kind&>().options()), const Options&>;
static_assert(kConstructed<BasicAutoencoder, BasicOptions>);
static_assert(kConstructed<ConvolutionalAutoencoder, ConvolutionalOptions>);
static_assert(kConstructed<DenoisingAutoencoder, DenoisingOptions>);
static_assert(kConstructed<SparseAutoencoder, SparseOptions>);
static_assert(kConstructed<VariationalAutoencoder, VariationalOptions>);

// Puts variables in the place of a model's parameters; tied ones stay tied.
class Assign final : public nn::Visitor {
 public:
  explicit Assign(const std::vector<Variable>& values) : values_(values) {}

 private:
  void on_parameter(const std::string&, Variable& p) override {
    const auto place = index_.try_emplace(p.node().get(), index_.size()).first->second;
    kept_.push_back(p);  // a new variable must not get the old one's address
    p = values_[place];
  }
  const std::vector<Variable>& values_;
  std::map<const Node*, std::size_t> index_;
  std::vector<Variable> kept_;
};

class EveryKind : public ::testing::TestWithParam<std::size_t> {
 public:
  [[nodiscard]] static const Kind& kind() { return kinds()[GetParam()]; }
  static std::string name(const ::testing::TestParamInfo<std::size_t>& info) {
    return kinds()[info.param].name;
  }
};

TEST_P(EveryKind, HasRightGradientsOfTheWholeLoss) {
  set_seed(21);
  const Tensor x = uniform({3, 16}, 0.1, 0.9, default_generator(), float64);
  const auto model = kind().make(float64);
  std::vector<Tensor> values;
  for (const NamedParameter& p : nn::parameters(*model))
    values.push_back(p.variable.value() + normal(p.variable.shape(), 0.0, 0.1, default_generator(), float64));
  const auto whole = [&](const std::vector<Variable>& v) {
    const auto fresh = kind().make(float64);
    Assign assign(v);
    assign("", *fresh);
    set_seed(5);  // the same noise at every call
    return fresh->loss(x).total;
  };
  EXPECT_TRUE(testing::gradients_are_right(kind().name.c_str(), whole, values));
}

// Trains for some steps; returns the weights' hash.
std::string trained(Autoencoder& model) {
  const Tensor x = uniform({96, 16});
  const data::Batches batches(x, {.batch_size = 32, .shuffle = true, .seed = 3});
  optim::Adam adam({.learning_rate = 1e-2});
  (void)training::fit(model, adam, [&](const data::Batch& b) -> Variable { return model.loss(b.x); }, batches,
                      {.epochs = 5, .verbose = training::Verbose::silent});
  return files::weights_sha256(model);
}

TEST_P(EveryKind, GivesTheSameBitsForAnyNumberOfThreadsAndFromAFile) {
  const int before = num_threads();
  std::string first;
  for (int threads = 1; threads <= 4; ++threads) {
    set_num_threads(threads);
    set_seed(7);
    const auto model = kind().make(float32);
    const std::string now = trained(*model);
    if (first.empty()) first = now;
    EXPECT_EQ(now, first) << threads << " threads";
    if (threads != 2) continue;
    const auto folder = std::filesystem::temp_directory_path() / ("hourglass_kinds_" + kind().name);
    std::filesystem::create_directories(folder);
    files::save((folder / "m.h5").string(), *model);
    const auto other = kind().make(float32);
    files::load((folder / "m.h5").string(), *other);
    std::filesystem::remove_all(folder);
    const data::Batches images(uniform({20, 16}));
    EXPECT_EQ(reconstruction_sha256(*model, images), reconstruction_sha256(*other, images));
  }
  set_num_threads(before);
}

TEST_P(EveryKind, NamesThePartsOfItsLoss) {
  set_seed(8);
  const auto model = kind().make(float64);
  const Tensor x = uniform({6, 16}, 0.0, 1.0, default_generator(), float64);
  const Loss loss = model->loss(x);
  double sum = loss.reconstruction.item();
  for (const auto* part : {&loss.sparsity, &loss.kl}) {
    if (*part) sum += loss.weight * (*part)->item();
  }
  EXPECT_NEAR(loss.total.item(), sum, 1e-12);
  EXPECT_NE(std::string(loss.unit), "");
  EXPECT_EQ(model->reconstruct(x).shape(), x.shape());
  EXPECT_EQ(model->decode(model->encode(x)).shape(), x.shape());
  EXPECT_EQ(loss.kl.has_value(), kind().name.starts_with("variational"));
  EXPECT_EQ(loss.sparsity.has_value(), kind().name == "sparse_l1" || kind().name == "sparse_kl");
}

INSTANTIATE_TEST_SUITE_P(Kinds, EveryKind, ::testing::Range<std::size_t>(0, kinds().size()), EveryKind::name);

TEST(Architectures, HaveTheNumbersOfTheirPapers) {
  ConvolutionalAutoencoder pooled;
  EXPECT_EQ(nn::parameter_count(pooled), 28'353);
  EXPECT_EQ(pooled.encode(zeros({2, 784})).shape(), (Shape{2, 7, 7, 32}));
  ConvolutionalAutoencoder strided(strided_halves({.latent = 16}));
  EXPECT_EQ(strided.encode(zeros({2, 784})).shape(), (Shape{2, 16}));
  EXPECT_EQ(strided.reconstruct(zeros({2, 28, 28})).shape(), (Shape{2, 784}));
  VariationalAutoencoder dense;
  EXPECT_EQ(nn::parameter_count(dense), 784 * 400 + 400 + 400 * 40 + 40 + 20 * 400 + 400 + 400 * 784 + 784);
  BasicAutoencoder tied({.tied = true});
  EXPECT_EQ(nn::parameter_count(tied), 784 * 64 + 64 + 784);
  EXPECT_THROW_TEXT((void)pooled_halves({.image = {27, 28}}), ShapeError,
                    "pooled_halves: height and width must be multiples of 4, got 27 x 28");
}

TEST(Architectures, CanBeReplacedByOnesOwn) {
  struct Mine final : nn::Layer {
    nn::Dense inner{16, 2};
    Variable forward(const Variable& x) override { return tanh(inner(x)); }
    void visit(nn::Visitor& v) override { v("inner", inner); }
  };
  DenoisingAutoencoder model({nn::Sequential{Mine()}, nn::Sequential{nn::Dense(2, 16)}});
  EXPECT_EQ(nn::parameters(model).front().name, "encoder.0.inner.kernel");
  const std::string before = files::weights_sha256(model);
  EXPECT_NE(trained(model), before);
}

TEST(Architectures, TakeDataOfAnyRangeWithHalvesOfTheirOwn) {
  set_seed(9);
  BasicAutoencoder model(dense_halves({.features = 16, .latent = 12}));  // a decoder without a sigmoid
  const Tensor x = normal({64, 16}) * 3.0;
  const data::Batches batches(x, {.batch_size = 16});
  const double before = reconstruction_mse(model, batches);
  optim::Adam adam({.learning_rate = 2e-2});
  (void)training::fit(model, adam, [&](const data::Batch& b) -> Variable { return model.loss(b.x); }, batches,
                      {.epochs = 60, .verbose = training::Verbose::silent});
  EXPECT_LT(reconstruction_mse(model, batches), 0.3 * before);
  EXPECT_LT(min(model.reconstruct(x).value()).item(), -1.0);
}

TEST(Corruption, IsOfTheStatedStrength) {
  set_seed(4);
  const Tensor half = full({400, 500}, 0.5);
  const Tensor noisy = corrupt(half, {Noise::gaussian, 0.1});
  EXPECT_NEAR(mean(noisy).item(), 0.5, 1e-3);
  EXPECT_NEAR(std(noisy).item(), 0.1, 1e-3);
  // Clipped only if asked for: data of mean 0 would lose half of itself.
  EXPECT_NEAR(std(corrupt(half - 3.0, {Noise::gaussian, 2.0})).item(), 2.0, 2e-2);
  const Tensor strong = corrupt(half, {.noise = Noise::gaussian, .strength = 2.0, .clip = true});
  EXPECT_EQ(min(strong).item(), 0.0);
  EXPECT_EQ(max(strong).item(), 1.0);
  const auto share = [](const Tensor& condition) { return mean(condition.to(float64)).item(); };
  EXPECT_NEAR(share(corrupt(half, {Noise::masking, 0.3}) == 0.0), 0.3, 5e-3);
  const Tensor salted = corrupt(half, {Noise::salt_and_pepper, 0.3});
  EXPECT_NEAR(share(salted == 0.0), 0.15, 5e-3);
  EXPECT_NEAR(share(salted == 1.0), 0.15, 5e-3);
  EXPECT_NEAR(share(salted == 0.5), 0.7, 5e-3);
  EXPECT_EQ(max(abs(corrupt(half, {Noise::masking, 0.0}) - half)).item(), 0.0);
  EXPECT_THROW_TEXT((void)corrupt(half, {Noise::masking, 1.5}), DataError,
                    "the strength must be in [0, 1], a probability, got 1.5; 0 changes nothing");
  EXPECT_THROW_TEXT((void)corrupt(half, {Noise::gaussian, -1.0}), DataError,
                    "the strength must be at least 0, a deviation, got -1");
}

TEST(SparseAutoencoder, CountsWhatIsActive) {
  set_seed(6);
  SparseAutoencoder model({.features = 16, .latent = 40, .penalty = Penalty::top_k, .k = 5});
  const data::Batches images(uniform({30, 16}), {.batch_size = 7});
  const Activity activity = measure_activity(model, images);
  EXPECT_DOUBLE_EQ(activity.active_fraction, 5.0 / 40.0);
  EXPECT_EQ(activity.of_units.shape(), (Shape{40}));
  EXPECT_NEAR(sum(activity.of_units).item(), 5.0, 1e-12);
  EXPECT_EQ(static_cast<double>(activity.dead_units), sum((activity.of_units == 0.0).to(float64)).item());
  EXPECT_THROW_TEXT(SparseAutoencoder({.latent = 10, .penalty = Penalty::top_k}), ShapeError,
                    "cannot keep the 25 largest of 10 units; give .k from 1 to 10");
  EXPECT_THROW_TEXT(SparseAutoencoder({.target = 1.0}), DataError,
                    "the target activity must be in (0, 1), got 1");
  EXPECT_THROW_TEXT(SparseAutoencoder({.strength = -1.0}), DataError,
                    "the strength must not be negative, got -1");
}

TEST(SparseAutoencoder, HasAStrengthThatWorksForEachPenalty) {
  EXPECT_EQ(SparseAutoencoder({.latent = 8, .penalty = Penalty::l1}).strength(), 0.1);
  EXPECT_EQ(SparseAutoencoder({.latent = 8, .penalty = Penalty::kl}).strength(), 0.001);
  EXPECT_EQ(SparseAutoencoder({.latent = 8, .penalty = Penalty::kl, .strength = 0.1}).strength(), 0.1);
}

}  // namespace
}  // namespace hourglass::autoencoders
