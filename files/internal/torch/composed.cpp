#include <hourglass/files/internal/torch/planner.h>
#include <hourglass/nn/layers/merge.h>
#include <hourglass/nn/layers/reparameterize.h>

#include <algorithm>

namespace hourglass::files::torch {

namespace {

std::string inside(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + "." + name;
}

std::string member_text(const std::string& name) {
  return is_python_name(name) ? "self." + name : "self.get_submodule(" + python_text(name) + ")";
}

std::string list(const std::vector<std::string>& texts, const std::string& between = ", ") {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : between) + text;
  return out;
}

std::string folded(const char* function, const std::vector<std::string>& x) {
  std::string out = x[0];
  for (std::size_t i = 1; i < x.size(); ++i) out = fmt::format("{}({}, {})", function, out, x[i]);
  return out;
}

template <class M>
bool is(const nn::Module& m) {
  return dynamic_cast<const M*>(&m) != nullptr;
}

// What a merge layer makes of values with these names; empty for one that PyTorch cannot be told.
std::string merged(const nn::Module& m, const std::vector<std::string>& x, Plan& plan) {
  if (is<nn::Add>(m)) return list(x, " + ");
  if (is<nn::Subtract>(m)) return list(x, " - ");
  if (is<nn::Multiply>(m)) return list(x, " * ");
  if (is<nn::Average>(m)) return "(" + list(x, " + ") + ") / " + std::to_string(x.size());
  if (is<nn::Maximum>(m)) return folded("torch.maximum", x);
  if (is<nn::Minimum>(m)) return folded("torch.minimum", x);
  if (const auto* const l = dynamic_cast<const nn::Concatenate*>(&m))
    return "torch.cat((" + list(x) + (x.size() == 1 ? ",)" : ")") +
           ", dim=" + std::to_string(l->config().axis) + ")";
  if (const auto* const l = dynamic_cast<const nn::Dot*>(&m)) {
    plan.helpers.insert("dot");
    return "dot(" + list(x) + (l->config().normalize ? ", normalize=True)" : ")");
  }
  return {};
}

}  // namespace

std::string Planner::encode_method(const std::string& encoded, const nn::EncoderDecoder::Form& form) {
  using Code = nn::EncoderDecoder::Code;
  std::string code = encoded, text;
  if (form.code == Code::mean) {
    code = "self.posterior(x)[0]";
    text =
        "    def posterior(self, x):\n        \"\"\"Mean and log variance of q(z|x).\"\"\"\n        return " +
        encoded + ".chunk(2, dim=1)\n\n";
  } else if (form.code == Code::top_k) {
    plan.helpers.insert("keep_top_k");
    code = fmt::format("keep_top_k({}, {})", encoded, form.k);
  }
  text += "    def encode(self, x):\n";
  if (!form.columns.empty()) text += "        holes = x.isnan()\n        x = x.masked_fill(holes, 0.0)\n";
  if (form.sees_holes) text += "        x = torch.cat((x, holes.to(x.dtype)), dim=1)\n";
  return text + "        return " + code + "\n\n";
}

std::string Planner::decode_method(const std::string& decoded, const nn::EncoderDecoder::Form& form) {
  const std::string begin = "    def decode(self, code):\n";
  if (form.columns.empty())
    return begin + "        return " + (form.logits ? "torch.sigmoid(" + decoded + ")" : decoded) + "\n\n";
  return begin + "        parts = " + decoded + ".split([width for width, _ in self.columns], dim=1)\n" +
         "        return torch.cat([f(part) for part, (_, f) in zip(parts, self.columns)], dim=1)\n\n";
}

std::vector<std::string> Planner::columns_of(const nn::EncoderDecoder::Form& form) {
  std::vector<PyModule> of_number;
  Out out{plan, known_, of_number, "number_activation", "number_activation"};
  out.activation(form.number_activation, 1);
  const std::string number = of_number.empty() ? "nn.Identity()" : of_number[0].expression;
  std::vector<std::string> lines{"self.columns = [  # width, function"};
  for (const nn::EncoderDecoder::Column& c : form.columns)
    lines.push_back(fmt::format("    ({}, {}),", c.width, c.is_category ? "nn.Softmax(dim=1)" : number));
  lines.push_back("]");
  return lines;
}

