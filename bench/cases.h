#pragma once

#include <hourglass/nn/module.h>

#include <functional>
#include <memory>
#include <string>

/// The autoencoders whose training is timed.
///
///   a   784-64(relu)-784(sigmoid), MSE               b   784-512-256-32-256-512-784 relu, BCE on logits
///   ca  a with N(0, 0.3²) noise, clipped, each step  cb  b with the same noise
///   d   784-1024(relu)-784(sigmoid), MSE + 10⁻⁴ mean|h|
///   e   variational 784-400-(20, 20)-400-784, negative ELBO
///   f1  conv 16 - pool - conv 8 - pool - transposed 8 s2 - transposed 16 s2 - conv 1 sigmoid, MSE
///   f2  conv 32 s2 - conv 64 s2 - dense 16 - dense 3136 - transposed 64 s2 - 32 s2 - 1, BCE on logits
///   f2v f2 as a variational autoencoder with 16 latents
///   g   LSTM autoencoder of 28 steps of 28 features: 64 units - repeated 28 times - 64 units - dense 28, MSE
///   iw  importance-weighted 784-200-200-(50, 50), tanh, 5 samples of each code
namespace bench {

inline constexpr std::int64_t kPixels = 784;

struct Case {
  std::shared_ptr<hourglass::nn::Module> model;
  std::function<hourglass::Variable(const hourglass::Tensor&)> loss;  // of a batch (N, 784)
  double macs;                                                        // multiply-adds forward, per image
};

/// `width`: of the hidden layers of a and e, filters of the first layer of f2 and f2v; 0 for their own.
/// Throws DataError for a name that is none.
[[nodiscard]] Case make_case(const std::string& name, std::int64_t width = 0);

}  // namespace bench
