#include <hourglass/autograd/ops/activation.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/loss.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/softmax.h>
#include <hourglass/nn/losses/losses.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/missing.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/views.h>

#include <cmath>

namespace hourglass::nn {

namespace {

constexpr double kSmallest = 1e-7;  // probability, as in Keras

// All axes but that of the examples.
Axes inner_axes(const char* op, const Variable& x) {
  if (x.rank() < 1)
    throw ShapeError(
        "{}: one loss for each example needs an axis of examples, got a scalar; unsqueeze adds one", op);
  Axes axes;
  for (int axis = 1; axis < x.rank(); ++axis) axes.list.push_back(axis);
  return axes;
}

// (B, …) -> (B,)
Variable mean_of_each(const char* op, const Variable& terms) {
  const Axes axes = inner_axes(op, terms);
  return axes.list.empty() ? terms : mean(terms, axes);
}

// What makes the reduction asked for of a mean over all terms.
double factor_of(const char* op, const Variable& terms, Reduction reduction) {
  if (reduction == Reduction::mean) return 1.0;
  const auto sum = static_cast<double>(terms.size());
  if (reduction == Reduction::sum) return sum;
  return sum / example_count(op, terms.shape());
}

Variable reduce(const char* op, const Variable& terms, Reduction reduction) {
  if (reduction == Reduction::none) return mean_of_each(op, terms);
  const Variable all = mean(terms);
  return reduction == Reduction::mean ? all : all * factor_of(op, terms, reduction);
}

// Terms (…, C) of distributions over C classes.
Variable reduce_classes(const char* op, const Variable& terms, Reduction reduction) {
  if (reduction == Reduction::none) return mean_of_each(op, sum(terms, -1));
  Variable total = sum(terms);
  const Shape labels = terms.shape().without(-1);
  if (reduction == Reduction::mean) return total / static_cast<double>(labels.size());
  if (reduction == Reduction::sum) return total;
  return total / example_count(op, labels);
}

void expect_classes(const char* op, const Variable& p) {
  if (p.rank() < 1)
    throw ShapeError(
        "{}: needs an axis of classes, got a scalar; give one score for each class along the last axis", op);
}

}  // namespace

Variable mean_squared_error(const Variable& p, const Variable& t, const LossOptions& options) {
  if (options.reduction != Reduction::none)
    return mse(p, t, factor_of("mean_squared_error", p, options.reduction));
  expect_same_form("mean_squared_error", p.value(), t.value());
  return mean_of_each("mean_squared_error", square(p - t));
}

Variable root_mean_squared_error(const Variable& p, const Variable& t, const LossOptions& options) {
  constexpr const char* kOp = "root_mean_squared_error";
  expect_same_form(kOp, p.value(), t.value());
  if (options.reduction != Reduction::none)
    return norm(p - t) * std::sqrt(factor_of(kOp, p, options.reduction) / static_cast<double>(p.size()));
  const Axes axes = inner_axes(kOp, p);
  if (axes.list.empty()) return abs(p - t);
  return norm(p - t, axes) / std::sqrt(static_cast<double>(p.shape().without(0).size()));
}

Variable mean_absolute_error(const Variable& p, const Variable& t, const LossOptions& options) {
  expect_same_form("mean_absolute_error", p.value(), t.value());
  return reduce("mean_absolute_error", abs(p - t), options.reduction);
}

Variable huber(const Variable& p, const Variable& t, const HuberOptions& options) {
  expect_same_form("huber", p.value(), t.value());
  const double delta = options.delta;
  if (!(delta > 0.0))
    throw DataError(
        "huber: delta must be positive, got {}; it is the error at which the loss becomes linear, 1 is usual",
        delta);
  const Variable d = p - t, size = abs(d);
  const Variable terms = where(size.value() <= delta, 0.5 * square(d), delta * size - 0.5 * delta * delta);
  return reduce("huber", terms, options.reduction);
}

Variable binary_crossentropy(const Variable& p, const Variable& t, const CrossentropyOptions& options) {
  constexpr const char* kOp = "binary_crossentropy";
  expect_same_form(kOp, p.value(), t.value());
  const bool fused = options.from_logits && options.reduction != Reduction::none;
  if (fused) return bce_with_logits(p, t, factor_of("binary_crossentropy", p, options.reduction));
  expect_unit_interval(kOp, t.value());
  if (options.from_logits) return mean_of_each(kOp, softplus(p) - t * p);
  const Variable q = clip(p, kSmallest, 1.0 - kSmallest);
  return reduce(kOp, -(t * log(q) + (1.0 - t) * log(1.0 - q)), options.reduction);
}

Variable categorical_crossentropy(const Variable& p, const Variable& t, const CrossentropyOptions& options) {
  expect_same_form("categorical_crossentropy", p.value(), t.value());
  expect_classes("categorical_crossentropy", p);
  const Variable log_p = options.from_logits ? log_softmax(p, -1) : log(clip(p, kSmallest, 1.0));
  return reduce_classes("categorical_crossentropy", -(t * log_p), options.reduction);
}

Variable sparse_categorical_crossentropy(const Variable& p, const Tensor& labels,
                                         const CrossentropyOptions& options) {
  expect_classes("sparse_categorical_crossentropy", p);
  if (labels.dtype() != int64) {
    throw DTypeError(
        "sparse_categorical_crossentropy: labels must be int64, got {}; convert with labels.to(hg::int64){}",
        name(labels.dtype()), detail::note_if_missing(p.shape(), labels.shape()));
  }
  if (!(labels.shape() == p.shape().without(-1))) {
    throw ShapeError(
        "sparse_categorical_crossentropy: predictions {} need labels of shape {}, got {}; labels are one "
        "number for each row of scores (argmax makes them of one-hot rows)",
        p.shape(), p.shape().without(-1), labels.shape());
  }
  const std::int64_t classes = p.shape(-1);
  const Tensor flat = labels.contiguous();
  const std::int64_t* const values = flat.data<std::int64_t>();
  for (std::int64_t i = 0; i < flat.size(); ++i) {
    if (values[i] >= 0 && values[i] < classes) continue;
    throw DataError(
        "sparse_categorical_crossentropy: label {} is not one of the {} classes 0 to {}; the last axis of "
        "the predictions must have the number of classes",
        values[i], classes, classes - 1);
  }
  const Tensor one_hot = unsqueeze(labels, -1) == arange(0, static_cast<double>(classes), 1, int64);
  return categorical_crossentropy(p, one_hot.to(p.dtype()), options);
}

Variable kl_divergence(const Variable& p, const Variable& t, const LossOptions& options) {
  expect_same_form("kl_divergence", p.value(), t.value());
  expect_classes("kl_divergence", p);
  const Variable q = clip(p, kSmallest, 1.0), r = clip(t, kSmallest, 1.0);
  return reduce_classes("kl_divergence", r * (log(r) - log(q)), options.reduction);
}

}  // namespace hourglass::nn
