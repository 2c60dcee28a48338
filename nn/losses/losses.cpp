#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/loss.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/softmax.h>
#include <hourglass/nn/losses/losses.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/views.h>

#include <algorithm>

namespace hourglass::nn {

namespace {

constexpr double kSmallest = 1e-7;  // probability, as in Keras

// What makes the reduction asked for of a mean over all elements.
double factor_of(const Variable& p, Reduction reduction) {
  if (reduction == Reduction::mean) return 1.0;
  const double sum = static_cast<double>(p.size());
  if (reduction == Reduction::sum) return sum;
  return sum / static_cast<double>(std::max<std::int64_t>(p.rank() > 0 ? p.shape(0) : 1, 1));
}

Variable reduce_mean(const Variable& mean, const Variable& p, Reduction reduction) {
  return reduction == Reduction::mean ? mean : mean * factor_of(p, reduction);
}

// Σ terms, divided by the number of distributions if asked for.
Variable reduce_classes(const Variable& terms, bool take_mean) {
  Variable total = sum(terms);
  if (!take_mean) return total;
  return total / static_cast<double>(terms.shape().without(-1).size());
}

void expect_classes(const char* op, const Variable& p) {
  if (p.rank() < 1) throw ShapeError("{}: needs an axis of classes, got a scalar", op);
}

}  // namespace

Variable mean_squared_error(const Variable& p, const Variable& t, Reduction reduction) {
  return mse(p, t, factor_of(p, reduction));
}

Variable mean_absolute_error(const Variable& p, const Variable& t, Reduction reduction) {
  expect_same_form("mean_absolute_error", p.value(), t.value());
  return reduce_mean(mean(abs(p - t)), p, reduction);
}

Variable huber(const Variable& p, const Variable& t, HuberOptions options) {
  expect_same_form("huber", p.value(), t.value());
  const double delta = options.delta;
  if (!(delta > 0.0)) throw DataError("huber: delta must be positive, got {}", delta);
  const Variable d = p - t, size = abs(d);
  const Variable terms = where(size.value() <= delta, 0.5 * square(d), delta * size - 0.5 * delta * delta);
  return reduce_mean(mean(terms), p, options.reduction);
}

Variable binary_crossentropy(const Variable& p, const Variable& t, CrossentropyOptions options) {
  expect_same_form("binary_crossentropy", p.value(), t.value());
  if (options.from_logits) return bce_with_logits(p, t, factor_of(p, options.reduction));
  expect_unit_interval("binary_crossentropy", t.value());
  const Variable q = clip(p, kSmallest, 1.0 - kSmallest);
  return reduce_mean(mean(-(t * log(q) + (1.0 - t) * log(1.0 - q))), p, options.reduction);
}

Variable categorical_crossentropy(const Variable& p, const Variable& t, CategoricalOptions options) {
  expect_same_form("categorical_crossentropy", p.value(), t.value());
  expect_classes("categorical_crossentropy", p);
  const Variable log_p = options.from_logits ? log_softmax(p, -1) : log(clip(p, kSmallest, 1.0));
  return reduce_classes(-(t * log_p), options.mean);
}

Variable sparse_categorical_crossentropy(const Variable& p, const Tensor& labels,
                                         CategoricalOptions options) {
  expect_classes("sparse_categorical_crossentropy", p);
  if (labels.dtype() != int64) {
    throw DTypeError(
        "sparse_categorical_crossentropy: labels must be int64, got {}; convert with labels.to(hg::int64)",
        name(labels.dtype()));
  }
  if (!(labels.shape() == p.shape().without(-1))) {
    throw ShapeError("sparse_categorical_crossentropy: predictions {} need labels of shape {}, got {}",
                     p.shape(), p.shape().without(-1), labels.shape());
  }
  const std::int64_t classes = p.shape(-1);
  const Tensor flat = labels.contiguous();
  const std::int64_t* const values = flat.data<std::int64_t>();
  for (std::int64_t i = 0; i < flat.size(); ++i) {
    if (values[i] >= 0 && values[i] < classes) continue;
    throw DataError("sparse_categorical_crossentropy: label {} is not one of the {} classes 0 to {}",
                    values[i], classes, classes - 1);
  }
  const Tensor one_hot = unsqueeze(labels, -1) == arange(0, static_cast<double>(classes), 1, int64);
  return categorical_crossentropy(p, one_hot.to(p.dtype()), options);
}

Variable kl_divergence(const Variable& p, const Variable& t) {
  expect_same_form("kl_divergence", p.value(), t.value());
  expect_classes("kl_divergence", p);
  const Variable q = clip(p, kSmallest, 1.0), r = clip(t, kSmallest, 1.0);
  return reduce_classes(r * (log(r) - log(q)), true);
}

}  // namespace hourglass::nn
