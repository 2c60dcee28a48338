// Tensors: making them, looking at them, computing with them.
//
//     01_tensors
//
// Expected: the values in the comments. Each is checked; the program fails (status 1) if one differs.

#include "command_line.h"

#include <hourglass/hourglass.h>

#include <fmt/format.h>

namespace hg = hourglass;

namespace {

int failures = 0;

void show(const char* code, const hg::Tensor& x, const std::string& expected) {
  fmt::print("{}\n{}\n\n", code, x.str());
  if (x.str() == expected) return;
  fmt::print("  expected:\n{}\n\n", expected);
  ++failures;
}

int body(int argc, char** argv) {
  program::parse(argc, argv, "Shows tensors at work.");
  // A tensor is an n-dimensional array: a shape, a type, and the numbers.
  const hg::Tensor a = hg::tensor({{1, 2, 3}, {4, 5, 6}});
  show("tensor({{1, 2, 3}, {4, 5, 6}})", a, "[[1. 2. 3.]\n [4. 5. 6.]]");
  show("arange(0, 5)", hg::arange(0, 5), "[0. 1. 2. 3. 4.]");
  show("eye(2)", hg::eye(2), "[[1. 0.]\n [0. 1.]]");

  // Arithmetic is element by element; shapes are broadcast from the last axis, as in NumPy.
  const hg::Tensor row = hg::tensor({10, 20, 30});
  show("a + row", a + row, "[[11. 22. 33.]\n [14. 25. 36.]]");
  show("a > 2", a > 2.0, "[[0 0 1]\n [1 1 1]]");

  // Views share the numbers: reshape, transpose, slice cost nothing.
  show("transpose(a)", hg::transpose(a), "[[1. 4.]\n [2. 5.]\n [3. 6.]]");
  show("slice(a, 1, {.step = -1})", hg::slice(a, 1, {.step = -1}), "[[3. 2. 1.]\n [6. 5. 4.]]");
  show("a[-1]", a[-1], "[4. 5. 6.]");

  // Reductions take one axis, several or all.
  show("sum(a, 0)", hg::sum(a, 0), "[5. 7. 9.]");
  show("mean(a, 1, {.keepdims = true})", hg::mean(a, 1, {.keepdims = true}), "[[2.]\n [5.]]");

  // The matrix product, the work-horse of every network.
  show("matmul(a, transpose(a))", hg::matmul(a, hg::transpose(a)), "[[14. 32.]\n [32. 77.]]");

  // A mistake says what was expected and what to try.
  try {
    show("matmul(a, a)", hg::matmul(a, a), "");
  } catch (const hg::ShapeError& error) {
    fmt::print("matmul(a, a) throws\n{}\n", error.what());
    return failures == 0 ? 0 : 1;
  }
  return 1;
}

}  // namespace

int main(int argc, char** argv) { return program::run(body, argc, argv); }
