#include <hourglass/autograd/fast/normalize.h>
#include <hourglass/autograd/fast/spend.h>
#include <hourglass/tensor/views.h>

namespace hourglass::fast {

namespace {

using Optional = std::optional<Variable>;

// `all(dy, with_dx)` gives dx, dγ and dβ one after the other, as tensor/ops/normalize.h lays them out.
template <class All>
FastPath gradients_of(const Variable& x, const Optional& gamma, All all) {
  if (!x.requires_grad() && !(gamma && gamma->requires_grad())) return {};
  return [all, shape = x.shape(), has_gamma = gamma.has_value()](const Variable& dy, const Variable& /*y*/,
                                                                 Wanted wanted) {
    const Tensor flat = all(dy.value(), wanted[0]);
    const std::int64_t channels = shape[-1];
    // Copies: a view would keep dx alive as long as dγ.
    const auto channel_sums = [&](std::int64_t from_end) {
      const std::int64_t end = flat.size() - (from_end - 1) * channels;
      return slice(flat, 0, {end - channels, end}).clone();
    };
    Gradients d;
    const std::size_t beta = has_gamma ? 2 : 1;
    if (wanted[0]) d[0] = reshape(slice(flat, 0, {0, shape.size()}), shape);
    if (has_gamma && wanted[1]) d[1] = channel_sums(2);
    if (wanted[beta]) d[beta] = channel_sums(1);
    return d;
  };
}

}  // namespace

FastPath batch_norm(const Variable& x, const Optional& gamma, const Moments& moments, double epsilon) {
  return gradients_of(x, gamma, [=](const Tensor& dy, bool with_dx) {
    return batch_norm_grad(dy, x.value(), moments, value_of(gamma), epsilon, with_dx);
  });
}

FastPath layer_norm(const Variable& x, const Optional& gamma, const Moments& moments, double epsilon) {
  return gradients_of(x, gamma, [=](const Tensor& dy, bool /*with_dx*/) {
    return layer_norm_grad(dy, x.value(), moments, value_of(gamma), epsilon);
  });
}

}  // namespace hourglass::fast
