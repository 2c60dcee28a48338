// The contractive autoencoder (Rifai et al. 2011): a penalty on the squared norm of the code's Jacobian,
// which is found by differentiating and differentiated again to train. Held against the closed form of one
// layer.
#include <hourglass/hourglass.h>

#include <cmath>
#include <cstdio>

namespace hg = hourglass;
namespace nn = hourglass::nn;

struct Contractive : nn::Layer {
  nn::Dense encoder{64, 8, {.activation = hg::sigmoid}}, decoder{8, 64};

  hg::Variable forward(const hg::Variable& x) override { return decoder(encoder(x)); }
  void visit(nn::Visitor& v) override { v("encoder", encoder), v("decoder", decoder); }

  // Σ_j ‖∂h_j/∂x‖², the mean over the examples.
  hg::Variable jacobian_norm(const hg::Tensor& batch) {
    const hg::Variable x = hg::Variable::parameter(batch), h = encoder(x);
    hg::Variable total = hg::zeros({});
    for (std::int64_t j = 0; j < h.shape(1); ++j) {
      const hg::Variable row = hg::grad(sum(slice(h, 1, {j, j + 1})), x, {.create_graph = true});
      total += sum(square(row));
    }
    return total / static_cast<double>(batch.shape(0));
  }
};

// The same for a sigmoid layer, by hand:  Σ_j (h_j (1 − h_j))² ‖W_j‖².
double closed_form(Contractive& model, const hg::Tensor& x) {
  const hg::Tensor h = model.encoder(x).value();
  const hg::Tensor norms = hg::sum(hg::square(model.encoder.kernel.value()), 0);
  return hg::mean(hg::sum(hg::square(h * (1.0 - h)) * norms, 1)).item();
}

Contractive trained(const hg::Tensor& x, double strength) {
  hg::set_seed(1);
  Contractive model;
  hg::optim::Adam adam({.learning_rate = 0.01});
  const auto loss = [&](const hg::data::Batch& b) -> hg::Variable {
    return nn::mean_squared_error(model(b.x), b.x) + strength * model.jacobian_norm(b.x);
  };
  hg::training::fit(model, adam, loss, hg::data::Batches(x, {.batch_size = 50, .shuffle = true}),
                    {.epochs = 40, .verbose = hg::training::Verbose::silent});
  return model;
}

int main() {
  hg::set_seed(7);  // waves of 64 points: two numbers, frequency and phase, decide each
  const hg::Tensor f = hg::uniform({500, 1}, 0.05, 0.25), phase = hg::uniform({500, 1}, 0.0, 3.0);
  const hg::Tensor x = hg::sin(f * hg::arange(0, 64) + phase);
  Contractive free = trained(x, 0.0), held = trained(x, 0.01);
  const double before = free.jacobian_norm(x).item(), after = held.jacobian_norm(x).item();
  const double error = nn::mean_squared_error(held(x), x).item(), spread = hg::mean(hg::var(x, 0)).item();
  std::printf("|J|^2 %.4f -> %.4f, error %.4f of a variance of %.4f\n", before, after, error, spread);
  const bool exact = std::abs(after - closed_form(held, x)) < 1e-4 * after;
  return exact && after < 0.5 * before && error < 0.5 * spread ? 0 : 1;
}
