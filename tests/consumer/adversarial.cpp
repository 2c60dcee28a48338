// The adversarial autoencoder (Makhzani et al. 2015): a critic learns to tell codes from draws of a normal
// distribution, and the encoder learns to deceive it, so that the codes come to be distributed like them.
#include <hourglass/hourglass.h>

#include <cstdio>

namespace hg = hourglass;
namespace nn = hourglass::nn;

struct Networks : nn::Module {
  nn::Sequential encoder{nn::Dense(16, 32, {.activation = hg::relu}), nn::Dense(32, 2)};
  nn::Sequential decoder{nn::Dense(2, 32, {.activation = hg::relu}), nn::Dense(32, 16)};
  nn::Sequential critic{nn::Dense(2, 32, {.activation = hg::relu}), nn::Dense(32, 1)};

  void visit(nn::Visitor& v) override { v("encoder", encoder), v("decoder", decoder), v("critic", critic); }
};

// How far the critic's logits are from "drawn" (1) or "a code" (0).
hg::Variable verdict(const hg::Variable& logits, double truth) {
  return nn::binary_crossentropy(logits, hg::full(logits.shape(), truth), {.from_logits = true});
}

// How far codes are from normal ones: the largest difference of the shares that lie below -1, 0 and 1.
double distance_from_normal(const hg::Tensor& codes) {
  const hg::Tensor at = hg::tensor({-1, 0, 1}), share = hg::tensor({0.1587, 0.5, 0.8413});
  const hg::Tensor below = (hg::unsqueeze(codes, -1) < at).to(hg::float32);  // (N, 2, 3)
  return hg::max(hg::abs(hg::mean(below, 0) - share)).item();
}

int main() {
  hg::set_seed(1);
  const auto waves = [](std::int64_t n) {  // 16 points each; height and phase decide them
    const hg::Tensor height = hg::uniform({n, 1}, 0.5, 1.5), phase = hg::uniform({n, 1}, 0.0, 3.0);
    return height * hg::sin(0.2 * hg::arange(0, 16) + phase);
  };
  const hg::Tensor test = waves(1000);
  Networks net;
  hg::optim::Adam of_wave({.learning_rate = 0.003}), of_critic({.learning_rate = 0.003, .beta_1 = 0.5}),
      of_encoder({.learning_rate = 0.001, .beta_1 = 0.5});
  const auto error = [&](const hg::Tensor& x) {
    return nn::mean_squared_error(net.decoder(net.encoder(x)), x);
  };
  const double before = distance_from_normal(net.encoder(test).value());
  for (int step = 0; step < 2000; ++step) {
    const hg::Tensor x = waves(64);
    of_wave.minimize(error(x), nn::parameters(net));
    const hg::Variable code = net.encoder(x);
    const hg::Tensor drawn = hg::normal(code.shape());
    of_critic.minimize(verdict(net.critic(drawn), 1.0) + verdict(net.critic(code.detach()), 0.0),
                       nn::parameters(net.critic));
    nn::set_trainable(net.critic, false);  // asked here, not taught
    of_encoder.minimize(verdict(net.critic(code), 1.0), nn::parameters(net.encoder));
    nn::set_trainable(net.critic, true);
  }
  const double after = distance_from_normal(net.encoder(test).value());
  const double mse = error(test).item(), spread = hg::mean(hg::var(test, 0)).item();
  std::printf("from normal: %.3f -> %.3f; error %.4f of a variance of %.4f\n", before, after, mse, spread);
  return after < 0.5 * before && after < 0.1 && mse < 0.1 * spread ? 0 : 1;
}
