// Outputs for more data than one pass holds.

#include "support/expect_error.h"

#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/dropout.h>
#include <hourglass/nn/sequential.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/training/predict.h>

namespace hourglass::training {
namespace {

using data::Batch;
using data::Batches;

void expect_same(const Tensor& a, const Tensor& b) {
  ASSERT_EQ(a.shape(), b.shape());
  const Tensor x = a.contiguous(), y = b.contiguous();
  for (std::int64_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x.data<float>()[i], y.data<float>()[i], 1e-6);
}

TEST(Predict, PutsTheBatchesTogetherInOrder) {
  nn::Sequential model{nn::Dense(3, 4), nn::Dropout(0.5), nn::Dense(4, 2)};
  const Tensor x = uniform({11, 3});
  const std::int64_t alive = Node::live_ops();
  model.eval();
  const Tensor whole = no_grad([&] { return model(x).value(); });
  model.train();
  expect_same(predict(model, x, 4), whole);
  expect_same(predict(model, x, 100), whole);
  expect_same(predict(model, Batches(x, {.batch_size = 5})), whole);
  expect_same(predict(
                  model, [&](const Batch& b) { return model(b.x); }, Batches(x, {.batch_size = 1})),
              whole);
  EXPECT_TRUE(model.is_training());
  EXPECT_EQ(Node::live_ops(), alive);
}

TEST(Predict, TakesAnyTypeAndFunction) {
  nn::Dense model(3, 4, {.dtype = float64});
  Generator generator(1);
  const Tensor x = uniform({5, 3}, 0.0, 1.0, generator, float64);
  EXPECT_EQ(predict(model, x, 2).dtype(), float64);
  EXPECT_EQ(
      predict(
          model, [&](const Tensor& part) { return model.kernel.value() * static_cast<double>(part.size()); },
          x, 2)
          .shape(),
      Shape({9, 4}));
}

TEST(Predict, SaysWhatIsWrong) {
  nn::Dense model(3, 4);
  const Tensor x = uniform({6, 3});
  EXPECT_THROW_TEXT((void)predict(model, Batches(x, {.shuffle = true})), DataError,
                    "the batches are shuffled");
  EXPECT_THROW_TEXT((void)predict(model, Tensor(Shape{0, 3}, float32)), DataError,
                    "the data give no batch: batch_count() is 0; give more examples");
  EXPECT_THROW_TEXT((void)predict(model, x, 0), DataError,
                    "the batch size must be at least 1, got 0; 32 is usual");
  EXPECT_THROW_TEXT((void)predict(model, Tensor(Shape{}, float32)), ShapeError,
                    "got shape (); unsqueeze(x, 0) makes one example of it");
}

}  // namespace
}  // namespace hourglass::training
