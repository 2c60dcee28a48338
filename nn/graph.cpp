#include <hourglass/nn/graph.h>
#include <hourglass/nn/internal/layer_call.h>
#include <hourglass/tensor/base/error.h>

#include <map>
#include <set>
#include <utility>

namespace hourglass::nn {

namespace {

constexpr std::int64_t kToTheEnd = INT64_MAX;

std::string counted(std::size_t n, const char* what) {
  return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

void expect_edges(const std::string& to, const std::vector<GraphEdge>& edges,
                  const std::vector<GraphNode>& before) {
  for (const GraphEdge& e : edges) {
    const bool is_there = e.node >= 0 && e.node < std::ssize(before) && e.output >= 0 &&
                          e.output < std::ssize(before[static_cast<std::size_t>(e.node)].outputs);
    if (is_there) continue;
    throw DataError(
        "Graph: {} needs output {} of node {}, which is not before it; list nodes after those that they need",
        to, e.output, e.node);
  }
}

}  // namespace

// What is known while a graph is put together.
struct Graph::Assembly {
  std::map<std::string, const Part*> parts;  // by name
  std::map<std::string, std::size_t> nodes;  // the last of each name
  std::set<const Layer*> used;
};

Graph::Graph(const GraphConfig& config, const std::vector<Part>& layers) : inputs_(config.inputs) {
  Assembly by;
  for (const Part& part : layers) {
    if (!by.parts.emplace(part.name_, &part).second)
      throw DataError("Graph: two layers are named \"{}\"; each needs a name of its own", part.name_);
  }
  std::set<std::int64_t> inputs;
  for (const std::int64_t i : inputs_) {
    if (i < 0 || i >= std::ssize(config.nodes))
      throw DataError("Graph: node {} is to be an input, but there are {}; nodes count from 0", i,
                      config.nodes.size());
    if (!inputs.insert(i).second)
      throw DataError("Graph: \"{}\" is an input twice; list each once",
                      config.nodes[static_cast<std::size_t>(i)].name);
  }
  for (std::size_t i = 0; i < config.nodes.size(); ++i)
    add_node(config.nodes[i], inputs.contains(static_cast<std::int64_t>(i)), by);
  expect_edges("an output", config.outputs, nodes_);
  outputs_ = config.outputs;
  find_last_uses();
  for (const Part& part : layers) {
    if (by.nodes.contains(part.name_)) continue;
    throw DataError("Graph: the layer \"{}\" is in no node; leave it out", part.name_);
  }
}

// Checks what it adds: a description may come from a file.
void Graph::add_node(const GraphConfig::Node& node, bool is_input, Assembly& by) {
  const bool plain = !node.name.empty() && node.name.find_first_of("./") == std::string::npos;
  if (!plain) throw DataError("Graph: a node cannot be named \"{}\"; use letters, digits and _", node.name);
  const bool whole = is_input ? node.inputs.empty() && node.outputs.size() == 1
                              : !node.inputs.empty() && !node.outputs.empty();
  if (!whole)
    throw DataError("Graph: \"{}\" has {} and {}; an input has none and one, a layer one of each or more",
                    node.name, counted(node.inputs.size(), "input"), counted(node.outputs.size(), "output"));
  expect_edges("\"" + node.name + "\"", node.inputs, nodes_);
  GraphNode out{node.name, 0, nullptr, node.inputs, node.outputs};
  if (!is_input) {
    const auto part = by.parts.find(node.name);
    if (part == by.parts.end())
      throw DataError("Graph: there is no layer for the node \"{}\"; give each layer under its node's name",
                      node.name);
    out.layer = part->second->layer_.get();
    if (by.used.insert(out.layer).second) {
      layers_.push_back(*part->second);
    } else if (!by.nodes.contains(node.name)) {
      throw DataError("Graph: the layer \"{}\" has another name too; give it one", node.name);
    }
  }
  const auto [before, is_new] = by.nodes.try_emplace(node.name, nodes_.size());
  if (!is_new) {
    const GraphNode& last = nodes_[std::exchange(before->second, nodes_.size())];
    if (last.layer != out.layer || is_input)
      throw DataError("Graph: two parts are named \"{}\"; each needs a name of its own", node.name);
    out.call = last.call + 1;
  }
  nodes_.push_back(std::move(out));
}

void Graph::find_last_uses() {
  last_uses_.assign(nodes_.size(), -1);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    for (const GraphEdge& e : nodes_[i].inputs)
      last_uses_[static_cast<std::size_t>(e.node)] = static_cast<std::int64_t>(i);
  }
  for (const GraphEdge& e : outputs_) last_uses_[static_cast<std::size_t>(e.node)] = kToTheEnd;
  if (outputs_.empty()) throw DataError("Graph: it has no output; Graph({x}, {y})");
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (last_uses_[i] == -1)
      throw DataError("Graph: no output needs {} \"{}\"; leave it out, or compute something from it",
                      nodes_[i].layer ? "the layer" : "the input", nodes_[i].name);
  }
}

