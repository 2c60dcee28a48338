#pragma once

#include <hourglass/optim/optimizer.h>
#include <hourglass/tensor/base/json.h>
#include <hourglass/tensor/base/option_values.h>

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>

/// Optimizers by their names.
namespace hourglass::optim {

namespace internal {

/// Fills an options struct.
using ReadOptions = FunctionRef<void(FunctionRef<void(OptionsVisitor&)>)>;

struct OptimizerType {
  std::string name;
  const std::type_info* info;
  std::unique_ptr<Optimizer> (*make)(ReadOptions read);
  std::string (*options)(const Optimizer& optimizer);  // as JSON
};
void add_type(const OptimizerType& type);

}  // namespace internal

/// The optimizer of a name, Keras's, in any case: "adam", "SGD", "rmsprop"; with options by their names.
///
///     auto optimizer = optim::make("adam", {{"learning_rate", 0.01}, {"clipnorm", 1.0}});
///
/// A learning rate that is not constant: {"learning_rate.schedule", "CosineDecay"},
/// {"learning_rate.initial_learning_rate", 0.01}, {"learning_rate.decay_steps", 1000}. Throws DataError for
/// an unknown name or option, with those that there are, and for a value of another type or out of range.
[[nodiscard]] std::unique_ptr<Optimizer> make(std::string_view name, const OptionValues& options = {});
/// The same from options_json's text; `source` begins the errors.
[[nodiscard]] std::unique_ptr<Optimizer> make_from_json(std::string_view name, std::string_view json,
                                                        std::string_view source);

/// The name by which make() knows an optimizer, "Adam"; empty for one that is not registered.
[[nodiscard]] std::string registered_name(const Optimizer& optimizer);
/// What it was made with, as a JSON object; "{}" for one that is not registered.
[[nodiscard]] std::string options_json(const Optimizer& optimizer);

/// Makes an optimizer of one's own known by a name, to make() and to model files:
///
///     optim::register_optimizer<Lion>("Lion");
///
/// It has `const LionOptions& options() const`, is made from these, and their fields have names,
/// visit(LionOptions&, V&&). Throws DataError for a name that is taken.
template <std::derived_from<Optimizer> O>
void register_optimizer(std::string name) {
  static_assert(
      requires(const O& o) { o.options(); },
      "register_optimizer: the optimizer says what it was made with, const LionOptions& options() const");
  if constexpr (requires(const O& o) { o.options(); }) {
    using Options = std::decay_t<decltype(std::declval<const O&>().options())>;
    internal::add_type({std::move(name), &typeid(O),
                        [](internal::ReadOptions read) -> std::unique_ptr<Optimizer> {
                          Options options;
                          read([&](OptionsVisitor& v) { visit(options, v); });
                          return std::make_unique<O>(options);
                        },
                        [](const Optimizer& o) { return to_json(static_cast<const O&>(o).options()); }});
  }
}

}  // namespace hourglass::optim
