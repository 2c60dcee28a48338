#include <hourglass/autoencoders/steps.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/steps.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/factory.h>

#include <cmath>
#include <numbers>

namespace hourglass::autoencoders {

namespace {

constexpr double kSurelyNot = -1e4;  // a logit whose probability is 0, and its cross-entropy with 0 as well

Variable as_rows(const Variable& x) { return reshape(x, {x.shape(0), -1}); }

// y (N, T·F) with `fill` in place of what is not there.
Variable there(const Variable& y, const StepsOf& steps, double fill) {
  if (!steps.lengths) return y;
  const Variable each = reshape(y, steps.x.shape());
  const Tensor mask = unsqueeze(steps_there(*steps.lengths, each.shape(1)), 2);
  return as_rows(where(mask, each, full({1, 1, 1}, fill, y.dtype())));
}

}  // namespace

StepsOf steps_of(const char* kind, const Variable& x, std::int64_t features) {
  const bool rows = x.rank() == 2 && x.shape(1) > 0 && x.shape(1) % features == 0;
  if (!rows && !(x.rank() == 3 && x.shape(2) == features && x.shape(1) > 0)) {
    throw ShapeError("{}: examples are (N, T, {}), or rows (N, {} T), got shape {}; Reshape may help", kind,
                     features, features, x.shape());
  }
  const Variable each = rows ? reshape(x, {x.shape(0), x.shape(1) / features, features}) : x;
  const Tensor lengths = lengths_of(each.value());
  bool all = true;
  for (std::int64_t i = 0; i < lengths.size(); ++i)
    all = all && lengths.data<std::int64_t>()[i] == each.shape(1);
  if (all) return {each, {}};
  return {mask_steps(each, lengths), lengths};
}

Variable rows_of(const char* kind, const Variable& y, const StepsOf& steps) {
  const std::int64_t wanted = steps.x.shape(1) * steps.x.shape(2);
  Variable rows = as_rows(y);
  if (rows.shape(1) == wanted) return rows;
  if (rows.shape(1) < wanted)
    throw ShapeError("{}: examples of {} steps, but the decoder gives {}; make the model with as many steps",
                     kind, steps.x.shape(1), rows.shape(1) / steps.x.shape(2));
  return slice(rows, 1, {0, wanted});
}

Loss reconstruction_loss(ReconstructionLoss kind, const Variable& y, const StepsOf& steps) {
  const Variable x = as_rows(steps.x);
  if (!steps.lengths) return reconstruction_loss(kind, y, x);
  double count = 0.0;
  for (std::int64_t i = 0; i < x.shape(0); ++i)
    count += static_cast<double>(steps.lengths->data<std::int64_t>()[i] * steps.x.shape(2));
  Loss loss =
      reconstruction_loss(kind, there(y, steps, kind == ReconstructionLoss::bce ? kSurelyNot : 0.0), x);
  loss.total = loss.reconstruction = loss.total * (static_cast<double>(x.size()) / count);
  return loss;
}

Variable log_of_each(const OutputDistribution& output, const Variable& y, const StepsOf& steps) {
  const bool gaussian = output.likelihood == Likelihood::gaussian;
  Variable log_p = output.log_of_each(there(y, steps, gaussian ? 0.0 : kSurelyNot), as_rows(steps.x));
  if (!steps.lengths || !gaussian) return log_p;
  // What is not there counted as numbers that were met exactly.
  const double each = 0.5 * (std::log(output.variance) + std::log(2.0 * std::numbers::pi));
  Tensor extra({y.shape(0)}, float64);
  for (std::int64_t i = 0; i < extra.size(); ++i) {
    const std::int64_t missing = steps.x.shape(1) - steps.lengths->data<std::int64_t>()[i];
    extra.mutable_data<double>()[i] = each * static_cast<double>(missing * steps.x.shape(2));
  }
  return log_p + extra.to(y.dtype());
}

}  // namespace hourglass::autoencoders
