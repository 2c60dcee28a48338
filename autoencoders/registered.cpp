#include <hourglass/autoencoders/adversarial.h>
#include <hourglass/autoencoders/basic.h>
#include <hourglass/autoencoders/beta_tc.h>
#include <hourglass/autoencoders/categorical.h>
#include <hourglass/autoencoders/conditional.h>
#include <hourglass/autoencoders/contractive.h>
#include <hourglass/autoencoders/convolutional.h>
#include <hourglass/autoencoders/convolutional_1d.h>
#include <hourglass/autoencoders/denoising.h>
#include <hourglass/autoencoders/dip.h>
#include <hourglass/autoencoders/factor.h>
#include <hourglass/autoencoders/flow_posterior.h>
#include <hourglass/autoencoders/hyperspherical.h>
#include <hourglass/autoencoders/importance_weighted.h>
#include <hourglass/autoencoders/info.h>
#include <hourglass/autoencoders/ladder.h>
#include <hourglass/autoencoders/masked.h>
#include <hourglass/autoencoders/recurrent.h>
#include <hourglass/autoencoders/recurrent_variational.h>
#include <hourglass/autoencoders/regularized.h>
#include <hourglass/autoencoders/sparse.h>
#include <hourglass/autoencoders/stacked.h>
#include <hourglass/autoencoders/tabular.h>
#include <hourglass/autoencoders/top_k.h>
#include <hourglass/autoencoders/unet.h>
#include <hourglass/autoencoders/vae_gan.h>
#include <hourglass/autoencoders/vamp_prior.h>
#include <hourglass/autoencoders/variational.h>
#include <hourglass/autoencoders/vector_quantized.h>
#include <hourglass/autoencoders/wasserstein.h>
#include <hourglass/autoencoders/winner_take_all.h>
#include <hourglass/files/registry.h>

namespace hourglass::autoencoders {

namespace {

// The numbers in a code, where a kind has an option that says it.
template <class Options>
std::int64_t latent_of(const Options& options) {
  if constexpr (requires { options.latent; }) {
    return options.latent;
  } else {
    return 0;
  }
}

template <class Kind>
Kind make(const typename Kind::Config& options, files::Children& children) {
  return Kind(Halves{children.take<nn::Sequential>("encoder"), children.take<nn::Sequential>("decoder"),
                     latent_of(options)},
              options);
}

TabularAutoencoder make_tabular(const TabularOptions& options, files::Children& children) {
  auto model = make<TabularAutoencoder>(options, children);
  if (model.embedding) model.embedding = children.take<nn::Embedding>("embedding");
  return model;
}

// With a Reparameterize of one's own range.
template <class Kind>
Kind make_gaussian(const typename Kind::Config& options, files::Children& children) {
  auto model = make<Kind>(options, children);
  model.reparameterize = children.take<nn::Reparameterize>("reparameterize");
  return model;
}
template <class Kind>
void register_gaussian(const char* name) {
  files::register_type<Kind>(name, make_gaussian<Kind>);
}

AdversarialAutoencoder make_adversarial(const AdversarialOptions& options, files::Children& children) {
  auto model = make<AdversarialAutoencoder>(options, children);
  model.critic = children.take<nn::Sequential>("critic");
  return model;
}

FactorAutoencoder make_factor(const FactorOptions& options, files::Children& children) {
  auto model = make_gaussian<FactorAutoencoder>(options, children);
  model.critic = children.take<nn::Sequential>("critic");
  return model;
}

VaeGan make_vae_gan(const VaeGanOptions& options, files::Children& children) {
  auto model = make<VaeGan>(options, children);
  model.critic = children.take<nn::Sequential>("critic");
  model.head = children.take<nn::Sequential>("verdict");
  return model;
}

VectorQuantizedAutoencoder make_vector_quantized(const VectorQuantizedOptions& options,
                                                 files::Children& children) {
  auto model = make<VectorQuantizedAutoencoder>(options, children);
  model.quantizer = children.take<nn::VectorQuantizer>("quantizer");
  return model;
}

}  // namespace

}  // namespace hourglass::autoencoders

