#pragma once

#include <hourglass/autograd/variable.h>

#include <array>
#include <cstdint>

namespace hourglass::nn {

/// How the terms of a loss become one number, or one for each example. B is the batch size, the extent of the
/// first axis.
enum class Reduction : std::uint8_t {
  mean,        // over all terms: per element, per label
  sum,         // over all terms
  batch_mean,  // the sum divided by B: per example; DataError for an empty batch
  none,        // the mean over each example's own terms, (B,): its mean is `mean`
};

constexpr auto enum_names(Reduction /*of*/) {
  return std::to_array<const char*>({"mean", "sum", "batch_mean", "none"});
}

struct LossOptions {
  Reduction reduction = Reduction::mean;
};
template <class V>
void visit(LossOptions& o, V&& v) {
  v("reduction", o.reduction);
}

}  // namespace hourglass::nn
