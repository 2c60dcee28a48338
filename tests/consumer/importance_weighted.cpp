// The conditional, importance-weighted autoencoder (Sohn et al. 2015; Burda et al. 2016): it is told which
// digit it sees, and the bound on log p(x | y) grows tighter with the number of samples.
#include <hourglass/hourglass.h>

#include <cmath>
#include <cstdio>

namespace hg = hourglass;
namespace nn = hourglass::nn;

constexpr std::int64_t kLatent = 8;

struct Conditional : nn::Module {
  nn::Sequential encoder{nn::Dense(794, 128, {.activation = hg::relu}), nn::Dense(128, 2 * kLatent)};
  nn::Sequential decoder{nn::Dense(kLatent + 10, 128, {.activation = hg::relu}), nn::Dense(128, 784)};

  void visit(nn::Visitor& v) override { v("encoder", encoder), v("decoder", decoder); }

  // log 1/K Σ_k p(x | z_k, y) p(z_k) / q(z_k | x, y), the mean over the images.    x (N, 784), y (N, 10)
  hg::Variable bound(const hg::Tensor& x, const hg::Tensor& y, std::int64_t k) {
    const std::int64_t n = x.shape(0);
    const auto q = split(encoder(hg::concat({x, y}, 1)), 2, 1);
    const hg::Variable mean = unsqueeze(q[0], 1), log_variance = unsqueeze(q[1], 1);
    const hg::Tensor epsilon = hg::normal({n, k, kLatent}), image = hg::unsqueeze(x, 1);
    const hg::Variable z = mean + exp(0.5 * log_variance) * epsilon;
    const hg::Tensor told = hg::broadcast_to(hg::unsqueeze(y, 1), {n, k, 10});
    const hg::Variable logits = decoder(hg::concat({z, told}, -1));
    const hg::Variable log_w = sum(image * logits - softplus(logits), -1) +
                               0.5 * sum(log_variance + hg::square(epsilon) - square(z), -1);
    return hg::mean(logsumexp(log_w, 1)) - std::log(static_cast<double>(k));
  }
};

int main() {
  hg::set_seed(1);
  const hg::data::DataSplit digits = hg::data::strokes({.train = 3000, .test = 300});
  const auto images = [](const hg::Tensor& x) { return hg::flatten(x, 1).to(hg::float32) / 255.0; };
  const hg::Tensor x = images(digits.test.images), y = hg::one_hot(digits.test.labels, 10);
  const hg::data::Batches train(digits.train.images, digits.train.labels,
                                {.batch_size = 50, .shuffle = true});
  Conditional model;
  hg::optim::Adam adam({.learning_rate = 0.002});
  const auto loss = [&](const hg::data::Batch& b) { return -model.bound(b.x, hg::one_hot(b.y, 10), 5); };
  hg::training::fit(model, adam, loss, train, {.epochs = 12, .verbose = hg::training::Verbose::silent});

  const auto at = [&](std::int64_t k) { return hg::no_grad([&] { return model.bound(x, y, k).item(); }); };
  const double one = at(1), five = at(5), fifty = at(50);

  // Ten images of each digit; the nearest mean image says which they are.
  const hg::Tensor asked = hg::flatten(hg::cumsum(hg::ones({10, 10}, hg::int64), 0)) - 1.0;
  const hg::Tensor z = hg::normal({100, kLatent}), told = hg::one_hot(asked, 10);
  const hg::Tensor drawn = hg::sigmoid(model.decoder(hg::concat({z, told}, 1)).value());
  const hg::Tensor means = hg::matmul(hg::transpose(y), x) / hg::sum(hg::transpose(y), 1, {.keepdims = true});
  const hg::Tensor distance = hg::sum(hg::square(means), 1) - 2.0 * hg::matmul(drawn, hg::transpose(means));
  const double as_asked = hg::mean((hg::argmin(distance, 1) == asked).to(hg::float32)).item();
  std::printf("bound: %.1f with 1 sample, %.1f with 5, %.1f with 50; %.0f%% drawn as asked\n", one, five,
              fifty, 100.0 * as_asked);
  return one < five && five < fifty && fifty > -160.0 && as_asked > 0.55 ? 0 : 1;
}
