// The conditional, importance-weighted autoencoder (Sohn et al. 2015; Burda et al. 2016): it is told which
// digit it sees, and the bound on log p(x | y) grows tighter with the number of samples.
#include <hourglass/hourglass.h>

#include <cmath>
#include <cstdio>

namespace hg = hourglass;
namespace nn = hourglass::nn;
constexpr std::int64_t kPixels = 14 * 14, kLatent = 4;

struct Conditional : nn::Module {
  nn::Sequential encoder{nn::Dense(kPixels + 10, 64, {.activation = hg::relu}), nn::Dense(64, 2 * kLatent)};
  nn::Sequential decoder{nn::Dense(kLatent + 10, 64, {.activation = hg::relu}), nn::Dense(64, kPixels)};

  void visit(nn::Visitor& v) override { v("encoder", encoder), v("decoder", decoder); }

  // log 1/K Σ_k p(x | z_k, y) p(z_k) / q(z_k | x, y), the mean over the images.    x (N, 196), y (N, 10)
  hg::Variable bound(const hg::Tensor& x, const hg::Tensor& y, std::int64_t k) {
    const auto q = split(encoder(hg::concat({x, y}, 1)), 2, 1);
    const hg::Variable center = unsqueeze(q[0], 1), log_variance = unsqueeze(q[1], 1);
    const hg::Variable z = center + exp(0.5 * log_variance) * hg::normal({x.shape(0), k, kLatent});
    const hg::Tensor told = hg::broadcast_to(hg::unsqueeze(y, 1), {x.shape(0), k, 10}), zero = hg::zeros({});
    const hg::Variable of_x = bernoulli_log_prob(hg::unsqueeze(x, 1), decoder(hg::concat({z, told}, -1)));
    const hg::Variable of_z = normal_log_prob(z, zero, zero) - normal_log_prob(z, center, log_variance);
    return mean(logsumexp(sum(of_x, -1) + sum(of_z, -1), 1)) - std::log(static_cast<double>(k));
  }
};

int main() {
  hg::set_seed(1);
  const hg::data::DataSplit digits = hg::data::strokes({.train = 2000, .test = 300});
  const auto images = [](const hg::Tensor& x) {  // half as high and as wide
    return hg::flatten(hg::average_pool2d(hg::unsqueeze(x.to(hg::float32) / 255.0, -1)), 1);
  };
  const hg::Tensor x = images(digits.test.images), y = hg::one_hot(digits.test.labels, 10);
  const hg::data::Batches train(images(digits.train.images), digits.train.labels,
                                {.batch_size = 50, .shuffle = true});
  Conditional model;
  hg::optim::Adam adam({.learning_rate = 0.003});
  const auto loss = [&](const hg::data::Batch& b) { return -model.bound(b.x, hg::one_hot(b.y, 10), 5); };
  hg::training::fit(model, adam, loss, train, {.epochs = 10, .verbose = hg::training::Verbose::silent});

  const auto at = [&](std::int64_t k) { return hg::no_grad([&] { return model.bound(x, y, k).item(); }); };
  const double one = at(1), five = at(5), fifty = at(50);

  // Without a code: the mean image of the digit says how probable each pixel is.
  const hg::Tensor means = hg::matmul(hg::transpose(y), x) / hg::sum(hg::transpose(y), 1, {.keepdims = true});
  const hg::Tensor p = hg::clip(hg::take(means, digits.test.labels), 0.01, 0.99);
  const double no_code = hg::mean(hg::sum(hg::bernoulli_log_prob(x, hg::log(p / (1.0 - p))), 1)).item();

  // Drawn as asked? The nearest mean image says which digit one is.
  const hg::Tensor asked = hg::randint({200}, 0, 10), z = hg::normal({200, kLatent});
  const hg::Tensor drawn = hg::sigmoid(model.decoder(hg::concat({z, hg::one_hot(asked, 10)}, 1)).value());
  const hg::Tensor distance = hg::sum(hg::square(means), 1) - 2.0 * hg::matmul(drawn, hg::transpose(means));
  const double as_asked = hg::accuracy(-distance, asked);
  std::printf("bound: %.1f with 1 sample, %.1f with 5, %.1f with 50, %.1f without a code; %.0f%% as asked\n",
              one, five, fifty, no_code, 100.0 * as_asked);
  return one < five && five < fifty && one > no_code && as_asked > 0.5 ? 0 : 1;
}
