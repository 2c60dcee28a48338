#pragma once

// Invertible maps z' = f(z) with a determinant that is cheap, for densities of any form:
//
//     log q(z') = log q(z) − log |det ∂z'/∂z|.

#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/masked.h>

namespace hourglass::autoencoders {

/// One step of a flow, told a context h (what the encoder has to say beside the density of the first z).
class Flow : public nn::Module {
 public:
  struct Step {
    Variable z;        // (N, L)
    Variable log_det;  // log |det ∂z'/∂z| of each, (N,)
  };
  /// z (N, L), h (N, L) -> z' and its log-determinant. Throws ShapeError for another L.
  [[nodiscard]] Step operator()(const Variable& z, const Variable& context) {
    Step out;
    static_cast<void>(run([&] { return (out = step(z, context)).z; }));
    return out;
  }

 protected:
  Flow() = default;
  Flow(Flow&&) noexcept = default;
  Flow(const Flow&) = default;
  Flow& operator=(Flow&&) = default;

 private:
  [[nodiscard]] virtual Step step(const Variable& z, const Variable& context) = 0;
};

struct FlowConfig {
  std::int64_t latent = 2;
  std::int64_t width = 64;  // hidden units; a planar flow has none
  DType dtype = float32;
};
template <class V>
void visit(FlowConfig& o, V&& v) {
  v("latent", o.latent), v("width", o.width), v("dtype", o.dtype);
}

/// The planar flow (Rezende & Mohamed 2015, eqs. 10-12):
///
///     z' = z + û tanh(wᵀz + b),      log |det| = log |1 + (1 − tanh²(wᵀz + b)) ûᵀw|,
///
/// u, w and b by a Dense of the context; û is u moved along w so that wᵀû = softplus(wᵀu) − 1 >= −1, for
/// which f can be inverted (appendix A.1).
class PlanarFlow final : public Flow {
 public:
  using Config = FlowConfig;
  explicit PlanarFlow(const FlowConfig& config);
  [[nodiscard]] Config config() const { return config_; }
  void visit(nn::Visitor& v) override { v("parameters", parameters); }

  nn::Dense parameters;  // h -> u, w, b

 private:
  [[nodiscard]] Step step(const Variable& z, const Variable& context) override;
  FlowConfig config_;
};

/// The inverse autoregressive flow (Kingma et al. 2016, eqs. 13-14), by masked dense layers (MADE):
///
///     z'_i = σ_i z_i + (1 − σ_i) m_i,      log |det| = Σ_i log σ_i,
///
/// m_i and σ_i = sigmoid(s_i + 1) of z_1 … z_{i−1} and h: first -> tanh with what a Dense adds of h -> last.
/// z' is given in reversed order, so that the next step sees it from the other end.
class InverseAutoregressiveFlow final : public Flow {
 public:
  using Config = FlowConfig;
  explicit InverseAutoregressiveFlow(const FlowConfig& config);
  [[nodiscard]] Config config() const { return config_; }
  void visit(nn::Visitor& v) override { v("first", first), v("of_context", of_context), v("last", last); }

  nn::MaskedDense first;
  nn::Dense of_context;
  nn::MaskedDense last;  // -> m, s

 private:
  [[nodiscard]] Step step(const Variable& z, const Variable& context) override;
  FlowConfig config_;
};

}  // namespace hourglass::autoencoders
