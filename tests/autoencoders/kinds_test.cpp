// What all kinds promise: right gradients of the whole loss, the same bits for any number of threads and when
// training goes on from a file, named parts of the loss, examples of their own or the word that there are
// none. A new kind is one line in its family.

#include "autoencoders/kind.h"
#include "autoencoders/regularised_kinds.h"
#include "support/expect_error.h"
#include "support/folder.h"
#include "support/gradients.h"

#include <hourglass/autoencoders/basic.h>
#include <hourglass/autoencoders/beta_tc.h>
#include <hourglass/autoencoders/categorical.h>
#include <hourglass/autoencoders/conditional.h>
#include <hourglass/autoencoders/convolutional.h>
#include <hourglass/autoencoders/convolutional_1d.h>
#include <hourglass/autoencoders/denoising.h>
#include <hourglass/autoencoders/dip.h>
#include <hourglass/autoencoders/evaluation.h>
#include <hourglass/autoencoders/factor.h>
#include <hourglass/autoencoders/flow_posterior.h>
#include <hourglass/autoencoders/generative.h>
#include <hourglass/autoencoders/hyperspherical.h>
#include <hourglass/autoencoders/importance_weighted.h>
#include <hourglass/autoencoders/info.h>
#include <hourglass/autoencoders/ladder.h>
#include <hourglass/autoencoders/recurrent.h>
#include <hourglass/autoencoders/recurrent_variational.h>
#include <hourglass/autoencoders/sparse.h>
#include <hourglass/autoencoders/vamp_prior.h>
#include <hourglass/autoencoders/variational.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/files/model.h>
#include <hourglass/files/state.h>
#include <hourglass/nn/layers/conv.h>
#include <hourglass/nn/layers/pool.h>
#include <hourglass/nn/layers/reshape.h>
#include <hourglass/optim.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/training/fit.h>

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
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

std::vector<Kind> deterministic() {
  const auto sparse = [](Penalty penalty) {
    return with<SparseAutoencoder>({.features = 16, .latent = 20, .penalty = penalty, .k = 4});
  };
  const auto denoising = [](Noise noise) {
    return [noise](DType dtype) {
      return owned<DenoisingAutoencoder>(
          dense_halves(
              {.features = 16, .hidden = {5}, .latent = 3, .latent_activation = tanh, .dtype = dtype}),
          DenoisingOptions{.corruption = {noise, 0.3}});
    };
  };
  return {
      {"basic", with<BasicAutoencoder>({.features = 16, .latent = 3})},
      {"basic_deep_tied",
       with<BasicAutoencoder>(
           {.features = 16, .hidden = {8}, .latent = 3, .loss = ReconstructionLoss::bce, .tied = true})},
      {"denoising_gaussian", denoising(Noise::gaussian)},
      {"denoising_masking", denoising(Noise::masking)},
      {"denoising_salt_and_pepper", denoising(Noise::salt_and_pepper)},
      {"sparse_l1", sparse(Penalty::l1)},
      {"sparse_kl", sparse(Penalty::kl)},
      {"sparse_top_k", sparse(Penalty::top_k)},
      {"convolutional", [](DType t) { return owned<ConvolutionalAutoencoder>(tiny_conv_halves(t)); }},
  };
}

