#include "golden.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <stdexcept>

namespace hourglass::testing {

std::map<std::string, std::vector<double>> read_golden(const std::string& file) {
  const std::string path = std::string(HOURGLASS_TEST_DIR) + "/golden/" + file;
  std::ifstream in(path);
  if (!in) throw std::runtime_error("no golden file " + path);
  std::map<std::string, std::vector<double>> out;
  std::string line;
  while (std::getline(in, line)) {
    std::istringstream words(line);
    std::string name, kind, index;
    words >> name >> kind >> index;
    std::vector<double>& values = out[name.append(" ").append(kind).append(" ").append(index)];
    for (std::string word; words >> word;) values.push_back(std::stod(word));
  }
  return out;
}

double relative_difference(const Tensor& x, const std::vector<double>& golden) {
  if (x.size() != static_cast<std::int64_t>(golden.size())) return std::numeric_limits<double>::infinity();
  const Tensor values = x.to(float64).contiguous();
  double largest = 0.0, worst = 0.0;
  for (const double g : golden) largest = std::max(largest, std::abs(g));
  for (std::size_t i = 0; i < golden.size(); ++i) {
    const double scale = std::max({std::abs(golden[i]), 1e-2 * largest, 1e-300});
    const double difference = std::abs(values.data<double>()[i] - golden[i]) / scale;
    if (!(difference <= worst)) worst = difference;
  }
  return worst;
}

Tensor wild(std::size_t row, std::size_t input, const Shape& shape, double low, double high) {
  Tensor x(shape, float64);
  double* const data = x.mutable_data<double>();
  for (std::int64_t k = 0; k < x.size(); ++k) {
    const double angle =
        1000.0 * static_cast<double>(row) + 100.0 * static_cast<double>(input) + static_cast<double>(k + 1);
    const double value = std::sin(angle) * 43758.5453;
    data[k] = low + (high - low) * (value - std::floor(value));
  }
  return x;
}

}  // namespace hourglass::testing
