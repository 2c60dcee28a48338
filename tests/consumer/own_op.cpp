// An op of one's own and data that never end: learned sparse coding (LISTA, Gregor & LeCun 2010). Three steps
// of a network find codes that plain soft thresholding (ISTA) has not found after three of its own.
#include <hourglass/hourglass.h>

#include <cmath>
#include <cstdio>
#include <ranges>

namespace hg = hourglass;
namespace nn = hourglass::nn;
// sign(x) max(|x| − t, 0);  dx = dy where |x| > t, dt = −dy sign(x) there.
hg::Variable shrink(const hg::Variable& x, const hg::Variable& t) {
  const hg::Tensor sign = hg::sign(x.value()), size = hg::maximum(hg::abs(x.value()) - t.value(), 0.0);
  const auto dx = [kept = hg::sign(size)](const hg::Variable& dy, const hg::Variable&) { return dy * kept; };
  const auto dt = [=](const hg::Variable& dy, const hg::Variable& y) { return -sum(dx(dy, y) * sign); };
  return hg::record("shrink", sign * size, {{x, dx}, {t, dt}});
}

constexpr std::int64_t kSignal = 20, kCode = 40;
struct Lista : nn::Layer {
  nn::Dense read{kSignal, kCode, {.bias = false}}, correct{kCode, kCode, {.bias = false}};
  hg::Variable threshold = hg::Variable::parameter(hg::full({}, 0.05));
  hg::Variable forward(const hg::Variable& x) override {
    hg::Variable z = shrink(read(x), threshold);
    for (int step = 1; step < 3; ++step) z = shrink(read(x) + correct(z), threshold);
    return z;
  }
  void visit(nn::Visitor& v) override { v("read", read), v("correct", correct), v("threshold", threshold); }
};

// Batches that are made as they are asked for: signals (N, 20), sums of a few of 40 atoms, and their codes.
struct Stream {
  hg::Tensor atoms = hg::normal({kCode, kSignal}, 0.0, 1.0 / std::sqrt(double{kSignal}));

  std::int64_t batch_count() const { return 500; }  // of what is called an epoch
  hg::data::Batch next(std::int64_t n) const {
    const hg::Tensor z = hg::bernoulli({n, kCode}, 0.08) * hg::normal({n, kCode});
    return {hg::matmul(z, atoms), z};
  }
  auto epoch(std::int64_t) const {
    return std::views::iota(0, 500) | std::views::transform([this](int) { return next(100); });
  }
};

int main() {
  hg::set_seed(1);
  const Stream stream;
  Lista model;  // begins as ISTA: z <- shrink(z + (x − z D) Dᵀ / 4)
  const hg::Tensor up = hg::transpose(stream.atoms) / 4.0;
  model.read.kernel.set_value(up.clone());
  model.correct.kernel.set_value(hg::eye(kCode) - hg::matmul(stream.atoms, up));
  const hg::data::Batch unseen = stream.next(2000);
  const auto loss = [&](const hg::data::Batch& b) { return nn::mean_squared_error(model(b.x), b.y); };
  const double ista = loss(unseen).item();
  hg::optim::Adam adam({.learning_rate = 0.002});
  hg::training::fit(model, adam, loss, stream, {.epochs = 3, .verbose = hg::training::Verbose::silent});
  const double lista = loss(unseen).item();
  std::printf("error of the codes %.4f -> %.4f\n", ista, lista);
  return lista < 0.5 * ista ? 0 : 1;
}
