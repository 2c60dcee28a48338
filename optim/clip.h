#pragma once

#include <hourglass/autograd/variable.h>

#include <optional>
#include <span>

namespace hourglass::optim {

/// What is done to gradients before a step; nothing by default.
struct Clipping {
  std::optional<double> clipvalue{};        // each element of a gradient into [−v, v]
  std::optional<double> clipnorm{};         // each parameter's gradient to at most this norm
  std::optional<double> global_clipnorm{};  // all gradients together to at most this norm
};
template <class V>
void visit(Clipping& c, V&& v) {
  v("clipvalue", c.clipvalue), v("clipnorm", c.clipnorm), v("global_clipnorm", c.global_clipnorm);
}
/// Throws DataError unless the limits are positive.
void expect_limits(const Clipping& clipping);
void clip(std::span<const NamedParameter> parameters, const Clipping& clipping);

/// The norm √Σ‖g‖² of all gradients together; parameters without one count as 0.
[[nodiscard]] double global_norm(std::span<const NamedParameter> parameters);
/// Scales all gradients by min(1, limit / global norm) and returns the norm before (Pascanu et al. 2013). A
/// norm that is not finite is left to the caller: gradients stay as they are.
double clip_by_global_norm(std::span<const NamedParameter> parameters, double limit);
/// Scales each gradient to at most this norm.
void clip_by_norm(std::span<const NamedParameter> parameters, double limit);
/// Moves each element of each gradient into [−limit, limit].
void clip_by_value(std::span<const NamedParameter> parameters, double limit);

}  // namespace hourglass::optim
