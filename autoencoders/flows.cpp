#include <hourglass/autoencoders/flows.h>
#include <hourglass/autograd/ops/activation.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/tensor/base/error.h>

namespace hourglass::autoencoders {

namespace {

void expect_codes(const char* flow, const Variable& z, std::int64_t latent) {
  if (z.rank() == 2 && z.shape(1) == latent) return;
  throw ShapeError(
      "{} expects codes of {} numbers, got an input of shape {}; make it with .latent as wide as the code",
      flow, latent, z.shape());
}

}  // namespace

PlanarFlow::PlanarFlow(const FlowConfig& config)
    : parameters(config.latent, checked_sum("PlanarFlow", checked_product("PlanarFlow", 2, config.latent), 1),
                 {.dtype = config.dtype}),
      config_(config) {}

Flow::Step PlanarFlow::step(const Variable& z, const Variable& context) {
  const std::int64_t l = config_.latent;
  expect_codes("PlanarFlow", z, l);
  const Variable all = parameters(context);
  const Variable u = slice(all, 1, {0, l}), w = slice(all, 1, {l, 2 * l}),
                 b = slice(all, 1, {2 * l, 2 * l + 1});
  constexpr double kLeast = 1e-12;  // of ‖w‖²
  const Variable wu = sum(w * u, 1, {.keepdims = true});
  const Variable moved = u + (softplus(wu) - 1.0 - wu) * w / (sum(square(w), 1, {.keepdims = true}) + kLeast);
  const Variable h = tanh(sum(w * z, 1, {.keepdims = true}) + b);  // (N, 1)
  const Variable det = 1.0 + (1.0 - square(h)) * sum(moved * w, 1, {.keepdims = true});
  return {z + moved * h, sum(log(abs(det)), 1)};
}

InverseAutoregressiveFlow::InverseAutoregressiveFlow(const FlowConfig& c)
    : first(c.latent, c.width, {.place = nn::MaskedPlace::first, .dtype = c.dtype}),
      of_context(c.latent, c.width, {.bias = false, .dtype = c.dtype}),
      last(c.width, checked_product("InverseAutoregressiveFlow", 2, c.latent),
           {.place = nn::MaskedPlace::last, .variables = c.latent, .dtype = c.dtype}),
      config_(c) {}

Flow::Step InverseAutoregressiveFlow::step(const Variable& z, const Variable& context) {
  const std::int64_t l = config_.latent;
  expect_codes("InverseAutoregressiveFlow", z, l);
  const Variable both = last(tanh(first(z) + of_context(context)));
  const Variable m = slice(both, 1, {0, l}), s = slice(both, 1, {l, 2 * l}) + 1.0;
  const Variable next = m + sigmoid(s) * (z - m);
  return {flip(next, {1}), sum(-softplus(-s), 1)};  // log sigmoid(s) = −softplus(−s)
}

}  // namespace hourglass::autoencoders
