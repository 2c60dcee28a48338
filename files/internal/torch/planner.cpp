#include <hourglass/files/internal/torch/planner.h>
#include <hourglass/nn/layers/reparameterize.h>
#include <hourglass/nn/sequential.h>

#include <algorithm>

namespace hourglass::files::torch {

namespace {

class Members final : public nn::Visitor {
 public:
  explicit Members(const nn::Module& module) : self_(&module) { walk(module); }
  std::vector<Member> list;

 private:
  bool on_module(const std::string& path, nn::Module& module) override {
    if (&module == self_ && path.empty()) return true;
    list.push_back({path, &module, nullptr, nullptr});
    return false;
  }
  void on_parameter(const std::string& path, Variable& parameter) override {
    list.push_back({path, nullptr, &parameter, nullptr});
  }
  void on_state(const std::string& path, Tensor& state) override {
    list.push_back({path, nullptr, nullptr, &state});
  }
  const nn::Module* self_;
};

class Uses final : public nn::Visitor {
 public:
  explicit Uses(const nn::Module& model) { walk(model); }
  std::map<const void*, int> count;

 private:
  void on_parameter(const std::string& /*path*/, Variable& parameter) override {
    ++count[parameter.node().get()];
  }
};

std::string joined(const std::string& path, const std::string& name) {
  return path.empty() || name.empty() ? path + name : path + "." + name;
}

// The layers of a sequence, those of sequences in it among them.
void collect(const nn::Module& module, std::vector<const nn::Module*>& chain) {
  if (!is_sequence(module)) {
    chain.push_back(&module);
    return;
  }
  for (const Member& m : members_of(module)) collect(*m.module, chain);
}

// What each nn.Module and nn.Sequential has, of PyTorch 1.13 and 2.
constexpr std::string_view kTaken =
    " T_destination add_module append apply bfloat16 buffers call_super_init children compile cpu cuda "
    "double "
    "dump_patches eval extend extra_repr float forward get_buffer get_extra_state get_parameter "
    "get_submodule half "
    "insert ipu load_state_dict modules mtia named_buffers named_children named_modules named_parameters "
    "parameters pop register_backward_hook register_buffer register_forward_hook register_forward_pre_hook "
    "register_full_backward_hook register_full_backward_pre_hook register_load_state_dict_post_hook "
    "register_load_state_dict_pre_hook register_module register_parameter register_state_dict_post_hook "
    "register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule share_memory state_dict to "
    "to_empty "
    "train training type xpu zero_grad ";

}  // namespace

std::vector<Member> members_of(const nn::Module& module) { return Members(module).list; }

bool is_sequence(const nn::Module& module) { return dynamic_cast<const nn::Sequential*>(&module) != nullptr; }

Planner::Planner(const nn::Module& model) : uses_(Uses(model).count) {
  if (is_sequence(model)) {
    plan.classes.push_back({"Model", "nn.Sequential", model.describe(), sequence("", model)});
    return;
  }
  const PyModule whole = module("", "", model);
  if (!whole.expression.empty()) return;  // an object of the last class
  plan.unsayable.push_back(model.describe() +
                           " is one layer; put it into an nn::Sequential, which becomes a class with load()");
}

PyModule Planner::module(const std::string& path, const std::string& name, const nn::Module& m) {
  if (const auto* const kind = dynamic_cast<const nn::EncoderDecoder*>(&m)) {
    if (const auto form = kind->form()) return encoder_decoder(path, name, m, *form);
  }
  if (const auto* const g = dynamic_cast<const nn::Graph*>(&m)) return graph(path, name, *g);
  if (is_sequence(m)) return {name, {}, sequence(path, m)};
  return {name, {}, single(path, name, m)};
}

std::vector<PyModule> Planner::sequence(const std::string& path, const nn::Module& m) {
  std::vector<const nn::Module*> chain;
  collect(m, chain);
  const std::vector<Step> steps = steps_of(chain, [&](const nn::Module& layer) {
    const std::vector<Member> members = members_of(layer);
    return std::any_of(members.begin(), members.end(), [&](const Member& member) {
      return member.parameter && uses_.at(member.parameter->node().get()) > 1;
    });
  });
  std::size_t next = 0;
  std::vector<PyModule> out;
  layers_of(path, m, steps, next, out);
  if (!steps.empty() && steps.back().gives == Layout::images) convert("ChannelsLast", "channels_last", out);
  expect_different_names(path, out);
  return out;
}

void Planner::layers_of(const std::string& path, const nn::Module& m, const std::vector<Step>& steps,
                        std::size_t& next, std::vector<PyModule>& into) {
  for (const Member& member : members_of(m)) {
    const std::string inside = joined(path, member.name);
    expect_name(inside, member.name);
    if (!is_sequence(*member.module)) {
      layer(inside, member.name, *member.module, steps[next++], into);
      continue;
    }
    PyModule inner{member.name, {}, {}};
    layers_of(inside, *member.module, steps, next, inner.parts);
    expect_different_names(inside, inner.parts);
    into.push_back(std::move(inner));
  }
}

void Planner::layer(const std::string& path, const std::string& name, const nn::Module& m, const Step& step,
                    std::vector<PyModule>& into) {
  if (step.to_images) convert("ChannelsFirst", name + "_channels_first", into);
  if (step.to_plain) convert("ChannelsLast", name + "_channels_last", into);
  Out out{plan, known_, into, path, name};
  if (say_layer(m, step, out)) return;
  const auto* const kind = dynamic_cast<const nn::EncoderDecoder*>(&m);
  const bool has_class = (kind && kind->form()) || dynamic_cast<const nn::Graph*>(&m) != nullptr;
  if (has_class) {
    into.push_back(module(path, name, m));
  } else {
    unknown(path, m);
    into.push_back({name, "nn.Identity()", {}});
  }
}

std::vector<PyModule> Planner::single(const std::string& path, const std::string& name, const nn::Module& m) {
  const std::vector<Step> steps =
      steps_of({&m}, [](const nn::Module& /*layer*/) { return true; });  // nothing is put into another order
  std::vector<PyModule> out;
  layer(path, name, m, steps[0], out);
  if (steps[0].gives == Layout::images) convert("ChannelsLast", name + "_channels_last", out);
  return out;
}

void Planner::convert(const char* helper, const std::string& name, std::vector<PyModule>& into) {
  plan.helpers.insert(helper);
  into.push_back({name, std::string(helper) + "()", {}});
}

void Planner::unknown(const std::string& path, const nn::Module& m) {
  if (dynamic_cast<const nn::Reparameterize*>(&m)) return;
  plan.unsayable.push_back("what " + m.describe() + (path.empty() ? "" : " \"" + path + "\"") +
                           " computes is known to C++ alone; build it of nn::Sequential, nn::Graph and the "
                           "library's layers, or save the weights alone with save_safetensors");
  for (const Member& member : members_of(m)) {
    const std::string inside = joined(path, member.name);
    std::vector<PyModule> parts;
    Out out{plan, known_, parts, inside, member.name};
    if (member.module) module(inside, member.name, *member.module);
    if (member.parameter)
      out.bind(same(inside, inside, member.parameter->value()), *member.parameter, "same");
    if (member.state) out.bind(same(inside, inside, *member.state), member.state, "same");
  }
}

std::string Planner::class_name(const nn::Module& m) const {
  std::string name = m.type_name();
  const auto is_mark = [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); };
  std::replace_if(name.begin(), name.end(), is_mark, '_');
  const auto taken = [&](const std::string& n) {
    return std::any_of(plan.classes.begin(), plan.classes.end(),
                       [&](const PyClass& c) { return c.name == n; });
  };
  std::string out = name;
  for (int i = 2; taken(out); ++i) out = name + std::to_string(i);
  return out;
}

void Planner::expect_name(const std::string& path, const std::string& name) {
  if (kTaken.find(" " + name + " ") == std::string_view::npos && name.rfind("__", 0) != 0) return;
  plan.unsayable.push_back("a layer cannot be named \"" + path + "\", because each nn.Module has a \"" +
                           name + "\"; give it another name");
}

void Planner::expect_different_names(const std::string& path, const std::vector<PyModule>& parts) {
  std::set<std::string> names;
  for (const PyModule& part : parts) {
    if (names.insert(part.name).second) continue;
    plan.unsayable.push_back("two modules of \"" + path + "\" would be named \"" + part.name +
                             "\"; give the layer of this name another");
  }
}

Plan plan_of(const nn::Module& model) {
  Plan plan = Planner(model).plan;
  if (!plan.classes.empty()) {
    std::vector<std::string>& last = plan.classes.back().statements;
    last.insert(last.end(), plan.ties.begin(), plan.ties.end());
  }
  return plan;
}

}  // namespace hourglass::files::torch
