#include <hourglass/anomaly/internal/train.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/data/batches.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/optim/adam.h>
#include <hourglass/optim/schedule.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/training/fit.h>

#include <algorithm>

namespace hourglass::anomaly::internal {

namespace ae = autoencoders;

namespace {

// Calls f(column, first tensor column) for each column of the table.
template <class F>
void each_column(const std::vector<ae::TableColumn>& columns, F f) {
  std::int64_t begin = 0;
  for (const ae::TableColumn& c : columns) {
    f(c, begin);
    begin += c.width;
  }
}

}  // namespace

std::unique_ptr<ae::Autoencoder> usual_model(const std::vector<ae::TableColumn>& columns,
                                             const DetectorOptions& options) {
  std::int64_t d = 0;
  for (const ae::TableColumn& c : columns) d += c.width;
  const std::int64_t w = options.width > 0 ? options.width : std::clamp<std::int64_t>(8 * d, 128, 256);
  ae::Halves halves{nn::Sequential{nn::Dense(d, w, {.activation = relu})},
                    nn::Sequential{nn::Dense(w, w, {.activation = relu}), nn::Dense(w, d)}, w};
  return std::make_unique<ae::TabularAutoencoder>(std::move(halves), ae::TabularOptions{
                                                                         .columns = columns,
                                                                         .hidden = {},
                                                                         .latent = w,
                                                                     });
}

Tensor noisy(const Tensor& x, const std::vector<ae::TableColumn>& columns, double noise) {
  const std::int64_t n = x.shape(0), c = std::ssize(columns);
  const Tensor level = square(uniform({n, 1}));
  const Tensor added = (noise * level) * normal({n, c});
  const Tensor hit = less(uniform({n, c}), 0.5 * level);
  const Tensor others = randint({n, c}, 0, n);
  std::vector<Tensor> parts;
  std::int64_t i = 0;
  each_column(columns, [&](const ae::TableColumn& column, std::int64_t begin) {
    const Tensor own = slice(x, 1, {begin, begin + column.width});
    if (column.is_category()) {
      const Tensor rows = reshape(slice(others, 1, {i, i + 1}).contiguous(), {n});
      parts.push_back(where(slice(hit, 1, {i, i + 1}), take(own, rows), own));
    } else {
      parts.push_back(own + slice(added, 1, {i, i + 1}));
    }
    ++i;
  });
  return concat(parts, 1);
}

void train(ae::Autoencoder& model, const std::vector<ae::TableColumn>& columns, const Tensor& x,
           const DetectorOptions& options, bool usual) {
  if (options.steps == 0) return;
  const data::Batches batches(x, {.batch_size = std::min(options.batch_size, x.shape(0)),
                                  .shuffle = true,
                                  .seed = options.seed,
                                  .drop_last = true});
  const std::int64_t epochs = (options.steps + batches.batch_count() - 1) / batches.batch_count();
  const std::int64_t steps = epochs * batches.batch_count();
  optim::Adam adam({.learning_rate = optim::CosineDecay{options.learning_rate, steps}});
  const training::FitOptions fit{.epochs = epochs, .verbose = training::Verbose::silent};
  const auto own = [&](const data::Batch& b) { return model.loss_of_batch(b); };
  const auto restoring = [&](const data::Batch& b) {
    auto& tabular = dynamic_cast<ae::TabularAutoencoder&>(model);
    return tabular.restoring_loss(noisy(b.x, columns, options.noise), b.x);
  };
  const training::History history = usual ? training::fit(model, adam, restoring, batches, fit)
                                          : training::fit(model, adam, own, batches, fit);
  if (history.interrupted) throw DataError("Detector: the training was interrupted; fit() it again");
}

}  // namespace hourglass::anomaly::internal
