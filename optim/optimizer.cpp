#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/fast/products.h>
#include <hourglass/optim/optimizer.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/product_tiles.h>
#include <hourglass/tensor/ops/reduce.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <unordered_set>
#include <variant>

namespace hourglass::optim {

namespace {

constexpr std::int64_t kStretch = 16384;  // elements of a parameter that one task updates

void expect_positive(const char* what, const std::optional<double>& limit) {
  if (limit && !(*limit > 0.0)) throw DataError("{}: must be positive, got {}", what, *limit);
}

// Whether updating a kernel while its gradient is multiplied saves time: where it is too large for L2, so
// that the update waits for memory.
bool takes_product(const Tensor& w) {
  constexpr std::int64_t kLarge = std::int64_t{1} << 17;
  return w.dtype() == float32 && w.size() >= kLarge && ProductTiles::is_worth_it();
}

// Whether a factor lies in the memory of one of the parameters, which the step changes.
bool reads_any(const Unmultiplied& factors, std::span<const NamedParameter> parameters) {
  return std::any_of(parameters.begin(), parameters.end(), [&](const NamedParameter& p) {
    return p.variable.value().storage() == factors.a.storage();
  });
}

}  // namespace

Optimizer::Optimizer(LearningRate rate, Clipping clipping, std::vector<std::string> slots, double first_value)
    : rate_(std::move(rate)), clipping_(clipping), slot_names_(std::move(slots)), first_value_(first_value) {
  expect_positive("clipvalue", clipping.clipvalue);
  expect_positive("clipnorm", clipping.clipnorm);
  expect_positive("global_clipnorm", clipping.global_clipnorm);
}

void Optimizer::set_learning_rate(double rate) {
  const double scheduled = rate_.at(iterations_);
  if (!(rate >= 0.0) || !std::isfinite(rate))
    throw DataError("{}: the learning rate must be finite and not negative, got {}", name(), rate);
  if (scheduled == 0.0)
    throw DataError("{}: the schedule gives 0 now, which no factor turns into {}", name(), rate);
  factor_ = rate / scheduled;
}

std::vector<Tensor>& Optimizer::slots_of(const NamedParameter& parameter) {
  auto found = slots_.find(parameter.name);
  if (found == slots_.end()) {
    std::vector<Tensor> fresh;
    for (std::size_t i = 0; i < slot_names_.size(); ++i) {
      fresh.push_back(full(parameter.variable.shape(), first_value_, parameter.variable.dtype()));
    }
    found = slots_.emplace(parameter.name, std::move(fresh)).first;
  }
  for (const Tensor& slot : found->second) {
    if (slot.shape() == parameter.variable.shape() && slot.dtype() == parameter.variable.dtype()) continue;
    throw ShapeError(
        "{}: parameter \"{}\" had shape {} ({}) and has {} ({}) now; use a new optimizer for a new model",
        name(), parameter.name, slot.shape(), hourglass::name(slot.dtype()), parameter.variable.shape(),
        hourglass::name(parameter.variable.dtype()));
  }
  return found->second;
}

void Optimizer::clip(std::span<const NamedParameter> parameters) const {
  if (clipping_.clipvalue) clip_by_value(parameters, *clipping_.clipvalue);
  if (clipping_.clipnorm) clip_by_norm(parameters, *clipping_.clipnorm);
  if (clipping_.global_clipnorm) clip_by_global_norm(parameters, *clipping_.global_clipnorm);
}

// One parameter in a list of all, its gradient or the factors of it, and its share of the tasks.
struct Optimizer::Work {
  Variable variable;
  Tensor gradient;
  std::optional<ProductTiles> factors;
  std::variant<Piece<float>, Piece<double>> whole;
  std::int64_t first_task, tasks;
};

// A stretch of a parameter whose gradient is there.
template <class T>
void Optimizer::update_stretch(Piece<T> piece, std::int64_t task, double rate) const {
  const std::int64_t at = task * kStretch;
  piece.columns = std::min(kStretch, piece.columns - at);
  piece.value += at;
  piece.gradient += at;
  for (T*& slot : std::span(piece.slots, slot_names_.size())) slot += at;
  update(piece, rate);
}

// A block of a matrix whose gradient is multiplied here.
void Optimizer::update_block(const Piece<float>& whole, const ProductTiles& factors, std::int64_t task,
                             double rate) const {
  const std::size_t slots = slot_names_.size();
  const ProductTiles::Beside read{
      {whole.value, whole.slots[0], whole.slots[1], whole.slots[2]}, slots + 1, whole.stride};
  factors.multiply(task, read, [&](const ProductTiles::Tile& tile) {
    const std::int64_t at = tile.row * whole.stride + tile.column;
    Piece<float> piece{whole.value + at, tile.elements, {},         tile.rows,
                       tile.columns,     whole.stride,  tile.stride};
    for (std::size_t s = 0; s < slots; ++s) piece.slots[s] = whole.slots[s] + at;
    update(piece, rate);
  });
}

// The work on one parameter; none if it has no gradient.
std::optional<Optimizer::Work> Optimizer::work_on(const NamedParameter& parameter, std::int64_t first_task) {
  Work work{parameter.variable, {}, {}, {}, first_task, 0};
  const Unmultiplied* const factors = work.variable.node()->gradient.product();
  if (!factors && !work.variable.gradient()) return std::nullopt;
  std::vector<Tensor>& slots = slots_of(parameter);
  if (!work.variable.value().is_contiguous()) work.variable.set_value(work.variable.value().clone());
  Tensor& value = work.variable.mutable_value();
  if (factors) {
    work.factors.emplace(factors->a, factors->b);
    work.tasks = work.factors->blocks();
  } else {
    work.gradient = work.variable.gradient()->value().contiguous();
    work.tasks = (value.size() + kStretch - 1) / kStretch;
  }
  visit_floating(name(), value.dtype(), [&]<class T>() {
    Piece<T> whole{value.mutable_data<T>(), factors ? nullptr : work.gradient.data<T>(), {}, 1, value.size()};
    if (factors) whole.stride = value.shape(1);
    for (std::size_t s = 0; s < slots.size(); ++s) whole.slots[s] = slots[s].mutable_data<T>();
    work.whole = whole;
  });
  value.storage().mark_changed(name());
  return work;
}

void Optimizer::step(std::span<const NamedParameter> parameters) {
  if (parameters.empty()) {
    throw DataError("{}: the parameter list is empty; does the model's visit() name its members?", name());
  }
  std::set<std::string_view> names;
  std::map<const Node*, std::string_view> seen;
  for (const NamedParameter& p : parameters) {
    if (!names.insert(p.name).second)
      throw DataError("{}: the name \"{}\" stands in the parameter list twice", name(), p.name);
    if (const auto [other, added] = seen.emplace(p.variable.node().get(), p.name); !added) {
      throw DataError("{}: \"{}\" and \"{}\" are one parameter; name it once", name(), other->second, p.name);
    }
    const Unmultiplied* const factors = p.variable.node()->gradient.product();
    if (factors && reads_any(*factors, parameters)) (void)p.variable.gradient();  // multiplies them now
    if (!p.variable.node()->gradient.is_empty()) (void)slots_of(p);  // throws before anything changes
  }
  clip(parameters);
  std::vector<Work> works;
  std::int64_t tasks = 0;
  for (const NamedParameter& p : parameters) {
    std::optional<Work> work = work_on(p, tasks);
    if (!work) continue;
    tasks += work->tasks;
    works.push_back(std::move(*work));
  }
  const double rate = learning_rate();
  begin_step(iterations_ + 1);
  parallel_for(tasks, [&](std::int64_t task) {
    const auto after = std::upper_bound(works.begin(), works.end(), task,
                                        [](std::int64_t t, const Work& w) { return t < w.first_task; });
    const Work& work = *std::prev(after);
    const std::int64_t own = task - work.first_task;
    if (work.factors) return update_block(std::get<Piece<float>>(work.whole), *work.factors, own, rate);
    std::visit([&](const auto& whole) { update_stretch(whole, own, rate); }, work.whole);
  });
  ++iterations_;
  for (Work& work : works) work.variable.clear_gradient();
}

void Optimizer::minimize(const Variable& loss, std::span<const NamedParameter> parameters) {
  std::unordered_set<const Node*> large;
  for (const NamedParameter& p : parameters) {
    if (takes_product(p.variable.value())) large.insert(p.variable.node().get());
  }
  fast::backward_leaving_products(loss, [&](const Node& leaf) { return large.contains(&leaf); });
  try {
    step(parameters);
  } catch (...) {
    for (const NamedParameter& p : parameters) (void)p.variable.gradient();  // multiplies what is left
    throw;
  }
}

std::vector<NamedTensor> Optimizer::state() const {
  std::vector<NamedTensor> out{{"iterations", full({}, static_cast<double>(iterations_), int64)},
                               {"learning_rate_factor", full({}, factor_, float64)}};
  for (const auto& [parameter, tensors] : slots_) {
    for (std::size_t i = 0; i < tensors.size(); ++i)
      out.push_back({parameter + "." + slot_names_[i], tensors[i].clone()});
  }
  return out;
}

void Optimizer::set_state(std::span<const NamedTensor> state) {
  std::map<std::string, std::vector<Tensor>, std::less<>> slots;
  std::optional<double> iterations, factor;
  std::string wrong;
  for (const NamedTensor& entry : state) {
    if (entry.name == "iterations" && entry.value.size() == 1) {
      iterations = entry.value.item();
    } else if (entry.name == "learning_rate_factor" && entry.value.size() == 1) {
      factor = entry.value.item();
    } else {
      const auto dot = entry.name.rfind('.');
      const std::string parameter = entry.name.substr(0, dot);
      const std::string slot = dot == std::string::npos ? "" : entry.name.substr(dot + 1);
      const auto known = std::find(slot_names_.begin(), slot_names_.end(), slot);
      if (known == slot_names_.end() || !is_floating(entry.value.dtype())) {
        wrong += " \"" + entry.name + "\"";
        continue;
      }
      auto& list = slots[parameter];
      list.resize(slot_names_.size());
      list[static_cast<std::size_t>(known - slot_names_.begin())] = entry.value.clone();
    }
  }
  if (!iterations) wrong += " (no \"iterations\")";
  for (const auto& [parameter, list] : slots) {
    for (const Tensor& t : list) {
      if (!(t.shape() == list.front().shape()))
        wrong += " \"" + parameter + "\" (parts are missing or differ in shape)";
    }
  }
  if (!wrong.empty()) throw DataError("{}: this is not a state of this optimizer:{}", name(), wrong);
  iterations_ = static_cast<std::int64_t>(*iterations);
  factor_ = factor.value_or(1.0);
  slots_ = std::move(slots);
}

double global_norm(std::span<const NamedParameter> parameters) {
  double squares = 0.0;
  for (const NamedParameter& p : parameters) {
    if (const auto g = p.variable.gradient()) {
      const double n = norm(g->value()).item();
      squares += n * n;
    }
  }
  return std::sqrt(squares);
}

namespace {

// Replaces each gradient by f(gradient); the old one may be shared with others.
template <class F>
void replace_gradients(std::span<const NamedParameter> parameters, F f) {
  for (const NamedParameter& p : parameters) {
    Variable variable = p.variable;
    if (const auto g = variable.gradient()) variable.set_gradient(Variable(f(g->value())));
  }
}

}  // namespace

double clip_by_global_norm(std::span<const NamedParameter> parameters, double limit) {
  expect_positive("clip_by_global_norm", limit);
  const double n = global_norm(parameters);
  if (n > limit && std::isfinite(n))
    replace_gradients(parameters, [&](const Tensor& g) { return g * (limit / n); });
  return n;
}

void clip_by_norm(std::span<const NamedParameter> parameters, double limit) {
  expect_positive("clip_by_norm", limit);
  replace_gradients(parameters, [&](const Tensor& g) {
    const double n = norm(g).item();
    return n > limit ? g * (limit / n) : g;
  });
}

void clip_by_value(std::span<const NamedParameter> parameters, double limit) {
  expect_positive("clip_by_value", limit);
  replace_gradients(parameters, [&](const Tensor& g) { return hourglass::clip(g, -limit, limit); });
}

}  // namespace hourglass::optim
