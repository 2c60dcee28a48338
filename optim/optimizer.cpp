#include <hourglass/optim/optimizer.h>
#include <hourglass/tensor/elementwise.h>
#include <hourglass/tensor/error.h>
#include <hourglass/tensor/factory.h>
#include <hourglass/tensor/reduce.h>
#include <hourglass/tensor/threads.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace hourglass::optim {

namespace {

constexpr std::int64_t kPiece = 16384;  // elements of a parameter that one task updates

void expect_positive(const char* what, const std::optional<double>& limit) {
  if (limit && !(*limit > 0.0)) throw DataError("{}: must be positive, got {}", what, *limit);
}

double norm_of(const Variable& gradient) { return norm(gradient.value()).item(); }

double norm_of_all(const std::vector<Variable>& gradients) {
  double squares = 0;
  for (const Variable& g : gradients) squares += norm_of(g) * norm_of(g);
  return std::sqrt(squares);
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

void Optimizer::clip(std::vector<Variable>& gradients) const {
  if (clipping_.clipvalue) {
    for (Variable& g : gradients) g = hourglass::clip(g.value(), -*clipping_.clipvalue, *clipping_.clipvalue);
  }
  if (clipping_.clipnorm) {
    for (Variable& g : gradients) {
      if (const double n = norm_of(g); n > *clipping_.clipnorm)
        g = multiply(g.value(), *clipping_.clipnorm / n);
    }
  }
  if (!clipping_.global_clipnorm) return;
  const double n = norm_of_all(gradients);
  if (!(n > *clipping_.global_clipnorm) || !std::isfinite(n)) return;
  for (Variable& g : gradients) g = multiply(g.value(), *clipping_.global_clipnorm / n);
}

// The stretches of one parameter in a list over all of them.
struct Optimizer::Work {
  Tensor value, gradient;
  std::vector<Tensor>* slots;
  std::int64_t first_piece;
};

void Optimizer::step(std::span<const NamedParameter> parameters) {
  if (parameters.empty()) {
    throw DataError("{}: the parameter list is empty; does the model's visit() name its members?", name());
  }
  std::set<std::string_view> names;
  std::vector<Variable> variables, gradients;
  std::vector<std::vector<Tensor>*> slots;
  for (const NamedParameter& p : parameters) {
    if (!names.insert(p.name).second)
      throw DataError("{}: the name \"{}\" stands in the parameter list twice", name(), p.name);
    const std::optional<Variable> gradient = p.variable.gradient();
    if (!gradient) continue;
    variables.push_back(p.variable);
    gradients.push_back(*gradient);
    slots.push_back(&slots_of(p));
  }
  clip(gradients);

  std::vector<Work> work;
  std::int64_t pieces = 0;
  for (std::size_t i = 0; i < variables.size(); ++i) {
    Tensor& value = variables[i].mutable_value();
    if (!value.is_contiguous()) variables[i].set_value(value.clone());
    work.push_back({value, gradients[i].value().contiguous(), slots[i], pieces});
    pieces += (value.size() + kPiece - 1) / kPiece;
  }
  const double rate = learning_rate();
  parallel_for(pieces, [&](std::int64_t piece) {
    const auto after = std::upper_bound(work.begin(), work.end(), piece,
                                        [](std::int64_t p, const Work& w) { return p < w.first_piece; });
    Work w = *std::prev(after);
    const std::int64_t at = (piece - w.first_piece) * kPiece, n = std::min(kPiece, w.value.size() - at);
    visit_floating(name(), w.value.dtype(), [&]<class T>() {
      Piece<T> part{w.value.mutable_data<T>() + at, w.gradient.data<T>() + at, {}, n};
      for (std::size_t s = 0; s < w.slots->size(); ++s) part.slots[s] = (*w.slots)[s].mutable_data<T>() + at;
      update(part, rate);
    });
  });
  ++iterations_;
  for (Variable& v : variables) v.clear_gradient();
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
  std::vector<Variable> gradients;
  for (const NamedParameter& p : parameters) {
    if (const auto g = p.variable.gradient()) gradients.push_back(*g);
  }
  return norm_of_all(gradients);
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