std::vector<Kind> variational() {
  const VariationalOptions plain{.features = 16, .hidden = {6}, .latent = 2};
  const auto variational = [&](double beta, const KLSchedule& kl) {
    VariationalOptions options = plain;
    options.beta = beta;
    options.kl = kl;
    return with<VariationalAutoencoder>(options);
  };
  VariationalOptions gaussian = plain;
  gaussian.likelihood = Likelihood::gaussian;
  gaussian.variance = 0.3;
  using Covariance = DIPOptions::Covariance;
  return {
      {"variational", variational(0.7, {})},
      {"variational_gaussian", with<VariationalAutoencoder>(gaussian)},
      {"variational_cyclic", variational(1.0, {.steps = 20, .cycles = 2, .rise = 0.5})},
      {"variational_free_bits", variational(1.0, {.free_bits = 0.1})},
      {"variational_capacity", variational(20.0, {.steps = 20, .capacity = 3.0})},
      {"beta_tc", with<BetaTCAutoencoder>({.features = 16, .hidden = {6}, .latent = 2, .examples = 96})},
      {"conditional",
       with<ConditionalAutoencoder>({.features = 16, .hidden = {6}, .latent = 2, .labels = 3})},
      {"conditional_embedding",
       with<ConditionalAutoencoder>(
           {.features = 16, .hidden = {6}, .latent = 2, .labels = 3, .embedding = 2})},
      {"dip_1", with<DIPAutoencoder>(
                    {.features = 16, .hidden = {6}, .latent = 2, .covariance = Covariance::of_means})},
      {"dip_2", with<DIPAutoencoder>(
                    {.features = 16, .hidden = {6}, .latent = 2, .covariance = Covariance::of_codes})},
      {"factor",
       with<FactorAutoencoder>({.features = 16, .hidden = {6}, .latent = 2, .gamma = 3.0, .critic = {5}})},
      {"info", with<InfoAutoencoder>({.features = 16, .hidden = {6}, .latent = 2, .lambda = 10.0})},
      {"vamp_prior",
       with<VampPriorAutoencoder>({.features = 16, .hidden = {6}, .latent = 2, .pseudo_inputs = 3})},
  };
}

std::vector<Kind> importance_weighted() {
  using Objective = ImportanceWeightedOptions::Objective;
  const auto kind = [](Objective objective, std::int64_t groups, bool doubly) {
    return with<ImportanceWeightedAutoencoder>({.features = 16,
                                                .hidden = {6},
                                                .latent = 2,
                                                .objective = objective,
                                                .samples = 3,
                                                .groups = groups,
                                                .doubly_reparameterized = doubly});
  };
  return {
      {"iwae", kind(Objective::iwae, 1, false)},
      {"iwae_doubly_reparameterized", kind(Objective::iwae, 1, true), Gradient::surrogate},
      {"miwae", kind(Objective::miwae, 2, false)},
      {"ciwae", kind(Objective::ciwae, 1, false)},
      {"piwae", kind(Objective::piwae, 2, false), Gradient::surrogate},
  };
}

std::vector<Kind> other_codes() {
  const auto categorical = [](bool straight_through) {
    return with<CategoricalAutoencoder>({.features = 16,
                                         .hidden = {6},
                                         .latent = 6,
                                         .classes = 3,
                                         .decay = 0.02,
                                         .straight_through = straight_through});
  };
  const auto flow = [](FlowPosteriorOptions::Kind kind) {
    return with<FlowPosteriorAutoencoder>(
        {.features = 16, .hidden = {6}, .latent = 3, .flow = kind, .steps = 2, .width = 5});
  };
  return {
      {"categorical", categorical(false)},
      {"categorical_straight_through", categorical(true), Gradient::surrogate},
      {"flow_planar", flow(FlowPosteriorOptions::Kind::planar)},
      {"flow_inverse_autoregressive", flow(FlowPosteriorOptions::Kind::inverse_autoregressive)},
      {"hyperspherical", with<HypersphericalAutoencoder>({.features = 16, .hidden = {6}, .latent = 3}),
       Gradient::first_order},
      {"ladder",
       with<LadderAutoencoder>(
           {.features = 16, .hidden = {6}, .latent = 3, .upper = 2, .width = 5, .kl = {.steps = 20}})},
  };
}

// Rows of eight steps of two features.
std::vector<Kind> of_sequences() {
  const RecurrentOptions plain{.steps = 8, .features = 2, .units = 3, .latent = 2};
  RecurrentOptions both = plain, forced = plain;
  both.cell = Cell::gru, both.bidirectional = true, both.loss = ReconstructionLoss::bce;
  forced.decoder = SequenceDecoder::teacher_forced;
  return {
      {"recurrent", with<RecurrentAutoencoder>(plain)},
      {"recurrent_both_ways", with<RecurrentAutoencoder>(both)},
      {"recurrent_teacher_forced", with<RecurrentAutoencoder>(forced)},
      {"recurrent_variational",
       with<RecurrentVariationalAutoencoder>(
           {.steps = 8, .features = 2, .units = 3, .latent = 2, .kl = {.steps = 20}})},
      {"convolutional_1d",
       with<Convolutional1DAutoencoder>({.steps = 8, .features = 2, .filters = 2, .kernel = 3, .latent = 2})},
  };
}

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = [] {
    std::vector<Kind> out;
    for (const auto& family : {deterministic(), regularised(), with_priors(), variational(),
                               importance_weighted(), other_codes(), of_sequences()})
      out.insert(out.end(), family.begin(), family.end());
    return out;
  }();
  return all;
}

