// Several threads at once: backward over graphs that share leaves, and inference of one model.

#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/linalg.h>
#include <hourglass/autograd/ops/loss.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>

#include <gtest/gtest.h>

#include <thread>

namespace hourglass {
namespace {

struct Model {
  Variable w1 = random({20, 30}, 1), b1 = random({30}, 2), w2 = random({30, 20}, 3), b2 = random({20}, 4);

  static Variable random(const Shape& shape, std::uint64_t seed) {
    Generator g(seed);
    return Variable::parameter(normal(shape, 0.0, 0.3, g));
  }
  [[nodiscard]] Variable operator()(const Variable& x) const {
    return affine(affine(x, w1, b1, Epilogue::tanh), w2, b2);
  }
  [[nodiscard]] std::vector<Variable> leaves() const { return {w1, b1, w2, b2}; }
};

Tensor batch(std::uint64_t seed) {
  Generator g(seed);
  return normal({16, 20}, 0.0, 1.0, g);
}

template <class F>
void in_threads(int count, F f) {
  std::vector<std::thread> threads;
  for (int t = 0; t < count; ++t) threads.emplace_back(f, t);
  for (std::thread& thread : threads) thread.join();
}

TEST(Threads, AddUpInSharedLeaves) {
  const Model model;
  std::vector<Tensor> expected;
  for (const Variable& leaf : model.leaves()) expected.push_back(zeros(leaf.shape(), leaf.dtype()));
  for (int t = 0; t < 4; ++t) {
    for (int i = 0; i < 10; ++i) {
      const Tensor x = batch(static_cast<std::uint64_t>(10 * t + i));
      const Variable loss = mse(model(x), x);
      const std::vector<Variable> g = grad(std::span(&loss, 1), model.leaves());
      for (std::size_t k = 0; k < g.size(); ++k) expected[k] = expected[k] + g[k].value();
    }
  }
  in_threads(4, [&](int t) {
    for (int i = 0; i < 10; ++i) {
      const Tensor x = batch(static_cast<std::uint64_t>(10 * t + i));
      backward(mse(model(x), x));
      (void)model.w1.gradient();  // reading meanwhile is allowed
    }
  });
  const std::vector<Variable> leaves = model.leaves();
  for (std::size_t k = 0; k < leaves.size(); ++k)
    EXPECT_LE(max(abs(leaves[k].gradient()->value() - expected[k])).item(), 1e-5) << "leaf " << k;
}

TEST(Threads, GradOfSharedLeavesGivesTheSameBits) {
  const Model model;
  const auto gradient = [&](int t) {
    const Tensor x = batch(static_cast<std::uint64_t>(t));
    const Variable score = sum(square(model(x)));
    return grad(sum(square(grad(score, model.w1, {.create_graph = true}))), model.w2).value();
  };
  std::vector<Tensor> alone, together(4);
  for (int t = 0; t < 4; ++t) alone.push_back(gradient(t));
  in_threads(4, [&](int t) {
    for (int i = 0; i < 5; ++i) together[static_cast<std::size_t>(t)] = gradient(t);
  });
  for (std::size_t t = 0; t < 4; ++t) EXPECT_EQ(max(abs(alone[t] - together[t])).item(), 0.0);
}

TEST(Threads, InferWithOneModel) {
  const Model model;
  std::vector<Tensor> alone, together(4);
  for (std::uint64_t t = 0; t < 4; ++t) alone.push_back(model(batch(t)).value());
  in_threads(4, [&](int t) {
    const NoGrad guard;
    for (int i = 0; i < 20; ++i)
      together[static_cast<std::size_t>(t)] = model(batch(static_cast<std::uint64_t>(t))).value();
  });
  for (std::size_t t = 0; t < 4; ++t) EXPECT_EQ(max(abs(alone[t] - together[t])).item(), 0.0);
}

}  // namespace
}  // namespace hourglass
