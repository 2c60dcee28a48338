#pragma once

#include <hourglass/autograd/variable.h>

#include <array>
#include <vector>

namespace hourglass::nn {

/// How alike two points are that lie a distance r apart, in d dimensions, summed over scales s:
enum class MMDKernel : std::uint8_t {
  imq,  // c / (c + r²),  c = 2 d s  (inverse multiquadratic; Tolstikhin et al. 2018)
  rbf,  // exp(−r² / c)
};
constexpr auto enum_names(MMDKernel /*of*/) { return std::to_array<const char*>({"imq", "rbf"}); }

struct MMDOptions {
  MMDKernel kernel = MMDKernel::imq;
  std::vector<double> scales{0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0};  // variances of the prior that c suits
};
template <class V>
void visit(MMDOptions& o, V&& v) {
  v("kernel", o.kernel), v("scales", o.scales);
}

/// The squared maximum mean discrepancy of two distributions, estimated without bias from samples of each
/// (Gretton et al. 2012, eq. 3):
///
///     1/(n(n−1)) Σ_{i≠j} k(x_i, x_j) + 1/(m(m−1)) Σ_{i≠j} k(y_i, y_j) − 2/(nm) Σ_ij k(x_i, y_j)
///
/// 0 in expectation if they are equal, so also below 0.    (n, d), (m, d) -> ()
/// Throws ShapeError unless both are matrices as wide, of two rows at least; DataError for no scale or one
/// that is not positive.
[[nodiscard]] Variable maximum_mean_discrepancy(const Variable& x, const Variable& y,
                                                const MMDOptions& options = {});

}  // namespace hourglass::nn
