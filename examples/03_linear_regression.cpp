// Linear regression: the smallest thing that learns. Data come from y = 2 x₁ − 3 x₂ + 0.5 with a little
// noise; gradient descent on the squared error finds the three numbers again.
//
//     03_linear_regression
//
// Expected: weights within 0.01 of 2 and −3, bias within 0.01 of 0.5. The program fails (status 1) if they
// are further off.

#include "command_line.h"

#include <hourglass/hourglass.h>

#include <fmt/format.h>

#include <cmath>

namespace hg = hourglass;

namespace {

int body(int argc, char** argv) {
  program::parse(argc, argv, "Finds a line by gradient descent.");
  hg::set_seed(1);
  const hg::Tensor truth = hg::tensor({{2}, {-3}});
  const hg::Tensor x = hg::normal({1000, 2});
  const hg::Tensor y = hg::matmul(x, truth) + 0.5 + hg::normal({1000, 1}, 0.0, 0.1);

  // One Dense layer without activation is linear regression: prediction = x W + b.
  hg::nn::Dense model(2, 1);
  hg::optim::SGD sgd({.learning_rate = 0.1});
  for (int step = 1; step <= 100; ++step) {
    const hg::Variable loss = hg::nn::mean_squared_error(model(x), y);
    hg::backward(loss);                   // the gradients of kernel and bias
    sgd.step(hg::nn::parameters(model));  // kernel −= 0.1 · gradient, bias likewise
    if (step % 20 == 0) fmt::print("step {:3}  loss {:.6f}\n", step, loss.item());
  }

  const double w1 = model.kernel.value()[0].item(), w2 = model.kernel.value()[1].item(),
               b = model.bias->item();
  fmt::print("found  y = {:.3f} x1 {:+.3f} x2 {:+.3f}\ntruth  y = 2.000 x1 -3.000 x2 +0.500\n", w1, w2, b);
  const bool good = std::abs(w1 - 2) < 0.01 && std::abs(w2 + 3) < 0.01 && std::abs(b - 0.5) < 0.01;
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return program::run(body, argc, argv); }
