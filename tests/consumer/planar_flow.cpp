// A normalizing flow of planar layers (Rezende & Mohamed 2015): normal noise is bent until it is distributed
// as a given density, here a banana. The divergence between the two is known in nats, and goes to 0.
#include <hourglass/hourglass.h>

#include <cmath>
#include <cstdio>

namespace hg = hourglass;
namespace nn = hourglass::nn;

struct Planar : nn::Module {
  hg::Variable w = hg::Variable::parameter(hg::normal({2, 1}, 0.0, 0.3));
  hg::Variable u = hg::Variable::parameter(hg::normal({1, 2}, 0.0, 0.3));
  hg::Variable b = hg::Variable::parameter(hg::normal({1}));

  struct Output {
    hg::Variable z, log_det;  // (N, 2), (N,)
  };
  // z + û tanh(wᵀz + b), and log |det ∂/∂z|; û is u with wᵀû > −1, so that the map can be inverted.
  Output operator()(const hg::Variable& z) {
    const hg::Variable wu = matmul(u, w), along = softplus(wu) - 1.0;  // (1, 1)
    const hg::Variable bent = u + (along - wu) * transpose(w) / sum(square(w));
    const hg::Variable a = tanh(matmul(z, w) + b);
    return {z + a * bent, log(1.0 + squeeze((1.0 - square(a)) * along, 1))};
  }
  void visit(nn::Visitor& v) override { v("w", w), v("u", u), v("b", b); }
};

struct Flow : nn::Module {
  std::vector<Planar> layers = std::vector<Planar>(16);

  // KL(flow ‖ banana) from n draws: E log q(z) − log p(z), with x₁ ~ N(0, 1) and x₂ | x₁ ~ N(x₁², ½²).
  hg::Variable divergence(std::int64_t n) {
    const auto log_normal = [](const hg::Variable& x, const hg::Variable& mean, double deviation) {
      return normal_log_prob(x, mean, hg::full({}, 2.0 * std::log(deviation)));
    };
    hg::Variable z = hg::normal({n, 2});
    hg::Variable log_q = sum(log_normal(z, hg::zeros({}), 1.0), 1);
    for (Planar& layer : layers) {
      const auto y = layer(z);
      z = y.z;
      log_q -= y.log_det;
    }
    const hg::Variable x1 = squeeze(slice(z, 1, {0, 1}), 1), x2 = squeeze(slice(z, 1, {1, 2}), 1);
    return mean(log_q - log_normal(x1, hg::zeros({}), 1.0) - log_normal(x2, square(x1), 0.5));
  }
  void visit(nn::Visitor& v) override { v("layers", layers); }
};

int main() {
  hg::set_seed(1);
  Flow flow;
  hg::optim::Adam adam({.learning_rate = 0.005});
  const double before = hg::no_grad([&] { return flow.divergence(10'000).item(); });
  for (int step = 0; step < 1500; ++step) adam.minimize(flow.divergence(200), nn::parameters(flow));
  const double after = hg::no_grad([&] { return flow.divergence(10'000).item(); });
  std::printf("divergence %.3f -> %.3f nats\n", before, after);
  return after > -0.02 && after < 0.15 ? 0 : 1;
}