// Kind(), Kind(options), Kind(halves), Kind(halves, options).
template <class Kind, class Options>
constexpr bool kConstructed =
    std::is_default_constructible_v<Kind>&& std::is_constructible_v<Kind, const Options&>&&
        std::is_constructible_v<Kind, Halves>&& std::is_constructible_v<Kind, Halves, const Options&>&&
            std::is_same_v<decltype(std::declval<const Kind&>().options()), const Options&>;
static_assert(kConstructed<BasicAutoencoder, BasicOptions>);
static_assert(kConstructed<AdversarialAutoencoder, AdversarialOptions>);
static_assert(kConstructed<ContractiveAutoencoder, ContractiveOptions>);
static_assert(kConstructed<MaskedAutoencoder, MaskedOptions>);
static_assert(kConstructed<RegularizedAutoencoder, RegularizedOptions>);
static_assert(kConstructed<StackedDenoisingAutoencoder, StackedOptions>);
static_assert(kConstructed<VaeGan, VaeGanOptions>);
static_assert(kConstructed<VectorQuantizedAutoencoder, VectorQuantizedOptions>);
static_assert(kConstructed<WassersteinAutoencoder, WassersteinOptions>);
static_assert(kConstructed<WinnerTakeAllAutoencoder, WinnerTakeAllOptions>);
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

// Examples of 16 features in (0, 1), and labels 0 to 2.
data::Batch examples(std::int64_t n, DType dtype) {
  const Tensor x = uniform({n, 16}, 0.1, 0.9, default_generator(), dtype);
  return {x, randint({n}, 0, 3)};
}

TEST_P(EveryKind, HasRightGradientsOfTheWholeLoss) {
  if (kind().gradient == Gradient::surrogate) GTEST_SKIP() << "the gradient is not that of the value";
  set_seed(21);
  const data::Batch batch = examples(3, float64);
  const auto model = kind().make(float64);
  std::vector<Tensor> values;
  for (const NamedParameter& p : nn::parameters(*model))
    values.push_back(p.variable.value() + normal(p.variable.shape(), 0.0, 0.1, default_generator(), float64));
  const auto whole = [&](const std::vector<Variable>& v) {
    const auto fresh = kind().make(float64);
    Assign assign(v);
    assign("", *fresh);
    set_seed(5);  // the same noise at every call
    return fresh->loss_of_batch(batch).total;
  };
  const testing::GradientCheck check{.second_order = kind().gradient == Gradient::of_the_value};
  EXPECT_TRUE(testing::gradients_are_right(kind().name.c_str(), whole, values, check));
}

void train(Autoencoder& model, optim::Optimizer& optimizer, const data::Batches& batches, std::int64_t from,
           std::int64_t to) {
  (void)training::fit(model, optimizer,
                      [&](const data::Batch& b) -> Variable { return model.loss_of_batch(b); }, batches,
                      {.epochs = to, .verbose = training::Verbose::silent, .initial_epoch = from});
}

data::Batches training_data() {
  const data::Batch batch = examples(96, float32);
  return {batch.x, batch.y, {.batch_size = 32, .shuffle = true, .seed = 3}};
}

TEST_P(EveryKind, GivesTheSameBitsForAnyNumberOfThreads) {
  const int before = num_threads();
  std::string first;
  for (int threads = 1; threads <= 4; ++threads) {
    set_num_threads(threads);
    set_seed(7);
    const auto model = kind().make(float32);
    optim::Adam adam({.learning_rate = 1e-2});
    train(*model, adam, training_data(), 0, 5);
    const std::string now = files::weights_sha256(*model);
    if (first.empty()) first = now;
    EXPECT_EQ(now, first) << threads << " threads";
  }
  set_num_threads(before);
}