Graph::Graph(const Graph& other)
    : MultiLayer(other),
      layers_(other.layers_),
      nodes_(other.nodes_),
      inputs_(other.inputs_),
      outputs_(other.outputs_),
      last_uses_(other.last_uses_) {
  std::map<const Layer*, Layer*> copies;
  for (Part& part : layers_) {
    const Layer* const original = part.layer_.get();
    part.layer_ = part.copy_(*part.layer_);
    copies.emplace(original, part.layer_.get());
  }
  for (GraphNode& node : nodes_) {
    if (node.layer) node.layer = copies.at(node.layer);
  }
}

void Graph::expect_input(std::size_t i, const Variable& x) const {
  const GraphNode& node = nodes_[static_cast<std::size_t>(inputs_[i])];
  const ExampleShape& shape = node.outputs[0].shape;
  bool fits = x.rank() == static_cast<int>(shape.size()) + 1;
  for (int axis = 1; fits && axis < x.rank(); ++axis) {
    const std::int64_t extent = shape[static_cast<std::size_t>(axis) - 1];
    fits = extent == -1 || extent == x.shape(axis);
  }
  if (fits) return;
  throw ShapeError(
      "{}: the input \"{}\" was declared as {}, got a tensor of shape {}; reshape it, or declare -1 for an "
      "extent that may be any",
      describe(), node.name, str(shape), x.shape());
}

std::vector<Variable> Graph::call(const std::vector<Variable>& x) {
  if (x.size() != inputs_.size())
    throw DataError("{}: got {}; give one for each input, model({a, b})", describe(),
                    counted(x.size(), "tensor"));
  std::vector<std::vector<Variable>> values(nodes_.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    expect_input(i, x[i]);
    values[static_cast<std::size_t>(inputs_[i])] = {x[i]};
  }
  const auto value = [&](const GraphEdge& e) -> const Variable& {
    return values[static_cast<std::size_t>(e.node)][static_cast<std::size_t>(e.output)];
  };
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const GraphNode& node = nodes_[i];
    if (!node.layer) continue;
    std::vector<Variable> arguments;
    for (const GraphEdge& e : node.inputs) arguments.push_back(value(e));
    values[i] = internal::outputs_of(*node.layer, arguments);
    if (values[i].size() != node.outputs.size())
      throw DataError("{}: the layer \"{}\" gave {} where the graph was made with {}; make it anew",
                      describe(), node.name, counted(values[i].size(), "tensor"), node.outputs.size());
    for (const GraphEdge& e : node.inputs) {  // what nothing needs any more goes back to the pool
      const auto from = static_cast<std::size_t>(e.node);
      if (last_uses_[from] == static_cast<std::int64_t>(i)) values[from].clear();
    }
  }
  std::vector<Variable> out;
  for (const GraphEdge& e : outputs_) out.push_back(value(e));
  return out;
}

void Graph::visit(Visitor& v) {
  for (Part& part : layers_) v(part.name_, *part.layer_);
}

std::string Graph::details() const {
  std::string layers = counted(layers_.size(), "layer");
  if (inputs_.size() == 1 && outputs_.size() == 1) return layers;
  return counted(inputs_.size(), "input") + ", " + counted(outputs_.size(), "output") + ", " + layers;
}

Layer& Graph::operator[](std::string_view name) const {
  std::string names;
  for (const Part& part : layers_) {
    if (part.name_ == name) return *part.layer_;
    names += (names.empty() ? "" : ", ") + part.name_;
  }
  throw IndexError("Graph: no layer is named \"{}\"; there are: {}", name, names);
}

void Graph::refuse_type(std::string_view name, const std::string& wanted) const {
  throw DataError("Graph: the layer \"{}\" is {}, not a {}; graph[name] gives it as a Layer", name,
                  (*this)[name].describe(), wanted);
}

GraphConfig Graph::config() const {
  GraphConfig out{{}, inputs_, outputs_};
  for (const GraphNode& node : nodes_) out.nodes.push_back({node.name, node.inputs, node.outputs});
  return out;
}

}  // namespace hourglass::nn
