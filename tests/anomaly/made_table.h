#pragma once

#include <hourglass/data/tables/table.h>
#include <hourglass/tensor/ops/random.h>

#include <string>
#include <vector>

namespace hourglass::anomaly {

/// n rows in which b = 2 a + noise, c = a · kind and kind is "x" or "y"; in every tenth of the last half, if
/// asked for, b is told from another row: each entry is a usual one, but not beside the others. label is 1
/// there.
inline data::Table made_table(std::int64_t n, std::uint64_t seed, bool anomalies, bool holes = false) {
  Generator generator(seed);
  const Tensor z = normal({n, 3}, 0.0, 1.0, generator, float64);
  const double* const v = z.data<double>();
  std::vector<double> a, b, c, label;
  std::vector<std::string> kind;
  for (std::int64_t i = 0; i < n; ++i) {
    const bool is_x = v[3 * i + 1] > 0.0;
    a.push_back(v[3 * i] + 10.0);
    b.push_back(2.0 * v[3 * i] + 0.1 * v[3 * i + 2]);
    c.push_back((is_x ? 1.0 : -1.0) * v[3 * i] + 0.05 * v[3 * i + 2]);
    kind.emplace_back(is_x ? "x" : "y");
    const bool odd = anomalies && i >= n / 2 && i % 10 == 0;
    if (odd) b.back() = v[3 * i] > 0.0 ? -2.5 : 2.5;
    label.push_back(odd ? 1.0 : 0.0);
    if (holes && i % 7 == 3) c.back() = std::numeric_limits<double>::quiet_NaN();
    if (holes && i % 11 == 5) kind.back().clear();
  }
  return data::Table({data::Column::number("a", a), data::Column::number("b", b),
                      data::Column::number("c", c), data::Column::category("kind", kind),
                      data::Column::number("label", label)});
}

}  // namespace hourglass::anomaly
