#include "support/expect_error.h"

#include <hourglass/autoencoders/vector_quantized.h>
#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/losses/losses.h>
#include <hourglass/optim/adam.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/training/fit.h>

#include <gmock/gmock.h>

namespace hourglass::autoencoders {
namespace {

VectorQuantizedAutoencoder small(std::optional<double> average = {}) {
  return VectorQuantizedAutoencoder({.image = {4, 4},
                                     .latent = 3,
                                     .codes = 5,
                                     .filters = 2,
                                     .variance = 0.2,
                                     .quantizer = {.moving_average = average, .dtype = float64}});
}

// The gradient of the whole loss is that of a loss without sg and argmin: with the choices, the vectors z and
// the codes q held as they are now,  d(g(f(x) + (q − z)), x) + ‖e − z‖² + β ‖f(x) − q‖².
TEST(VectorQuantized, HasTheGradientsOfItsLossWithTheChoicesHeld) {
  for (const std::optional<double> average : {std::optional<double>(), std::optional<double>(0.9)}) {
    set_seed(5);
    VectorQuantizedAutoencoder model = small(average);
    const Tensor x = uniform({2, 16}, 0.0, 1.0, default_generator(), float64);
    const Tensor z = model.encoder(x).value();
    const Tensor which = reshape(model.quantizer.indices(z), {-1});
    const Tensor q = model.quantizer.lookup(model.quantizer.indices(z));
    std::vector<NamedParameter> parameters = nn::parameters(model);
    std::erase_if(parameters, [](const NamedParameter& p) { return !p.variable.requires_grad(); });
    const auto held = [&](VectorQuantizedAutoencoder& m) {
      const Variable now = m.encoder(x);
      Variable loss =
          nn::mean_squared_error(m.decoder(now + (q - z)), x) / 0.2 + 0.25 * nn::mean_squared_error(now, q);
      if (!average)
        loss += nn::mean_squared_error(reshape(take(m.quantizer.codebook, which), z.shape()), Variable(z));
      return loss;
    };
    std::vector<Variable> inputs;
    for (const NamedParameter& p : parameters) inputs.push_back(p.variable);
    model.eval();  // the moving averages stand still
    const Variable whole = model.loss(x).total;
    EXPECT_NEAR(whole.item(), held(model).item(), 1e-12);
    const std::vector<Variable> got = grad(std::vector{whole}, inputs);
    const std::vector<Variable> expected = grad(std::vector{held(model)}, inputs);
    for (std::size_t i = 0; i < inputs.size(); ++i)
      EXPECT_LT(max(abs(got[i].value() - expected[i].value())).item(), 1e-12) << parameters[i].name;
    EXPECT_EQ(parameters.back().name.starts_with("decoder"), true);
  }
}

TEST(VectorQuantized, DecodesWhatItsIndicesSay) {
  set_seed(6);
  VectorQuantizedAutoencoder model;
  const Tensor x = uniform({3, 784});
  const Tensor indices = model.indices(x);
  EXPECT_EQ(indices.shape(), (Shape{3, 7, 7}));
  EXPECT_LT(max(abs(model.decode_indices(indices) - model.reconstruct(x).value())).item(), 1e-5);
  const CodeUse use = code_use(tensor({0, 0, 1, 1}).to(int64), 8);
  EXPECT_EQ(use.used, 2);
  EXPECT_NEAR(use.perplexity, 2.0, 1e-12);
  EXPECT_THROW_TEXT(VectorQuantizedAutoencoder({.variance = 0.0}), DataError, "must be positive, got 0");
  EXPECT_THROW_TEXT((void)code_use(zeros({0}, int64), 8), DataError, "there is no index");
}

TEST(VectorQuantized, LearnsEitherWay) {
  for (const std::optional<double> average : {std::optional<double>(), std::optional<double>(0.9)}) {
    set_seed(7);
    VectorQuantizedAutoencoder model = small(average);
    const Tensor centres = uniform({4, 16}, 0.0, 1.0, default_generator(), float64);
    const data::Batches batches(take(centres, randint({200}, 0, 4), 0).to(float32), {.batch_size = 50});
    optim::Adam adam({.learning_rate = 0.01});
    const auto loss = [&](const data::Batch& b) -> Variable { return model.loss(b.x.to(float64)); };
    const training::History history =
        training::fit(model, adam, loss, batches, {.epochs = 60, .verbose = training::Verbose::silent});
    EXPECT_LT(history.epochs.back().loss, 0.5 * history.epochs.front().loss);
  }
}

}  // namespace
}  // namespace hourglass::autoencoders
