// minimize() against backward() and step(), and the blocks that it multiplies.

#include "support/expect_error.h"

#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/fast/products.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/linalg.h>
#include <hourglass/autograd/ops/loss.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/autograd/trace.h>
#include <hourglass/optim.h>
#include <hourglass/tensor/ops/elementwise.h>

#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/linalg.h>
#include <hourglass/tensor/ops/product_tiles.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <gtest/gtest.h>

#include <functional>
#include <memory>

namespace hourglass::optim {
namespace {

using Parameters = std::vector<NamedParameter>;
using Loss = std::function<Variable(const Parameters&)>;

double difference(const Tensor& a, const Tensor& b) { return max(abs(a - b)).item(); }

Variable parameter(const Shape& shape, std::uint64_t seed, DType dtype) {
  Generator g(seed);
  return Variable::parameter(normal(shape, 0.0, 0.1, g, dtype));
}

// The kernels are of the size from which on gradients stay products.
Parameters two_layers(DType dtype) {
  return {{"k1", parameter({300, 450}, 1, dtype)},
          {"b1", parameter({450}, 2, dtype)},
          {"k2", parameter({450, 300}, 3, dtype)},
          {"b2", parameter({300}, 4, dtype)}};
}

Tensor batch(DType dtype) {
  Generator g(9);
  return normal({40, 300}, 0.0, 1.0, g, dtype);
}

Variable autoencoder_loss(const Parameters& p) {
  const Tensor x = batch(p[0].variable.dtype());
  const Variable h = affine(x, p[0].variable, p[1].variable, Epilogue::tanh);
  return mse(affine(h, p[2].variable, p[3].variable), x);
}

// The parameters after a few steps, by minimize() or by backward() and step().
Parameters trained(Parameters p, const Loss& loss, Optimizer& optimizer, bool minimize, int steps = 3) {
  for (int i = 0; i < steps; ++i) {
    if (minimize) {
      optimizer.minimize(loss(p), p);
    } else {
      backward(loss(p));
      optimizer.step(p);
    }
    for (const NamedParameter& each : p) EXPECT_FALSE(each.variable.gradient()) << each.name;
  }
  EXPECT_EQ(optimizer.iterations(), steps);
  return p;
}

void expect_same(const std::function<Parameters()>& make_parameters, const Loss& loss,
                 const std::function<std::unique_ptr<Optimizer>()>& make_optimizer, double tolerance = 0.0) {
  const auto one = make_optimizer(), other = make_optimizer();
  const Parameters start = make_parameters(), a = trained(make_parameters(), loss, *one, true),
                   b = trained(make_parameters(), loss, *other, false);
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_LE(difference(a[i].variable.value(), b[i].variable.value()), tolerance)
        << one->name() << ", " << a[i].name;
    EXPECT_GT(difference(a[i].variable.value(), start[i].variable.value()), 0.0) << a[i].name;
  }
}

std::unique_ptr<Optimizer> adam() { return std::make_unique<Adam>(); }

TEST(Minimize, IsBackwardAndStep) {
  const std::vector<std::function<std::unique_ptr<Optimizer>()>> optimizers{
      adam,
      [] { return std::make_unique<SGD>(); },
      [] { return std::make_unique<SGD>(SGDOptions{.momentum = 0.9, .nesterov = true}); },
      [] { return std::make_unique<RMSprop>(); },
      [] { return std::make_unique<Adagrad>(); },
      [] { return std::make_unique<Adadelta>(); },
      [] { return std::make_unique<Adam>(AdamOptions{.amsgrad = true}); },
      [] { return std::make_unique<AdamW>(); },
      [] {
        return std::make_unique<Adam>(AdamOptions{.clipping = {.clipvalue = 1e-4, .global_clipnorm = 1e-3}});
      }};
  for (const auto& make : optimizers) {
    for (const DType dtype : {float32, float64}) {
      expect_same([=] { return two_layers(dtype); }, autoencoder_loss, make);
    }
  }
}

bool is_product(const NamedParameter& p) { return p.variable.node()->gradient.product() != nullptr; }

TEST(Minimize, LeavesProductsToWhomTakesThem) {
  const Parameters p = two_layers(float32);
  const Node* const first = p[0].variable.node().get();
  fast::backward_leaving_products(autoencoder_loss(p), [&](const Node& leaf) { return &leaf == first; });
  EXPECT_TRUE(is_product(p[0]));
  for (const std::size_t i : {1U, 2U, 3U}) EXPECT_FALSE(is_product(p[i])) << p[i].name;
  const Tensor product = p[0].variable.gradient()->value();
  EXPECT_FALSE(is_product(p[0]));
  const Parameters q = two_layers(float32);
  backward(autoencoder_loss(q));
  EXPECT_LE(difference(product, q[0].variable.gradient()->value()), 1e-7);
  backward(autoencoder_loss(p));  // adds to what is left
  for (const std::size_t i : {0U, 2U})
    EXPECT_LE(difference(p[i].variable.gradient()->value(), q[i].variable.gradient()->value() * 2.0), 1e-7);
}

TEST(Minimize, KnowsKernelsThatAreUsedTwice) {
  const auto square_kernel = [] {
    return Parameters{{"k", parameter({400, 400}, 1, float32)}, {"b", parameter({400}, 2, float32)}};
  };
  Generator g(3);
  const Tensor x = normal({30, 400}, 0.0, 1.0, g);
  const Loss twice = [&](const Parameters& p) {
    const Variable h = affine(x, p[0].variable, p[1].variable, Epilogue::tanh);
    return mse(affine(h, p[0].variable, p[1].variable), x);
  };
  const Loss tied = [&](const Parameters& p) {
    const Variable h = affine(x, p[0].variable, p[1].variable, Epilogue::tanh);
    return mse(affine(h, transpose(p[0].variable), p[1].variable), x);
  };
  const Loss penalised = [&](const Parameters& p) {
    return mse(affine(x, p[0].variable, p[1].variable), x) + 1e-3 * sum(square(p[0].variable));
  };
  // What is added in another order is not the same to the last bit.
  for (const Loss& loss : {twice, tied, penalised}) expect_same(square_kernel, loss, adam, 1e-5);
}

TEST(Minimize, KnowsInputsThatAreParameters) {
  const Loss loss = [](const Parameters& p) {
    return sum(square(affine(p[0].variable, p[1].variable, p[2].variable)));
  };
  expect_same(
      [] {
        return Parameters{{"x", parameter({20, 400}, 1, float32)},
                          {"k", parameter({400, 400}, 2, float32)},
                          {"b", parameter({400}, 3, float32)}};
      },
      loss, adam);
}

TEST(Minimize, TouchesNothingButItsParameters) {
  Parameters p = two_layers(float32);
  const Tensor k2 = p[2].variable.value().clone();
  p[0].variable.set_requires_grad(false);
  const Tensor k1 = p[0].variable.value().clone();
  SGD sgd;
  const Parameters first{p[0], p[1]};
  sgd.minimize(autoencoder_loss(p), first);
  EXPECT_EQ(difference(p[0].variable.value(), k1), 0.0);
  EXPECT_EQ(difference(p[2].variable.value(), k2), 0.0);
  EXPECT_FALSE(is_product(p[2]));
  EXPECT_TRUE(p[2].variable.gradient());
}

TEST(Minimize, LeavesNothingUnseenToATrace) {
  const Variable k = Variable::parameter(zeros({400, 400})), b = Variable::parameter(zeros({400}));
  const Tensor x = full({20, 400}, 1e30);
  const Parameters p{{"k", k}, {"b", b}};
  const auto loss = [&] {
    return sum(affine(x, k, b)) * 1e20;
  };  // dW = Xᵀ dZ is too large, both its factors are not
  SGD sgd;
  {
    const Trace trace;
    EXPECT_THROW_TEXT(sgd.minimize(loss(), p), GradientError, "affine");
  }
  EXPECT_EQ(difference(k.value(), zeros({400, 400})), 0.0);
}

TEST(Minimize, LosesNothingWhenItThrows) {
  const Parameters p = two_layers(float32), q = two_layers(float32);
  const Parameters wrong{p[0], p[1], p[2], {"k1", p[3].variable}};
  Adam adam;
  EXPECT_THROW_TEXT(adam.minimize(autoencoder_loss(p), wrong), DataError, "the name \"k1\" stands");
  EXPECT_EQ(adam.iterations(), 0);
  backward(autoencoder_loss(q));
  for (std::size_t i = 0; i < p.size(); ++i) {
    EXPECT_FALSE(is_product(p[i]));
    EXPECT_LE(difference(p[i].variable.gradient()->value(), q[i].variable.gradient()->value()), 1e-7);
    EXPECT_EQ(difference(p[i].variable.value(), q[i].variable.value()), 0.0);
  }
}

void expect_blocks(std::int64_t depth, std::int64_t rows, std::int64_t columns) {
  Generator g(5);
  const Tensor a = normal({depth, rows}, 0.0, 1.0, g), b = normal({depth, columns}, 0.0, 1.0, g);
  const Tensor product = matmul(transpose(a), b), beside = zeros({rows, columns});
  Tensor gathered = full({rows, columns}, 1e9);
  const ProductTiles tiles(a, b);
  for (std::int64_t i = 0; i < tiles.blocks(); ++i) {
    tiles.for_each_tile(i, {{beside.data<float>()}, 1, columns}, [&](const ProductTiles::Tile& t) {
      for (std::int64_t r = 0; r < t.rows; ++r)
        std::copy_n(t.elements + r * t.stride, t.columns,
                    gathered.mutable_data<float>() + (t.row + r) * columns + t.column);
    });
  }
  if (product.size() == 0) return;
  EXPECT_LE(difference(gathered, product), ProductTiles::is_worth_it() ? 0.0 : 1e-4)
      << depth << " deep, " << rows << " x " << columns;
}

TEST(ProductTiles, MakeUpTheProduct) {
  for (const std::int64_t depth : {1, 7, 128, 300}) {
    for (const auto& [rows, columns] : std::vector<std::pair<std::int64_t, std::int64_t>>{
             {1, 1}, {5, 20}, {24, 128}, {25, 129}, {97, 256}, {30, 1024}, {200, 300}, {0, 5}, {5, 0}}) {
      expect_blocks(depth, rows, columns);
    }
  }
}

}  // namespace
}  // namespace hourglass::optim
