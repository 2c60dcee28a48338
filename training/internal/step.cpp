#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/trace.h>
#include <hourglass/nn/check.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/training/internal/step.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace hourglass::training::detail {

namespace {

// A layer that is made within the first call is older than the second, and is found then.
constexpr int kChecks = 2;

// Whether a name is that of a member or of something inside it.
bool is_in(std::string_view name, std::string_view member) {
  return name.starts_with(member) &&
         (member.empty() || name.size() == member.size() || name[member.size()] == '.');
}

bool trains(const AnyPhase& phase, std::string_view parameter) {
  return phase.parameters.empty() ||
         std::any_of(phase.parameters.begin(), phase.parameters.end(),
                     [&](const std::string& member) { return is_in(parameter, member); });
}

// The first that trains something in the module or around it; the first of all if none does.
std::size_t phase_of_module(std::span<const AnyPhase> phases, const std::string& module) {
  const auto has_part_in = [&](const AnyPhase& phase) {
    return trains(phase, module) ||
           std::any_of(phase.parameters.begin(), phase.parameters.end(),
                       [&](const std::string& member) { return is_in(member, module); });
  };
  const auto at = std::find_if(phases.begin(), phases.end(), has_part_in);
  return at == phases.end() ? 0 : static_cast<std::size_t>(at - phases.begin());
}

std::optional<Variable> penalty(nn::Module& model, std::span<const AnyPhase> phases, std::size_t number) {
  if (phases.size() == 1) return nn::regularization_loss(model);
  std::optional<Variable> sum;
  for (const nn::NamedModule& inside : nn::modules(model)) {
    const std::optional<Variable> its_own = inside.module->take_penalty();
    if (its_own && phase_of_module(phases, inside.name) == number) sum = sum ? *sum + *its_own : *its_own;
  }
  return sum;
}

}  // namespace

void refuse_phase(const std::string& name, const char* missing) {
  throw DataError("fit: the phase \"{}\" has no {}; give Phase{name, &optimizer, parameters, loss}", name,
                  missing);
}

void expect_phases(std::span<const AnyPhase> phases) {
  if (phases.empty()) throw DataError("fit: there is no phase to train by; give at least one");
  std::set<std::string_view> names;
  std::set<const optim::Optimizer*> optimizers;
  for (const AnyPhase& phase : phases) {
    if (phase.steps < 1)
      throw DataError("fit: the phase \"{}\" is to have {} steps; 1 is usual", phase.name, phase.steps);
    if (phases.size() == 1) return;
    const bool good = !phase.name.empty() && std::all_of(phase.name.begin(), phase.name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
    if (!good || !names.insert(phase.name).second)
      throw DataError("fit: a phase cannot be named \"{}\"; give each a name of letters, digits and _",
                      phase.name);
    if (!optimizers.insert(phase.optimizer).second)
      throw DataError(
          "fit: the phase \"{}\" has the optimizer of another, whose moments are not its own; give each one",
          phase.name);
  }
}

Variable total_loss(nn::Module& model, std::span<const AnyPhase> phases, std::size_t number,
                    const void* batch) {
  Variable loss = phases[number].loss(batch);
  if (loss.size() != 1) {
    throw ShapeError("fit: the loss of a batch must be one number, got shape {}; reduce it with mean or sum",
                     loss.shape());
  }
  if (const auto its_own = penalty(model, phases, number)) loss = loss + *its_own;
  return loss;
}

Frozen::Frozen(const std::vector<NamedParameter>& parameters) {
  for (const NamedParameter& p : parameters) {
    if (p.variable.is_leaf() && p.variable.requires_grad()) thawed_.push_back(p.variable);
  }
  for (Variable& p : thawed_) p.set_requires_grad(false);
}

Frozen::~Frozen() {
  for (Variable& p : thawed_) p.set_requires_grad(true);
}

std::string Step::where() const { return phases_.size() > 1 ? ", phase " + phases_[now_].name : ""; }

std::vector<NamedParameter> Step::parameters(bool trained) const {
  std::vector<NamedParameter> list = nn::parameters(model_);
  std::erase_if(list, [&](const NamedParameter& p) { return trains(phases_[now_], p.name) != trained; });
  return list;
}

void Step::expect_all_trained() const {
  for (const NamedParameter& p : nn::parameters(model_)) {
    const auto its = [&](const AnyPhase& phase) { return trains(phase, p.name); };
    if (!p.variable.requires_grad() || std::any_of(phases_.begin(), phases_.end(), its)) continue;
    throw DataError("fit: no phase trains the parameter \"{}\"; name it in one, or set_trainable(…, false)",
                    p.name);
  }
}

std::span<const double> Step::train(const void* batch) {
  if (checked_ < kChecks) expect_all_trained();
  for (now_ = 0; now_ < phases_.size(); ++now_) {
    const std::int64_t steps = phases_[now_].steps;
    double sum = 0.0;
    for (std::int64_t i = 0; i < steps; ++i) sum += minimize(batch);
    losses_[now_] = sum / static_cast<double>(steps);
  }
  checked_ = std::min(checked_ + 1, kChecks);
  return losses_;
}

double Step::minimize(const void* batch) {
  const bool check = checked_ < kChecks;
  const AnyPhase& phase = phases_[now_];
  const Trace trace(check && tracing() == Tracing::off ? Tracing::layers : tracing());
  const Frozen frozen(parameters(false));
  const std::uint64_t begin = next_tick();
  const Variable loss = total_loss(model_, phases_, now_, batch);
  const double value = loss.item();
  if (!std::isfinite(value)) {
    throw NotFiniteError(
        "fit: the loss became {}; try a lower learning rate than {}, look at the data's range, or keep an "
        "hg::Trace alive around fit(): it names the op and the layer that made it",
        value, phase.optimizer->learning_rate());
  }
  if (check) nn::check_parameters_listed(loss, model_, begin);
  const std::vector<NamedParameter> trained = parameters(true);
  if (trained.empty() && !phase.parameters.empty()) {
    throw DataError("fit: the phase \"{}\" trains nothing: the model has no parameter in {}; {} has {}",
                    phase.name, fmt::format("{}", fmt::join(phase.parameters, ", ")), model_.describe(),
                    nn::parameters(model_).front().name);
  }
  phase.optimizer->minimize(loss, trained);
  if (check) {  // what a layer made within this call was not frozen before it
    std::vector<NamedParameter> others = parameters(false);
    for (NamedParameter& p : others) p.variable.clear_gradient();
  }
  return value;
}

}  // namespace hourglass::training::detail
