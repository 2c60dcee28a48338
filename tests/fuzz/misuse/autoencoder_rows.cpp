#include "draw.h"

// The kinds of autoencoders, and what measures and shows them.
namespace hourglass::fuzz {

namespace {

namespace ae = autoencoders;

ae::ReconstructionLoss reconstruction(Draw& d) {
  return d.flag() ? ae::ReconstructionLoss::mse : ae::ReconstructionLoss::bce;
}
std::vector<std::int64_t> hidden(Draw& d) {
  return d.list(2, [&] { return d.extent(); });
}
ae::Corruption corruption(Draw& d) {
  using Noise = ae::Corruption::Noise;
  return {.noise = d.one_of({Noise::gaussian, Noise::masking, Noise::salt_and_pepper}),
          .strength = d.number()};
}
ae::DenseHalvesOptions dense_options(Draw& d, std::int64_t features) {
  return {.features = features,
          .hidden = hidden(d),
          .latent = d.extent(),
          .heads = d.once_in(4) ? d.size() : 1,
          .output_activation = ae::output_activation_for(reconstruction(d)),
          .dtype = d.once_in(8) ? d.dtype() : float32};
}
ae::VariationalOptions variational(Draw& d, std::int64_t features, std::int64_t latent) {
  ae::VariationalOptions o{.features = features,
                           .hidden = hidden(d),
                           .latent = latent,
                           .likelihood = d.flag() ? ae::Likelihood::bernoulli : ae::Likelihood::gaussian};
  if (d.once_in(3)) o.variance = d.number(), o.beta = d.number();
  return o;
}

void exercise(Draw& d, ae::Autoencoder& model, const Tensor& x) {
  d.use(model.loss(d.variable(x)).total);
  d.use(model.decode(model.encode(x)).value());
  if (d.once_in(3)) d.use(ae::reconstruct(model, x));
  if (!d.once_in(3) || x.rank() == 0) return;
  const data::Batches batches(x, {.batch_size = d.extent(3)});
  d.use(ae::reconstruction_mse(model, batches));
  d.use(ae::evaluate_loss(model, batches).total);
  d.use(ae::reconstruction_sha256(model, batches));
}

const std::vector<Row> kKindRows{
    {"dense_halves",
     [](Draw& d) {
       const std::int64_t features = d.extent();
       ae::Halves h = ae::dense_halves(dense_options(d, features));
       d.use(h.decoder(h.encoder(d.of({2, features}))));
     }},
    {"pooled_halves",
     [](Draw& d) {
       const Extent2 image = d.once_in(2) ? Extent2(4) : d.extent2(9);
       ae::Halves h = ae::pooled_halves({.image = image});
       d.use(h.decoder(h.encoder(d.of({1, 16}))).value());
     }},
    {"strided_halves",
     [](Draw& d) {
       const Extent2 image = d.once_in(2) ? Extent2(4) : d.extent2(9);
       ae::Halves h = ae::strided_halves({.image = image,
                                          .latent = d.extent(),
                                          .heads = d.once_in(4) ? d.size() : 1,
                                          .filters = d.extent(3)});
       d.use(h.decoder(h.encoder(d.of({1, 16}))).value());
     }},
    {"BasicAutoencoder",
     [](Draw& d) {
       const std::int64_t features = d.extent();
       ae::BasicAutoencoder model({.features = features,
                                   .hidden = hidden(d),
                                   .latent = d.extent(),
                                   .loss = reconstruction(d),
                                   .tied = d.flag()});
       exercise(d, model, d.of({3, features}));
     }},
    {"BasicAutoencoder of halves",
     [](Draw& d) {
       const std::int64_t features = d.extent();
       ae::BasicAutoencoder model(ae::dense_halves(dense_options(d, features)), {.loss = reconstruction(d)});
       exercise(d, model, d.of({3, features}));
     }},
    {"ConvolutionalAutoencoder",
     [](Draw& d) {
       const Extent2 image = d.once_in(2) ? Extent2(4) : d.extent2(9);
       ae::ConvolutionalAutoencoder model({.image = image, .loss = reconstruction(d)});
       exercise(d, model, d.of({1, 16}));
     }},
    {"DenoisingAutoencoder",
     [](Draw& d) {
       const std::int64_t features = d.extent();
       ae::DenoisingAutoencoder model({.features = features,
                                       .hidden = hidden(d),
                                       .latent = d.extent(),
                                       .corruption = corruption(d),
                                       .loss = reconstruction(d)});
       exercise(d, model, d.of({3, features}));
     }},
    {"DenoisingAutoencoder of halves",
     [](Draw& d) {
       const std::int64_t features = d.extent();
       ae::DenoisingAutoencoder model(ae::dense_halves(dense_options(d, features)),
                                      {.corruption = corruption(d), .loss = reconstruction(d)});
       exercise(d, model, d.of({3, features}));
     }},
    {"SparseAutoencoder",
     [](Draw& d) {
       using Penalty = ae::SparseOptions::Penalty;
       const std::int64_t features = d.extent();
       ae::SparseAutoencoder model({.features = features,
                                    .latent = d.extent(6),
                                    .penalty = d.one_of({Penalty::l1, Penalty::kl, Penalty::top_k}),
                                    .strength = d.number(),
                                    .target = d.number(),
                                    .k = d.size()});
       const Tensor x = d.of({3, features});
       exercise(d, model, x);
       d.use(ae::measure_activity(model, data::Batches(x)).of_units);
     }},
    {"VariationalAutoencoder",
     [](Draw& d) {
       const std::int64_t features = d.extent(), latent = d.extent(3);
       ae::VariationalAutoencoder model(variational(d, features, latent));
       const Tensor x = d.of({3, features});
       exercise(d, model, x);
       if (d.flag()) d.use(model.sample(d.size()));
       if (d.flag()) d.use(model.interpolate(d.of({features}), d.of({features}), d.size()));
       if (d.flag()) d.use(model.log_likelihood(x, std::min<std::int64_t>(d.size(), 3)));
     }},
    {"VariationalAutoencoder of halves",
     [](Draw& d) {
       ae::Halves halves = ae::dense_halves(dense_options(d, 3));
       if (d.once_in(3)) halves.latent = d.size();
       ae::VariationalAutoencoder model(std::move(halves), variational(d, 3, 1));
       exercise(d, model, d.of({2, 3}));
       if (d.flag()) d.use(model.sample(d.extent()));
     }},
    {"VariationalAutoencoder of convolutions",
     [](Draw& d) {
       const Extent2 image = d.once_in(2) ? Extent2(4) : d.extent2(9);
       ae::VariationalAutoencoder model(
           ae::strided_halves({.image = image, .latent = d.extent(3), .heads = 2}), variational(d, 16, 1));
       exercise(d, model, d.of({1, 16}));
     }},
};

const std::vector<Row> kMeasureRows{
    {"corrupt",
     [](Draw& d) {
       const Tensor x = d.tensor();
       d.use(ae::corrupt(x, corruption(d)));
     }},
    {"reconstruction_loss",
     [](Draw& d) {
       const Variable y = d.any<Variable>();
       d.use(ae::reconstruction_loss(reconstruction(d), y, d.like(y)).total);
     }},
    {"features_of",
     [](Draw& d) {
       const ae::ReconstructionLoss kind = reconstruction(d);
       d.use(ae::features_of(kind, d.any<Variable>()));
     }},
    {"reconstruction_mse",
     [](Draw& d) {
       const data::Batches examples(d.of({4, 3}));
       d.use(ae::reconstruction_mse([&](const Tensor& x) { return d.like(x); }, examples));
     }},
    {"Baselines",
     [](Draw& d) {
       const ae::Baselines baselines{data::Batches(d.of({d.extent(), 4}))};
       const data::Batches test(d.of({3, 4}));
       d.use(baselines.mean_mse(test));
       d.use(baselines.pca_mse(test, d.size()));
     }},
    {"one_of_each",
     [](Draw& d) {
       const Tensor labels = d.indices(4);
       d.use(ae::one_of_each(labels, d.size()));
     }},
    {"largest_first", [](Draw& d) { d.use(ae::largest_first(d.of({d.extent(9)}))); }},
};

}  // namespace

std::vector<Row> autoencoder_rows() { return joined({kKindRows, kMeasureRows}); }

}  // namespace hourglass::fuzz