PyModule Planner::encoder_decoder(const std::string& path, const std::string& name, const nn::Module& m,
                                  const nn::EncoderDecoder::Form& form) {
  PyClass out{"", "nn.Module", m.describe()};
  std::string encoder, decoder;
  for (const Member& member : members_of(m)) {
    if (!member.module || is<nn::Reparameterize>(*member.module)) continue;
    if (member.module == form.encoder) encoder = member.name;
    if (member.module == form.decoder) decoder = member.name;
    out.members.push_back(module(inside(path, member.name), member.name, *member.module));
  }
  out.methods = encode_method(member_text(encoder) + "(x)", form) +
                decode_method(member_text(decoder) + "(code)", form) +
                "    def forward(self, x):\n        return self.decode(self.encode(x))\n";
  if (!form.columns.empty()) out.statements = columns_of(form);
  out.name = class_name(m);
  plan.classes.push_back(out);
  return {name, out.name + "()", {}};
}

PyModule Planner::graph(const std::string& path, const std::string& name, const nn::Graph& g) {
  PyClass out{"", "nn.Module", g.describe()};
  std::map<std::string, std::vector<PyModule>> parts;
  for (const Member& member : members_of(g)) {
    expect_name(inside(path, member.name), member.name);
    if (is<nn::Merge>(*member.module)) continue;
    const std::string at = inside(path, member.name);
    PyModule made = module(at, member.name, *member.module);
    const bool is_one = !made.expression.empty() || is_sequence(*member.module);
    parts[member.name] = is_one ? std::vector{std::move(made)} : std::move(made.parts);
    const std::vector<PyModule>& added = parts[member.name];
    out.members.insert(out.members.end(), added.begin(), added.end());
  }
  expect_different_names(path, out.members);
  const auto value = [&](const nn::GraphEdge& e) {
    const bool is_one = g.nodes()[static_cast<std::size_t>(e.node)].outputs.size() == 1;
    return is_one ? fmt::format("v{}", e.node) : fmt::format("v{}[{}]", e.node, e.output);
  };
  std::vector<std::string> inputs{"self"}, outputs;
  for (const std::int64_t i : g.inputs()) inputs.push_back(fmt::format("v{}", i));
  for (const nn::GraphEdge& e : g.outputs()) outputs.push_back(value(e));
  out.methods = "    def forward(" + list(inputs) + "):\n";
  for (std::size_t i = 0; i < g.nodes().size(); ++i) {
    const nn::GraphNode& node = g.nodes()[i];
    if (!node.layer) {
      out.methods += fmt::format("        # v{}: {}\n", i, python_text(node.name));
      continue;
    }
    std::vector<std::string> x;
    for (const nn::GraphEdge& e : node.inputs) x.push_back(value(e));
    out.methods += fmt::format("        v{} = {}\n", i, call_of(node, x, parts));
  }
  out.methods += "        return " + list(outputs) + "\n";
  out.name = class_name(g);
  plan.classes.push_back(out);
  return {name, out.name + "()", {}};
}

std::string Planner::call_of(const nn::GraphNode& node, const std::vector<std::string>& inputs,
                             const std::map<std::string, std::vector<PyModule>>& parts) {
  if (is<nn::Merge>(*node.layer)) {
    std::string text = merged(*node.layer, inputs, plan);
    if (text.empty()) {
      plan.unsayable.push_back("the function of \"" + node.name +
                               "\" is one of your own; build it of Add, Multiply and other layers");
    }
    return text;
  }
  std::string text = list(inputs);
  for (const PyModule& part : parts.at(node.name)) text = fmt::format("{}({})", member_text(part.name), text);
  return text;
}

}  // namespace hourglass::files::torch
