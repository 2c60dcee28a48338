#include <hourglass/optim/slots.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/factory.h>

#include <algorithm>

namespace hourglass::optim {

Slots::Slots(std::vector<std::string> names, double first) : names_(std::move(names)), first_(first) {}

std::vector<Tensor>& Slots::of(const char* who, const NamedParameter& parameter) {
  const Variable& variable = parameter.variable;
  Kept& kept = kept_[parameter.name];
  while (kept.tensors.size() < names_.size())
    kept.tensors.push_back(full(variable.shape(), first_, variable.dtype()));
  for (const Tensor& slot : kept.tensors) {
    if (slot.shape() == variable.shape() && slot.dtype() == variable.dtype()) continue;
    throw ShapeError(
        "{}: parameter \"{}\" had shape {} ({}) and has {} ({}) now; use a new one for a new model", who,
        parameter.name, slot.shape(), hourglass::name(slot.dtype()), variable.shape(),
        hourglass::name(variable.dtype()));
  }
  const std::uint64_t tick = variable.node()->tick;
  if (kept.owner == 0 || names_.empty()) kept.owner = tick;
  if (kept.owner != tick) {
    throw DataError(
        "{}: what is kept under the name \"{}\" belongs to another parameter of that name; use one {} for "
        "each model. If the parameter was replaced on purpose, forget(\"{}\") begins anew for it; "
        "set_value() instead of a new parameter keeps what there is",
        who, parameter.name, who, parameter.name);
  }
  return kept.tensors;
}

void Slots::forget(std::string_view prefix) {
  std::erase_if(kept_, [&](const auto& entry) { return entry.first.starts_with(prefix); });
}

void Slots::append_to(std::vector<NamedTensor>& state) const {
  for (const auto& [parameter, kept] : kept_) {
    for (std::size_t i = 0; i < kept.tensors.size(); ++i)
      state.push_back({parameter + "." + names_[i], kept.tensors[i].clone()});
  }
}

bool Slots::take(const NamedTensor& entry) {
  const auto dot = entry.name.rfind('.');
  if (dot == std::string::npos || !is_floating(entry.value.dtype())) return false;
  const auto known = std::find(names_.begin(), names_.end(), entry.name.substr(dot + 1));
  if (known == names_.end()) return false;
  std::vector<Tensor>& tensors = kept_[entry.name.substr(0, dot)].tensors;
  tensors.resize(names_.size());
  tensors[static_cast<std::size_t>(known - names_.begin())] = entry.value.clone();
  return true;
}

std::string Slots::incomplete() const {
  std::string wrong;
  for (const auto& entry : kept_) {
    const std::vector<Tensor>& tensors = entry.second.tensors;
    const auto differs = [&](const Tensor& t) { return t.shape() != tensors.front().shape(); };
    if (std::any_of(tensors.begin(), tensors.end(), differs))
      wrong += " \"" + entry.first + "\" (parts are missing or differ in shape)";
  }
  return wrong;
}

}  // namespace hourglass::optim
