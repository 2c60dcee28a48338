#include <hourglass/files/internal/torch/plan.h>
#include <hourglass/files/safetensors.h>
#include <hourglass/files/state.h>
#include <hourglass/files/torch.h>
#include <hourglass/tensor/base/atomic_file.h>
#include <hourglass/tensor/base/error.h>

#include <cstring>
#include <filesystem>

namespace hourglass::files {

namespace {

namespace fs = std::filesystem;

std::string form(const Tensor& x) { return x.shape().str() + " " + std::string(name(x.dtype())); }

bool are_equal(const Tensor& a, const Tensor& b) {
  return visit(a.dtype(), [&]<class T>() {
    return std::memcmp(a.data<T>(), b.data<T>(), static_cast<std::size_t>(a.size()) * sizeof(T)) == 0;
  });
}

std::vector<NamedTensor> state_dict(const torch::Plan& plan) {
  std::vector<NamedTensor> out;
  for (const torch::Binding& binding : plan.bindings) {
    const std::vector<Tensor> values = binding.to_theirs(binding.value);
    for (std::size_t i = 0; i < values.size(); ++i) out.push_back({binding.theirs[i], values[i]});
  }
  return out;
}

// Takes the tensors of a file apart into ours, and notes all that does not fit.
class Fitting {
 public:
  Fitting(const torch::Plan& plan, const std::vector<NamedTensor>& tensors) : plan_(plan) {
    for (const NamedTensor& t : tensors) add(t);
    for (const torch::Binding& binding : plan.bindings) bind(binding);
    for (const auto& [name, value] : given_) wrong += "\n  unexpected: " + name + " " + form(value);
  }
  std::vector<NamedTensor> ours;
  std::string wrong;

 private:
  // Under its first name; a tied one may be there under several, but with one value.
  void add(const NamedTensor& t) {
    const auto alias = plan_.aliases.find(t.name);
    const std::string& name = alias == plan_.aliases.end() ? t.name : alias->second;
    const auto [found, is_new] = given_.try_emplace(name, t.value);
    if (is_new) return;
    if (form(found->second) != form(t.value) || !are_equal(found->second, t.value))
      wrong += "\n  tied, but of other values: " + t.name + " and " + name;
  }

  void bind(const torch::Binding& binding) {
    const std::vector<Tensor> expected = binding.to_theirs(binding.value);
    std::vector<Tensor> values;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const std::string& name = binding.theirs[i];
      const auto found = given_.find(name);
      if (found == given_.end()) {
        if (!binding.may_be_missing) wrong += "\n  missing: " + name + " " + form(expected[i]);
        continue;
      }
      const bool fits = form(found->second) == form(expected[i]);
      if (fits) {
        values.push_back(found->second);
      } else {
        wrong +=
            "\n  of another form: " + name + " is " + form(found->second) + ", expected " + form(expected[i]);
      }
      given_.erase(found);
    }
    if (values.size() != expected.size()) return;
    if (binding.to_ours) {
      ours.push_back({binding.ours, binding.to_ours(values)});
    } else if (!binding.may_differ && !are_equal(values[0], expected[0])) {
      wrong += "\n  not all " + std::string(binding.theirs[0].back() == 't' ? "1" : "0") + ": " +
               binding.theirs[0] + ", which the model's layer does not have";
    }
  }

  const torch::Plan& plan_;
  std::map<std::string, Tensor> given_;
};

}  // namespace

void save_safetensors(const std::string& path, const nn::Module& model) {
  write_safetensors(path, state_dict(torch::plan_of(model)), {{"format", "pt"}});
}

void load_safetensors(const std::string& path, nn::Module& model) {
  const Safetensors file = read_safetensors(path);
  const Fitting fitting(torch::plan_of(model), file.tensors);
  if (!fitting.wrong.empty()) {
    throw FileError("load_safetensors: {} does not fit {}; nothing was changed:{}", path, model.describe(),
                    fitting.wrong);
  }
  set_state(model, fitting.ours, "load_safetensors: " + path);
}

void save_torch(const std::string& path, const nn::Module& model) {
  const torch::Plan plan = torch::plan_of(model);
  const fs::path given(path);
  const bool is_program = given.extension() == ".py";
  const fs::path program = is_program ? given : given / "model.py";
  const std::string text = torch::program(plan, model.describe());
  std::error_code failed;
  if (!is_program) fs::create_directories(given, failed);
  if (failed)
    throw FileError("save_torch: cannot make the folder {}: {}; choose another", path, failed.message());
  write_safetensors(fs::path(program).replace_extension(".safetensors").string(), state_dict(plan),
                    {{"format", "pt"}});
  write_atomically("save_torch", program.string(), text);
}

}  // namespace hourglass::files
