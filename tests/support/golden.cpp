#include "golden.h"

#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <stdexcept>

namespace hourglass::testing {

Golden::Golden(std::string stem) : stem_(std::move(stem)) {
  const std::string path = std::string(HOURGLASS_TEST_DIR) + "/golden/" + stem_ + ".txt";
  std::ifstream in(path);
  if (!in) throw std::runtime_error("no golden file " + path);
  std::string line;
  while (std::getline(in, line)) {
    std::istringstream words(line);
    std::string name, kind, index;
    words >> name >> kind >> index;
    std::vector<double>& values = numbers_[name.append(" ").append(kind).append(" ").append(index)];
    for (std::string word; words >> word;) values.push_back(std::stod(word));
  }
}

const std::vector<double>& Golden::at(const std::string& name, const std::string& kind,
                                      std::size_t index) const {
  const auto found = numbers_.find(name + " " + kind + " " + std::to_string(index));
  if (found != numbers_.end()) return found->second;
  throw std::runtime_error("tests/golden/" + stem_ + ".txt has no " + kind + " " + std::to_string(index) +
                           " of \"" + name + "\". Give tests/golden/make_" + stem_ +
                           ".py a row of that name and run\n    /usr/bin/python3 tests/golden/make_" + stem_ +
                           ".py > tests/golden/" + stem_ + ".txt\n(PyTorch is Debian's python3-torch)");
}

std::vector<std::string> Golden::names() const {
  std::vector<std::string> out;
  for (const auto& [key, numbers] : numbers_) {
    if (const auto end = key.find(" value 0"); end != std::string::npos) out.push_back(key.substr(0, end));
  }
  return out;
}

Tensor wild(const std::string& name, std::size_t input, const Shape& shape, double low, double high) {
  std::uint64_t h = 0;
  for (const char c : name) h = (31 * h + static_cast<unsigned char>(c)) % 9973;
  Tensor x(shape, float64);
  double* const data = x.mutable_data<double>();
  for (std::int64_t k = 0; k < x.size(); ++k) {
    const double angle =
        1000.0 * static_cast<double>(h) + 100.0 * static_cast<double>(input) + static_cast<double>(k + 1);
    const double value = std::sin(angle) * 43758.5453;
    data[k] = low + (high - low) * (value - std::floor(value));
  }
  return x;
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

void expect_golden(const Golden& golden, const std::string& name, const Function& fn,
                   const std::vector<Tensor>& inputs, double tolerance) {
  for (const bool create_graph : {false, true}) {
    std::vector<Variable> x;
    for (const Tensor& input : inputs) x.push_back(Variable::parameter(input));
    const Variable y = fn(x);
    EXPECT_LE(relative_difference(y.value(), golden.at(name, "value")), tolerance)
        << name << ": " << y.value().str();
    Variable loss = sum(y * wild(name, 9, y.shape()).to(y.dtype()));
    if (!loss.requires_grad()) loss = loss + sum(x[0] * 0.0);  // an op whose result is constant
    const std::vector<Variable> g = grad(std::span(&loss, 1), x, {.create_graph = create_graph});
    for (std::size_t i = 0; i < x.size(); ++i) {
      EXPECT_LE(relative_difference(g[i].value(), golden.at(name, "gradient", i)), tolerance)
          << name << ", gradient of input " << i << (create_graph ? ", recorded" : "") << ": "
          << g[i].value().str();
    }
  }
}

}  // namespace hourglass::testing