TEST_P(EveryKind, GoesOnFromAFileAsIfNothingHadBeen) {
  const Folder folder("hourglass_kinds_" + kind().name);
  set_seed(7);
  const auto model = kind().make(float32);
  const data::Batches batches = training_data();
  optim::Adam adam({.learning_rate = 1e-2});
  train(*model, adam, batches, 0, 2);
  files::save_model(folder / "m.h5", *model, {.optimizer = &adam});
  train(*model, adam, batches, 2, 6);  // twelve more steps

  const files::ModelFile file(folder / "m.h5");
  const auto loaded = file.model();
  auto* const again = dynamic_cast<Autoencoder*>(loaded.get());
  ASSERT_TRUE(again);
  file.restore_generator();
  train(*again, *file.optimizer(), batches, 2, 6);
  EXPECT_EQ(files::weights_sha256(*again), files::weights_sha256(*model));
  EXPECT_EQ(reconstruction_sha256(*again, batches), reconstruction_sha256(*model, batches));
}

TEST_P(EveryKind, NamesThePartsOfItsLoss) {
  set_seed(8);
  const auto model = kind().make(float64);
  const data::Batch batch = examples(6, float64);
  const Loss loss = model->loss_of_batch(batch);
  double sum = loss.reconstruction.item();
  for (const LossPart& part : loss.parts) {
    sum += part.weight * part.value.item();
    EXPECT_EQ(loss.part(part.name), &part.value) << "two parts have the name " << part.name;
  }
  EXPECT_NEAR(loss.total.item(), sum, 1e-12 * std::max(1.0, std::abs(sum)));
  EXPECT_EQ(loss.part("no such"), nullptr);
  EXPECT_NE(std::string(loss.unit), "");
  EXPECT_EQ(model->reconstruct_batch(batch).shape(), batch.x.shape());
  EXPECT_EQ(model->decode(model->encode_batch(batch)).shape(), batch.x.shape());
  EXPECT_EQ(loss.part("sparsity") != nullptr, kind().name == "sparse_l1" || kind().name == "sparse_kl");
}

TEST_P(EveryKind, SamplesAndSaysHowLikelyExamplesAreOrThatItCannot) {
  set_seed(9);
  const auto model = kind().make(float32);
  const data::Batch batch = examples(6, float32);
  if (find_generative(*model)) {
    const Tensor drawn = sample(*model, 5);
    EXPECT_EQ(drawn.shape(), (Shape{5, 16}));
    EXPECT_TRUE(std::isfinite(sum(drawn).item()));
    EXPECT_EQ(sample(*model, 0).shape(), (Shape{0, 16}));
    EXPECT_TRUE(model->is_training());
  } else {
    EXPECT_THROW_TEXT((void)sample(*model, 5), DataError, "knows no distribution of its codes");
  }
  if (find_likelihood(*model)) {
    const Tensor nats = log_likelihood(*model, batch, 3);
    EXPECT_EQ(nats.shape(), (Shape{6}));
    EXPECT_EQ(nats.dtype(), float64);
    EXPECT_TRUE(std::isfinite(sum(nats).item()));
    EXPECT_THROW_TEXT((void)log_likelihood(*model, batch, 0), DataError, "at least one sample, got 0");
  } else {
    EXPECT_THROW_TEXT((void)log_likelihood(*model, batch, 3), DataError, "does not say how likely");
  }
}

// With a decoder that does not see the code p(x|z) is p(x) itself, and the bound of many samples reaches it
// if q(z|x) and p(z) are the densities of what is drawn.
TEST_P(EveryKind, HasTheLikelihoodThatItSays) {
  set_seed(10);
  const auto model = kind().make(float64);
  if (!find_likelihood(*model)) GTEST_SKIP() << "the kind has no likelihood";
  for (NamedParameter& p : nn::parameters(*model)) {
    // Others are made smaller, so that q lies near p and few samples do.
    p.variable.set_value(p.variable.value() * (p.name.starts_with("decoder.") ? 0.0 : 0.3));
  }
  const data::Batch batch = examples(6, float64);
  const double exact = -model->loss_of_batch(batch).reconstruction.item();
  EXPECT_NEAR(mean(log_likelihood(*model, batch, 3000)).item(), exact, 0.15);
}

INSTANTIATE_TEST_SUITE_P(Kinds, EveryKind, ::testing::Range<std::size_t>(0, kinds().size()), EveryKind::name);

}  // namespace
}  // namespace hourglass::autoencoders
