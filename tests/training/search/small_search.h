#pragma once

#include "support/expect_error.h"
#include "support/folder.h"

#include <hourglass/optim.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/training/search/search.h>

#include <gmock/gmock.h>

#include <cmath>
#include <string>

namespace hourglass::training {

/// Options with a struct inside, a text and a whole number.
struct Choices {
  double x = 0.0;
  std::int64_t n = 3;
  std::string kind = "plain";
  optim::AdamOptions adam{};
};
template <class V>
void visit(Choices& c, V&& v) {
  v("x", c.x), v("n", c.n), v("kind", c.kind), v("adam", c.adam);
}

/// 0 at x = 0.3, n = 12, kind "good", a learning rate of 0.01; larger elsewhere.
inline double hill(const Choices& c) {
  const double rate = c.adam.learning_rate.at(0);
  return 10.0 * std::pow(c.x - 0.3, 2) + std::pow(std::log10(rate) + 2.0, 2) +
         0.01 * std::pow(static_cast<double>(c.n) - 12.0, 2) + (c.kind == "good" ? 0.0 : 1.0);
}
inline std::vector<Axis> hill_axes() {
  return {Axis::range("x", -1.0, 1.0), Axis::log_range("adam.learning_rate", 1e-5, 1.0),
          Axis::integers("n", 1, 20), Axis::values("kind", {"plain", "good", "bad"})};
}

struct Threads {
  explicit Threads(int n) : before(num_threads()) { set_num_threads(n); }
  ~Threads() { set_num_threads(before); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  int before;
};

}  // namespace hourglass::training
