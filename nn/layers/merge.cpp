#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/linalg.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/layers/merge.h>
#include <hourglass/tensor/base/error.h>

#include <map>
#include <mutex>

namespace hourglass::nn {

namespace {

std::string shapes_of(const std::vector<Variable>& x) {
  std::string out;
  for (std::size_t i = 0; i < x.size(); ++i) {
    out += i == 0 ? "" : i + 1 == x.size() ? " and " : ", ";
    out += x[i].shape().str();
  }
  return out;
}

template <class F>
Variable fold(const std::vector<Variable>& x, F f) {
  Variable y = x[0];
  for (std::size_t i = 1; i < x.size(); ++i) y = f(y, x[i]);
  return y;
}

Variable sum_of(const std::vector<Variable>& x) {
  return fold(x, [](const Variable& a, const Variable& b) { return a + b; });
}

Variable normalized(const Variable& x) {
  constexpr double kLeast = 1e-12;  // the square of the least length, as in Keras
  return x * rsqrt(maximum(sum(square(x), -1, {.keepdims = true}), kLeast));
}

}  // namespace

std::vector<Variable> Merge::call(const std::vector<Variable>& x) {
  if (x.empty()) throw DataError("{}: there is nothing to merge; give it tensors, ({a, b})", describe());
  return {merge(x)};
}

void Merge::expect_alike(const std::vector<Variable>& x, int but_axis) const {
  std::vector<std::int64_t> common(x[0].shape().begin(), x[0].shape().end());
  bool fits = x[0].rank() >= 1;
  for (const Variable& v : x) {
    fits = fits && v.rank() == x[0].rank() && v.shape(0) == x[0].shape(0);
    for (int axis = 1; fits && axis < v.rank(); ++axis) {
      std::int64_t& extent = common[static_cast<std::size_t>(axis)];
      if (axis == but_axis || v.shape(axis) == extent) continue;
      fits = but_axis == 0 && (v.shape(axis) == 1 || extent == 1);
      if (extent == 1) extent = v.shape(axis);
    }
  }
  if (fits) return;
  throw ShapeError("{}: cannot merge tensors of shapes {}; {}", describe(), shapes_of(x),
                   but_axis == 0 ? "they need equal extents, or 1, along every axis, and one batch size"
                                 : "they may differ along its axis only");
}

void Merge::expect_two(const std::vector<Variable>& x) const {
  if (x.size() == 2) return;
  throw DataError("{}: takes two tensors, got {}; call it with ({a, b})", describe(), x.size());
}

Variable Add::merge(const std::vector<Variable>& x) {
  expect_alike(x);
  return sum_of(x);
}

Variable Subtract::merge(const std::vector<Variable>& x) {
  expect_two(x);
  expect_alike(x);
  return x[0] - x[1];
}

Variable Multiply::merge(const std::vector<Variable>& x) {
  expect_alike(x);
  return fold(x, [](const Variable& a, const Variable& b) { return a * b; });
}

Variable Average::merge(const std::vector<Variable>& x) {
  expect_alike(x);
  return sum_of(x) / static_cast<double>(x.size());
}

Variable Maximum::merge(const std::vector<Variable>& x) {
  expect_alike(x);
  return fold(x, [](const Variable& a, const Variable& b) { return maximum(a, b); });
}

Variable Minimum::merge(const std::vector<Variable>& x) {
  expect_alike(x);
  return fold(x, [](const Variable& a, const Variable& b) { return minimum(a, b); });
}

Concatenate::Concatenate(int axis) : axis_(axis) {
  if (axis == 0)
    throw DataError(
        "Concatenate: axis 0 is that of the batch, which all share; 1 is the first of an example");
}

std::string Concatenate::details() const { return axis_ == -1 ? "" : "axis " + std::to_string(axis_); }

Variable Concatenate::merge(const std::vector<Variable>& x) {
  const int rank = x[0].rank(), axis = axis_ < 0 ? axis_ + rank : axis_;
  if (axis < 1 || axis >= rank)
    throw ShapeError("{}: tensors of shapes {} have no axis {} beside that of the batch; axis counts from 1",
                     describe(), shapes_of(x), axis_);
  expect_alike(x, axis);
  return concat(x, axis);
}

std::string Dot::details() const { return options_.normalize ? "normalized" : ""; }

Variable Dot::merge(const std::vector<Variable>& x) {
  expect_two(x);
  const int rank = x[0].rank();
  const bool fits = (rank == 2 || rank == 3) && x[1].rank() == rank && x[0].shape(0) == x[1].shape(0) &&
                    x[0].shape(-1) == x[1].shape(-1);
  if (!fits)
    throw ShapeError(
        "{}: cannot multiply rows of shapes {}; it takes (N, F) twice, or (N, I, F) and (N, J, F)",
        describe(), shapes_of(x));
  const Variable a = options_.normalize ? normalized(x[0]) : x[0];
  const Variable b = options_.normalize ? normalized(x[1]) : x[1];
  if (rank == 2) return sum(a * b, -1, {.keepdims = true});
  return matmul(a, transpose(b, 1, 2));
}

namespace {

struct Named {
  std::mutex mutex;
  std::map<std::string, MergeFunction, std::less<>> list;
};
Named& named() {
  static Named all;
  return all;
}

}  // namespace

void register_merge(const MergeFunction& f) {
  Named& all = named();
  const std::lock_guard lock(all.mutex);
  if (f.name().empty() || !all.list.emplace(f.name(), f).second)
    throw DataError("register_merge: the name \"{}\" is taken or empty; choose another", f.name());
}

MergeFunction merge_named(std::string_view name) {
  Named& all = named();
  const std::lock_guard lock(all.mutex);
  const auto found = all.list.find(name);
  if (found != all.list.end()) return found->second;
  std::string names;
  for (const auto& [known, f] : all.list) names += (names.empty() ? "" : ", ") + known;
  throw DataError("merge: the function \"{}\" is not known{}{}; nn::register_merge gives a function its name",
                  name, names.empty() ? "" : ", there are ", names);
}

std::string to_text(const MergeFunction& f) {
  Named& all = named();
  const std::lock_guard lock(all.mutex);
  if (f.name().empty() || all.list.count(f.name())) return f.name();
  throw DataError(
      "merge: the function \"{}\" is not known by its name, so no file can hold it; nn::register_merge makes "
      "it known",
      f.name());
}

void from_text(std::string_view text, MergeFunction& f) { f = merge_named(text); }

Variable LambdaMerge::merge(const std::vector<Variable>& x) {
  if (f_.arity() != 0 && f_.arity() != x.size())
    throw DataError("{}: the function takes {} tensors, got {}; call it with as many", describe(), f_.arity(),
                    x.size());
  return f_(x);
}

}  // namespace hourglass::nn