// Called by its name alone: what links the kinds asks for this symbol, and so gets them registered.
extern "C" const bool hourglass_kinds_registered = [] {
  namespace ae = hourglass::autoencoders;
  using hourglass::files::register_type;
  register_type<ae::AdversarialAutoencoder>("AdversarialAutoencoder", ae::make_adversarial);
  register_type<ae::BasicAutoencoder>("BasicAutoencoder", ae::make<ae::BasicAutoencoder>);
  register_type<ae::ContractiveAutoencoder>("ContractiveAutoencoder", ae::make<ae::ContractiveAutoencoder>);
  register_type<ae::ConvolutionalAutoencoder>("ConvolutionalAutoencoder",
                                              ae::make<ae::ConvolutionalAutoencoder>);
  register_type<ae::Convolutional1DAutoencoder>("Convolutional1DAutoencoder",
                                                ae::make<ae::Convolutional1DAutoencoder>);
  register_type<ae::RecurrentAutoencoder>("RecurrentAutoencoder", ae::make<ae::RecurrentAutoencoder>);
  register_type<ae::DenoisingAutoencoder>("DenoisingAutoencoder", ae::make<ae::DenoisingAutoencoder>);
  register_type<ae::SparseAutoencoder>("SparseAutoencoder", ae::make<ae::SparseAutoencoder>);
  register_type<ae::TabularAutoencoder>("TabularAutoencoder", ae::make_tabular);
  ae::register_gaussian<ae::VariationalAutoencoder>("VariationalAutoencoder");
  register_type<ae::CategoricalAutoencoder>("CategoricalAutoencoder", ae::make<ae::CategoricalAutoencoder>);
  register_type<ae::FlowPosteriorAutoencoder>("FlowPosteriorAutoencoder",
                                              ae::make<ae::FlowPosteriorAutoencoder>);
  register_type<ae::HypersphericalAutoencoder>("HypersphericalAutoencoder",
                                               ae::make<ae::HypersphericalAutoencoder>);
  register_type<ae::LadderAutoencoder>("LadderAutoencoder", ae::make<ae::LadderAutoencoder>);
  register_type<ae::PlanarFlow>("PlanarFlow");
  register_type<ae::InverseAutoregressiveFlow>("InverseAutoregressiveFlow");
  ae::register_gaussian<ae::BetaTCAutoencoder>("BetaTCAutoencoder");
  ae::register_gaussian<ae::ConditionalAutoencoder>("ConditionalAutoencoder");
  ae::register_gaussian<ae::DIPAutoencoder>("DIPAutoencoder");
  register_type<ae::FactorAutoencoder>("FactorAutoencoder", ae::make_factor);
  ae::register_gaussian<ae::InfoAutoencoder>("InfoAutoencoder");
  ae::register_gaussian<ae::ImportanceWeightedAutoencoder>("ImportanceWeightedAutoencoder");
  ae::register_gaussian<ae::VampPriorAutoencoder>("VampPriorAutoencoder");
  ae::register_gaussian<ae::RecurrentVariationalAutoencoder>("RecurrentVariationalAutoencoder");
  register_type<ae::VaeGan>("VaeGan", ae::make_vae_gan);
  register_type<ae::VectorQuantizedAutoencoder>("VectorQuantizedAutoencoder", ae::make_vector_quantized);
  register_type<ae::WassersteinAutoencoder>("WassersteinAutoencoder", ae::make<ae::WassersteinAutoencoder>);
  register_type<ae::MaskedAutoencoder>("MaskedAutoencoder", ae::make<ae::MaskedAutoencoder>);
  register_type<ae::RegularizedAutoencoder>("RegularizedAutoencoder", ae::make<ae::RegularizedAutoencoder>);
  register_type<ae::StackedDenoisingAutoencoder>("StackedDenoisingAutoencoder",
                                                 ae::make<ae::StackedDenoisingAutoencoder>);
  register_type<ae::TopKAutoencoder>("TopKAutoencoder");
  register_type<ae::UNetAutoencoder>("UNetAutoencoder");
  register_type<ae::WinnerTakeAllAutoencoder>("WinnerTakeAllAutoencoder",
                                              ae::make<ae::WinnerTakeAllAutoencoder>);
  return true;
}();
