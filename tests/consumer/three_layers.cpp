#include <hourglass/hourglass.h>

#include <cstdio>

namespace hg = hourglass;

struct Network : hg::nn::Layer {
  hg::nn::Dense first{4, 16, {.activation = hg::relu}};
  hg::nn::Dense second{16, 16, {.activation = hg::tanh}};
  hg::nn::Dense third{16, 1};

  hg::Variable forward(const hg::Variable& x) override { return third(second(first(x))); }
  void visit(hg::nn::Visitor& v) override { v("first", first), v("second", second), v("third", third); }
};

int main() {
  const hg::Tensor x = hg::normal({256, 4}), y = hg::sum(hg::square(x), 1, {.keepdims = true});
  Network network;
  hg::optim::Adam adam({.learning_rate = 0.01});
  const hg::data::Batches train(x, y, {.batch_size = 32, .shuffle = true});
  const auto loss = [&](const hg::data::Batch& b) { return hg::nn::mean_squared_error(network(b.x), b.y); };
  const auto history =
      hg::training::fit(network, adam, loss, train, {.epochs = 40, .verbose = hg::training::Verbose::silent});
  std::printf("loss %.4f -> %.4f\n", history.epochs.front().loss, history.epochs.back().loss);
  return history.epochs.back().loss < 0.1 * history.epochs.front().loss ? 0 : 1;
}
