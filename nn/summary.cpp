#include <hourglass/nn/summary.h>
#include <hourglass/tensor/factory.h>

#include <fmt/format.h>

#include <map>

namespace hourglass::nn {

namespace {

class OutputShapes final : public LayerObserver {
 public:
  void on_output(const Layer& layer, const Variable& y) override {
    shapes_.insert_or_assign(&layer, y.shape());
  }

  // "(None, 64)"; "?" for a module that was not called as a layer.
  [[nodiscard]] std::string text(const Module* module) const {
    const auto found = shapes_.find(module);
    if (found == shapes_.end()) return "?";
    std::string out = "(None";
    for (int axis = 1; axis < found->second.rank(); ++axis) out += ", " + std::to_string(found->second[axis]);
    return out + ")";
  }

 private:
  std::map<const Module*, Shape> shapes_;
};

// A module without modules inside: what gets a line of its own.
bool is_leaf(Module& module) { return modules(module).size() == 1; }

// 1234567 -> "1,234,567", as Keras writes counts.
std::string grouped(std::int64_t n) {
  std::string digits = std::to_string(n);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

// Restores the training mode of every module inside, each its own.
class Evaluation {
 public:
  explicit Evaluation(Module& model) {
    for (const NamedModule& m : modules(model)) was_training_.emplace_back(m.module, m.module->is_training());
    model.eval();
  }
  ~Evaluation() {
    for (const auto& [module, training] : was_training_) module->train(training);
  }
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;

 private:
  std::vector<std::pair<Module*, bool>> was_training_;
};

}  // namespace

std::string summary(Layer& model, const Shape& input_shape, DType dtype) {
  const Evaluation evaluation(model);
  OutputShapes shapes;
  no_grad([&] { return model(zeros(input_shape.insert(0, 1), dtype)); });

  const std::string rule(74, '='), thin(74, '_');
  std::string out = fmt::format("Model: \"{}\"\n{}\n {:<34}{:<24}{:<10}\n{}\n", model.type_name(), thin,
                                "Layer (type)", "Output Shape", "Param #", rule);
  for (const NamedModule& m : modules(model)) {
    if (!is_leaf(*m.module)) continue;
    const std::string title = fmt::format("{} ({})", m.name.empty() ? "model" : m.name, m.module->describe());
    out += fmt::format(" {:<33} {:<23} {:<10}\n", title, shapes.text(m.module),
                       grouped(parameter_count(*m.module)));
  }
  std::int64_t trainable = 0, frozen = 0;
  for (const NamedParameter& p : parameters(model))
    (p.variable.requires_grad() ? trainable : frozen) += p.variable.size();
  out += fmt::format("{}\nTotal params: {}\nTrainable params: {}\nNon-trainable params: {}\n{}\n", rule,
                     grouped(trainable + frozen), grouped(trainable), grouped(frozen), thin);
  return out;
}

}  // namespace hourglass::nn
