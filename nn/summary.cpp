#include <hourglass/nn/evaluating.h>
#include <hourglass/nn/summary.h>
#include <hourglass/tensor/ops/factory.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace hourglass::nn {

namespace {

class OutputShapes final : public LayerObserver {
 public:
  void on_output(const Module& module, const Variable& y) override {
    shapes_.insert_or_assign(&module, y.shape());
  }

  // "(None, 64)"; of a module that does not give one tensor, or has no part in the call, nothing is known.
  [[nodiscard]] std::string text(const Module* module) const {
    const auto found = shapes_.find(module);
    if (found == shapes_.end()) return "(not called)";
    std::string out = "(None";
    for (int axis = 1; axis < found->second.rank(); ++axis) out += ", " + std::to_string(found->second[axis]);
    return out + ")";
  }

 private:
  std::map<const Module*, Shape> shapes_;
};

struct Line {
  std::string title, shape, count;
};

struct Counts {
  std::int64_t trainable = 0, frozen = 0;
  [[nodiscard]] std::int64_t all() const { return trainable + frozen; }
};

// Numbers in parameters and in saved state (running statistics): of one module alone, or of all inside too.
class Counting final : public Visitor {
 public:
  explicit Counting(bool inside) : inside_(inside) {}
  Counts counts;

 private:
  void on_parameter(const std::string&, Variable& p) override {
    if (!seen_.insert(p.node().get()).second) return;
    (p.requires_grad() ? counts.trainable : counts.frozen) += p.size();
  }
  void on_state(const std::string&, Tensor& state) override {
    if (seen_.insert(&state).second) counts.frozen += state.size();
  }
  bool on_module(const std::string& path, Module&) override { return inside_ || path.empty(); }

  bool inside_;
  std::set<const void*> seen_;
};

Counts count(Module& module, bool inside) {
  Counting visitor(inside);
  visitor("", module);
  return visitor.counts;
}

// A module without modules inside: what gets a line of its own.
bool is_leaf(Module& module) { return modules(module).size() == 1; }

// 1234567 -> "1,234,567", as Keras writes counts.
std::string grouped(std::int64_t n) {
  std::string digits = std::to_string(n);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

// Keras's table, its columns as wide as what stands in them; without shapes that column is left out.
std::string table(const std::string& title, const std::vector<Line>& lines, const Counts& total,
                  bool with_shapes) {
  std::size_t names = 33, shapes = with_shapes ? 23 : 0, counts = 10;
  for (const Line& line : lines) {
    names = std::max(names, line.title.size());
    shapes = std::max(shapes, line.shape.size());
    counts = std::max(counts, line.count.size());
  }
  const auto row = [&](const std::string& name, const std::string& shape, const std::string& count) {
    if (!with_shapes) return fmt::format(" {:<{}} {}\n", name, names, count);
    return fmt::format(" {:<{}} {:<{}} {}\n", name, names, shape, shapes, count);
  };
  const std::string rule(names + shapes + counts + 3, '='), thin(rule.size(), '_');
  std::string out = fmt::format("Model: \"{}\"\n{}\n", title, thin);
  out += row("Layer (type)", "Output Shape", "Param #") + rule + "\n";
  for (const Line& line : lines) out += row(line.title, line.shape, line.count);
  out += fmt::format("{}\nTotal params: {}\nTrainable params: {}\nNon-trainable params: {}\n{}\n", rule,
                     grouped(total.all()), grouped(total.trainable), grouped(total.frozen), thin);
  return out;
}

// One line for each leaf, and for what has parameters of its own.
std::string table_of(Module& model, const OutputShapes* shapes) {
  std::vector<Line> lines;
  for (const NamedModule& m : modules(model)) {
    const Counts own = count(*m.module, false);
    if (!is_leaf(*m.module) && own.all() == 0) continue;
    lines.push_back({fmt::format("{} ({})", m.name.empty() ? "model" : m.name, m.module->describe()),
                     shapes ? shapes->text(m.module) : "", grouped(own.all())});
  }
  return table(model.type_name(), lines, count(model, true), shapes != nullptr);
}

}  // namespace

// A const model is called too: evaluation changes nothing but the mode, which is put back.
std::string internal::summary_by(const Module& model, const std::function<void()>& call) {
  auto& called = const_cast<Module&>(model);
  OutputShapes shapes;
  {
    const Evaluating evaluating(called);
    call();
  }
  return table_of(called, &shapes);
}

std::string summary(const Layer& model, const Shape& input_shape, DType dtype) {
  auto& called = const_cast<Layer&>(model);
  return internal::summary_by(model, [&] { (void)called(zeros(input_shape.insert(0, 1), dtype)); });
}

std::string summary(const Module& model) { return table_of(const_cast<Module&>(model), nullptr); }

}  // namespace hourglass::nn
