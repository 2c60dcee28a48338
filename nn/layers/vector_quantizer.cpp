#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/initializer.h>
#include <hourglass/nn/layers/vector_quantizer.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/index.h>
#include <hourglass/tensor/ops/linalg.h>
#include <hourglass/tensor/ops/random.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace hourglass::nn {

namespace {

constexpr double kEpsilon = 1e-5;
constexpr double kUsageAverage = 0.99;  // γ of the usage where the codes themselves follow a loss

// (…, D) -> (M, D)
Tensor rows_of(const Tensor& z) { return reshape(z, {-1, z.shape(-1)}); }

}  // namespace

VectorQuantizer::VectorQuantizer(std::int64_t codes, std::int64_t width,
                                 const VectorQuantizerOptions& options)
    : options_(options) {
  if (std::min(codes, width) < 1) {
    throw ShapeError("VectorQuantizer: cannot have {} codes of {} numbers; give at least one of each", codes,
                     width);
  }
  if (!(options.commitment >= 0.0))
    throw DataError("VectorQuantizer: commitment must not be negative, got {}; 0.25 is usual",
                    options.commitment);
  if (!(options.revive_below >= 0.0 && options.revive_below < 1.0))
    throw DataError("VectorQuantizer: revive_below must be in [0, 1), got {}; 0 revives none",
                    options.revive_below);
  if (const auto g = options.moving_average; g && !(*g > 0.0 && *g < 1.0))
    throw DataError("VectorQuantizer: moving_average must be in (0, 1), got {}; 0.99 is usual", *g);
  const double range = 1.0 / static_cast<double>(codes);
  const Tensor values = random_uniform(range)({codes, width}, options.dtype);
  codebook = Variable::parameter(values);
  usage = ones({codes}, options.dtype);
  if (!options.moving_average) return;
  codebook.set_requires_grad(false);
  sums = values.clone();
}

void VectorQuantizer::visit(Visitor& v) {
  v("codebook", codebook), v("usage", usage);
  if (options_.moving_average) v("sums", sums);
}

std::string VectorQuantizer::details() const {
  return fmt::format("{} codes of {}{}", codebook.shape(0), codebook.shape(1),
                     options_.moving_average ? ", moving average" : "");
}

void VectorQuantizer::expect_vectors(const Tensor& z) const {
  if (z.rank() < 1 || z.shape(-1) != codebook.shape(1)) {
    throw ShapeError("{} expects vectors of {} numbers along the last axis, got shape {}; reshape it",
                     describe(), codebook.shape(1), z.shape());
  }
  if (z.dtype() != codebook.dtype()) {
    throw DTypeError("{}: the vectors are {}, but the codes {}; convert them with x.to(hg::{})", describe(),
                     name(z.dtype()), name(codebook.dtype()), name(codebook.dtype()));
  }
}

// ‖z − e‖² = ‖z‖² − 2 z·e + ‖e‖², of which ‖z‖² decides nothing.
Tensor VectorQuantizer::indices(const Tensor& z) const {
  expect_vectors(z);
  const Tensor& e = codebook.value();
  const Tensor k = argmin(sum(square(e), 1) - 2.0 * matmul(rows_of(z), transpose(e)), 1);
  return reshape(k, z.shape().without(-1));
}

Tensor VectorQuantizer::lookup(const Tensor& indices) const {
  const Tensor rows = take(codebook.value(), reshape(indices, {-1}), 0);
  return reshape(rows, indices.shape().insert(indices.rank(), codebook.shape(1)));
}

VectorQuantizer::Output VectorQuantizer::quantize(const Variable& z) {
  return run([&] {
    expect_vectors(z.value());
    const Tensor rows = rows_of(z.value());
    const bool learns = is_training() && is_trainable() && rows.size() > 0;
    if (learns) revive(rows);
    Output out;
    out.indices = indices(z.value());
    const Variable q = reshape(take(codebook, reshape(out.indices, {-1})), z.shape());
    out.quantized = z + (q.value() - z.value());
    out.commitment_loss = mean(square(z - q.value()));
    out.codebook_loss =
        options_.moving_average ? Variable(zeros({}, z.dtype())) : mean(square(q - z.value()));
    if (learns) follow(rows, reshape(out.indices, {-1}));
    return out;
  });
}

// The codes that are hardly used take the places of vectors of this batch.
void VectorQuantizer::revive(const Tensor& z) {
  const Tensor mean_usage = mean(usage);
  const Tensor dead = usage < options_.revive_below * mean_usage.item();
  const std::vector<Tensor> which = nonzero(dead);
  if (which.front().size() == 0) return;
  const Tensor drawn = take(z, randint(usage.shape(), 0, z.shape(0)), 0);
  const Tensor row = unsqueeze(dead, 1);
  codebook.set_value(where(row, drawn, codebook.value()));
  usage = where(dead, broadcast_to(mean_usage, usage.shape()), usage);
  if (options_.moving_average) sums = where(row, drawn * mean_usage, sums);
}

void VectorQuantizer::follow(const Tensor& z, const Tensor& indices) {
  const double g = options_.moving_average.value_or(kUsageAverage);
  const std::int64_t codes = usage.size();
  const Tensor counts = put_add(ones({indices.size()}, usage.dtype()), indices, 0, codes);
  usage = g * usage + (1.0 - g) * counts;
  if (!options_.moving_average) return;
  sums = g * sums + (1.0 - g) * put_add(z, indices, 0, codes);
  const double all = sum(usage).item(), k = static_cast<double>(codes);
  const Tensor smoothed = (usage + kEpsilon) * (all / (all + k * kEpsilon));
  codebook.set_value(sums / unsqueeze(smoothed, 1));
}

Variable VectorQuantizer::forward(const Variable& z) {
  const Output out = quantize(z);
  penalty_ = out.codebook_loss + options_.commitment * out.commitment_loss;
  return out.quantized;
}

std::optional<Variable> VectorQuantizer::take_penalty() { return std::exchange(penalty_, std::nullopt); }

}  // namespace hourglass::nn
