#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/fast/products.h>
#include <hourglass/optim/apply.h>
#include <hourglass/optim/optimizer.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <unordered_set>

namespace hourglass::optim {

namespace {

bool has_gradient(const NamedParameter& p) { return !p.variable.node()->gradient.is_empty(); }

}  // namespace

Optimizer::Optimizer(const char* name, CommonOptions common, Slots slots)
    : name_(name), common_(std::move(common)), slots_(std::move(slots)) {
  expect_limits(common_.clipping);
  if (common_.gradient_accumulation_steps < 1) {
    throw DataError("{}: gradient_accumulation_steps must be at least 1, got {}; 1 accumulates nothing", name,
                    common_.gradient_accumulation_steps);
  }
  for (const auto& [prefix, factor] : common_.learning_rate_multipliers) {
    if (!(factor >= 0.0) || !std::isfinite(factor)) {
      throw DataError(
          "{}: the multiplier of \"{}\" must be finite and not negative, got {}; 0 holds it still", name,
          prefix, factor);
    }
  }
}

void Optimizer::set_learning_rate(double rate) {
  const double scheduled = common_.learning_rate.at(iterations_);
  if (!(rate >= 0.0) || !std::isfinite(rate))
    throw DataError("{}: the learning rate must be finite and not negative, got {}; 1e-3 is usual", name(),
                    rate);
  if (scheduled == 0.0)
    throw DataError(
        "{}: the schedule gives 0 now, which no factor turns into {}; set the rate at a step where it is not "
        "0",
        name(), rate);
  factor_ = rate / scheduled;
}

double Optimizer::rate_of(std::string_view parameter) const {
  double factor = 1.0;
  std::size_t longest = 0;
  for (const auto& [prefix, its_factor] : common_.learning_rate_multipliers) {
    if (!parameter.starts_with(prefix) || prefix.size() < longest) continue;
    longest = prefix.size();
    factor = its_factor;
  }
  return learning_rate() * factor;
}

// Throws before anything changes.
void Optimizer::expect_list(std::span<const NamedParameter> parameters) {
  if (parameters.empty()) {
    throw DataError("{}: the parameter list is empty; does the model's visit() name its members?", name());
  }
  std::vector<std::string_view> names;
  std::vector<std::pair<const Node*, std::size_t>> nodes;
  for (const NamedParameter& p : parameters) {
    nodes.emplace_back(p.variable.node().get(), names.size());
    names.emplace_back(p.name);
  }
  std::sort(nodes.begin(), nodes.end());
  std::sort(names.begin(), names.end());
  if (const auto at = std::adjacent_find(names.begin(), names.end()); at != names.end())
    throw DataError(
        "{}: the name \"{}\" stands in the parameter list twice; parameters(model) gives each name once",
        name(), *at);
  const auto is_one = [](const auto& a, const auto& b) { return a.first == b.first; };
  if (const auto at = std::adjacent_find(nodes.begin(), nodes.end(), is_one); at != nodes.end())
    throw DataError("{}: \"{}\" and \"{}\" are one parameter; name it once", name(),
                    parameters[at->second].name, parameters[std::next(at)->second].name);
  for (const NamedParameter& p : parameters) {
    if (has_gradient(p)) (void)slots_.of(name(), p);
  }
  for (const auto& [prefix, factor] : common_.learning_rate_multipliers) {
    const auto at = std::lower_bound(names.begin(), names.end(), prefix);
    if (at != names.end() && at->starts_with(prefix)) continue;
    throw DataError(
        "{}: no parameter's name begins with \"{}\", which has a learning rate multiplier; the first is "
        "\"{}\"",
        name(), prefix, parameters.front().name);
  }
}

// Adds the gradients to the sums of the steps before. True after the last one: the gradients are their mean
// then.
bool Optimizer::accumulate(std::span<const NamedParameter> parameters) {
  const std::int64_t steps = common_.gradient_accumulation_steps;
  for (const NamedParameter& p : parameters) {
    if (!has_gradient(p)) continue;
    Variable variable = p.variable;
    add_in_place(sums_.of(name(), p).front(), variable.gradient()->value());
    variable.clear_gradient();
  }
  if (++accumulated_steps_ < steps) return false;
  for (const NamedParameter& p : parameters) {
    Variable variable = p.variable;
    if (sums_.contains(p.name))
      variable.set_gradient(sums_.of(name(), p).front() * (1.0 / static_cast<double>(steps)));
  }
  sums_.forget("");
  accumulated_steps_ = 0;
  return true;
}

void Optimizer::step(std::span<const NamedParameter> parameters) {
  expect_list(parameters);
  if (is_accumulating() && !accumulate(parameters)) return;
  multiply_if_read(parameters);
  clip(parameters, common_.clipping);
  std::vector<Update> updates;
  for (const NamedParameter& p : parameters) {
    if (has_gradient(p)) updates.push_back({p.name, p.variable, slots_.of(name(), p), rate_of(p.name)});
  }
  begin_step(iterations_ + 1);
  apply(name(), updates,
        {[this](const Piece<float>& piece, double rate) { return update(piece, rate); },
         [this](const Piece<double>& piece, double rate) { return update(piece, rate); }});
  ++iterations_;
  for (Update& update : updates) update.variable.clear_gradient();
}

void Optimizer::minimize(const Variable& loss, std::span<const NamedParameter> parameters) {
  std::unordered_set<const Node*> large;
  for (const NamedParameter& p : parameters) {
    if (!is_accumulating() && takes_product(p.variable.value())) large.insert(p.variable.node().get());
  }
  fast::backward_leaving_products(loss, [&](const Node& leaf) { return large.contains(&leaf); });
  try {
    step(parameters);
  } catch (...) {
    for (const NamedParameter& p : parameters) (void)p.variable.gradient();  // multiplies what is left
    throw;
  }
}

void Optimizer::forget(std::string_view prefix) {
  slots_.forget(prefix);
  sums_.forget(prefix);
}

std::vector<NamedTensor> Optimizer::state() const {
  std::vector<NamedTensor> out{{"iterations", full({}, static_cast<double>(iterations_), int64)},
                               {"learning_rate_factor", full({}, factor_, float64)}};
  slots_.append_to(out);
  if (accumulated_steps_ > 0) {
    out.push_back({"accumulated_steps", full({}, static_cast<double>(accumulated_steps_), int64)});
    sums_.append_to(out);
  }
  return out;
}

void Optimizer::set_state(std::span<const NamedTensor> state) {
  Slots slots = slots_, sums = sums_;
  slots.forget("");
  sums.forget("");
  std::optional<double> iterations, factor, accumulated;
  std::string wrong;
  for (const NamedTensor& entry : state) {
    const bool is_number = entry.value.size() == 1;
    if (entry.name == "iterations" && is_number) {
      iterations = entry.value.item();
    } else if (entry.name == "learning_rate_factor" && is_number) {
      factor = entry.value.item();
    } else if (entry.name == "accumulated_steps" && is_number && is_accumulating()) {
      accumulated = entry.value.item();
    } else if (!slots.take(entry) && !(is_accumulating() && sums.take(entry))) {
      wrong += " \"" + entry.name + "\"";
    }
  }
  if (!iterations) wrong += " (no \"iterations\")";
  wrong += slots.incomplete();
  if (!wrong.empty())
    throw DataError("{}: this is not a state of this optimizer:{}; take the class and options that wrote it",
                    name(), wrong);
  iterations_ = static_cast<std::int64_t>(*iterations);
  factor_ = factor.value_or(1.0);
  accumulated_steps_ = static_cast<std::int64_t>(accumulated.value_or(0.0));
  slots_ = std::move(slots);
  sums_ = std::move(sums);
}

void expect_fraction(const char* optimizer, const char* option, double value) {
  if (!(value >= 0.0 && value < 1.0))
    throw DataError("{}: {} must be in [0, 1), got {}; it is the part that is kept at each step", optimizer,
                    option, value);
}

void expect_not_negative(const char* optimizer, const char* option, double value) {
  if (!(value >= 0.0))
    throw DataError("{}: {} must not be negative, got {}; 0 does without", optimizer, option, value);
}

}  // namespace hourglass::optim
