#include <hourglass/autoencoders/evaluation.h>
#include <hourglass/files/sha256.h>
#include <hourglass/files/state.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/linalg.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>
#include <hourglass/training/predict.h>

#include <fmt/format.h>

#include <algorithm>

namespace hourglass::autoencoders {

void detail::expect_examples(const char* op, const data::Batches& examples) {
  if (examples.batch_count() > 0) return;
  throw DataError("{}: the data give no batch: {}; at least one example is needed", op,
                  training::Source(&examples).describe());
}

namespace {

// of(batch) gives the reconstruction of a batch.
double mse_over(FunctionRef<Tensor(const data::Batch&)> of, const data::Batches& examples) {
  detail::expect_examples("reconstruction_mse", examples);
  double sum = 0.0, features = 0.0;
  for (const data::Batch& batch : examples.epoch()) {
    const Tensor y = of(batch);
    if (y.shape() != batch.x.shape()) {
      throw ShapeError(
          "reconstruction_mse: examples {} were reconstructed as {}; Batches with .flatten = false, or a "
          "Reshape at the end of the decoder, may make them agree",
          batch.x.shape(), y.shape());
    }
    sum += hourglass::sum(square(y - batch.x)).item();
    features += static_cast<double>(y.size());
  }
  return sum / features;
}

}  // namespace

double reconstruction_mse(Reconstruct reconstruct, const data::Batches& examples) {
  return mse_over([&](const data::Batch& batch) { return reconstruct(batch.x); }, examples);
}

Tensor encode(Autoencoder& model, const data::Batches& examples) {
  return training::predict(
      model, [&](const data::Batch& b) { return model.encode_batch(b); }, examples);
}

Tensor decode(Autoencoder& model, const Tensor& codes, std::int64_t batch_size) {
  return training::predict(
      model, [&](const Tensor& part) { return model.decode(part); }, codes, batch_size);
}

Tensor reconstruct(nn::Layer& model, const Tensor& x) {
  const nn::Evaluating evaluating(model);
  return model(x).value();
}

Tensor reconstruct(nn::Layer& model, const data::Batch& batch) {
  auto* const kind = dynamic_cast<Autoencoder*>(&model);
  if (!kind) return reconstruct(model, batch.x);
  const nn::Evaluating evaluating(model);
  return kind->reconstruct_batch(batch).value();
}

double reconstruction_mse(nn::Layer& model, const data::Batches& examples) {
  return mse_over([&](const data::Batch& batch) { return reconstruct(model, batch); }, examples);
}

std::string reconstruction_sha256(nn::Layer& model, const data::Batches& examples) {
  files::Sha256 hash;
  for (const data::Batch& batch : examples.epoch()) hash.add(files::sha256(reconstruct(model, batch)));
  return hash.hex();
}

double LossValues::part(std::string_view name) const {
  std::vector<std::string> names;
  for (const Part& p : parts) {
    if (p.name == name) return p.value;
    names.push_back(p.name);
  }
  throw DataError("LossValues: the loss has no part \"{}\"; its parts are: {}", name,
                  names.empty() ? "none but the reconstruction" : fmt::format("{}", fmt::join(names, ", ")));
}

LossValues evaluate_loss(Autoencoder& model, const data::Batches& examples) {
  detail::expect_examples("evaluate_loss", examples);
  const nn::Evaluating evaluating(model);
  LossValues mean;
  double n = 0.0;
  for (const data::Batch& batch : examples.epoch()) {
    const Loss loss = model.loss_of_batch(batch);
    const auto count = static_cast<double>(batch.x.shape(0));
    n += count;
    const auto follow = [&](double& of, double value) { of += (value - of) * (count / n); };
    follow(mean.total, loss.total.item());
    follow(mean.reconstruction, loss.reconstruction.item());
    mean.parts.resize(loss.parts.size());
    for (std::size_t i = 0; i < loss.parts.size(); ++i) {
      mean.parts[i].name = loss.parts[i].name;
      mean.parts[i].weight = loss.parts[i].weight;
      follow(mean.parts[i].value, loss.parts[i].value.item());
    }
  }
  return mean;
}

Baselines::Baselines(const data::Batches& train) {
  detail::expect_examples("Baselines", train);
  Tensor first, second;  // Σx (1, D), Σxxᵀ (D, D)
  double n = 0.0;
  for (const data::Batch& batch : train.epoch()) {
    const Tensor x = reshape(batch.x, {batch.x.shape(0), -1}).to(float64);
    if (n == 0.0) {
      first = zeros({1, x.shape(1)}, float64);
      second = zeros({x.shape(1), x.shape(1)}, float64);
    }
    add_in_place(first, sum(x, 0, {.keepdims = true}));
    add_in_place(second, matmul(transpose(x), x));
    n += static_cast<double>(x.shape(0));
  }
  mean_ = first / n;
  axes_ = eigh(second / n - matmul(transpose(mean_), mean_)).vectors;
}

double Baselines::mean_mse(const data::Batches& test) const {
  const Tensor mean = mean_.to(float32);
  return reconstruction_mse([&](const Tensor& x) { return broadcast_to(mean, x.shape()); }, test);
}

double Baselines::pca_mse(const data::Batches& test, std::int64_t components) const {
  const std::int64_t d = axes_.shape(0);
  if (components < 0 || components > d) {
    throw DataError(
        "pca_mse: examples of {} features have 0 to {} components, got {}; give min(latent, features)", d, d,
        components);
  }
  const Tensor mean = mean_.to(float32), v = slice(axes_, 1, {d - components, d}).to(float32);
  return reconstruction_mse([&](const Tensor& x) { return matmul(matmul(x - mean, v), transpose(v)) + mean; },
                            test);
}

void report_errors(training::Report& report, nn::Layer& model, std::int64_t latent, double untrained_mse,
                   const Tensor& train_examples, const data::Batches& test) {
  const Baselines baselines(data::Batches(train_examples, {.batch_size = 1000}));
  const std::int64_t features = train_examples.shape().without(0).size();
  const auto add_pca = [&](const char* name, std::int64_t k) {
    report.add_error(name, fmt::format("PCA, {} components", k), baselines.pca_mse(test, k), features);
  };
  report.add_error("untrained", "before training", untrained_mse, features);
  report.add_error("baseline_mean", "the mean example", baselines.mean_mse(test), features);
  add_pca("baseline_pca_30", std::min<std::int64_t>(30, features));
  add_pca("baseline_pca", std::min(latent, features));
  report.add_error("test", "this autoencoder", reconstruction_mse(model, test), features);
  report.add("code_size", latent);
  report.add("reconstruction_sha256", reconstruction_sha256(model, test));
}

}  // namespace hourglass::autoencoders
