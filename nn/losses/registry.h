#pragma once

#include <hourglass/nn/losses/losses.h>
#include <hourglass/tensor/base/function.h>
#include <hourglass/tensor/base/json.h>
#include <hourglass/tensor/base/option_values.h>

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// Losses by their names.
namespace hourglass::nn {

/// A function of a prediction and a target, with what it was made from.
class Loss {
 public:
  using Function = SharedFunction<Variable(const Variable& p, const Variable& t)>;
  Loss(std::string name, std::string options, Function f)
      : name_(std::move(name)), options_(std::move(options)), function_(std::move(f)) {}

  [[nodiscard]] Variable operator()(const Variable& p, const Variable& t) const { return function_(p, t); }
  /// "mean_squared_error", whichever of its names it was made by.
  [[nodiscard]] const std::string& name() const { return name_; }
  /// {"reduction":"mean"}
  [[nodiscard]] const std::string& options_json() const { return options_; }

 private:
  std::string name_, options_;
  Function function_;
};

/// A loss by Keras's name or one of its aliases, in any case: "mse", "mean_squared_error",
/// "MeanSquaredError"; with the fields of its options.
///
///     const nn::Loss loss = nn::make_loss("huber", {{"delta", 0.5}});
///     backward(loss(model(x), t));
///
/// Throws DataError for an unknown name or option, with those that there are, and for a value of another
/// type.
[[nodiscard]] Loss make_loss(std::string_view name, const OptionValues& options = {});
/// The same from options_json's text; `source` begins the errors.
[[nodiscard]] Loss make_loss_from_json(std::string_view name, std::string_view json, std::string_view source);

/// For losses without options.
struct NoLossOptions {};
template <class V>
void visit(NoLossOptions& /*o*/, V&& /*v*/) {}

namespace internal {
using ReadLossOptions = FunctionRef<void(FunctionRef<void(OptionsVisitor&)>)>;
using MakeLoss = SharedFunction<Loss(const std::string& name, ReadLossOptions read)>;
void add_loss(std::vector<std::string> names, MakeLoss make);
}  // namespace internal

/// Makes a loss of one's own known by a name, and by further ones:
///
///     nn::register_loss("log_cosh", [](const Variable& p, const Variable& t) { return mean(…); });
///     nn::register_loss<HuberOptions>("pseudo_huber", pseudo_huber, {"ph"});   // f(p, t, options)
///
/// Throws DataError for a name that is taken.
template <class Options = NoLossOptions, class F>
void register_loss(std::string name, F f, std::vector<std::string> aliases = {}) {
  aliases.insert(aliases.begin(), std::move(name));
  internal::add_loss(std::move(aliases), [f](const std::string& its_name, internal::ReadLossOptions read) {
    Options options{};
    read([&](OptionsVisitor& v) { visit(options, v); });
    return Loss(its_name, to_json(options), [f, options](const Variable& p, const Variable& t) -> Variable {
      if constexpr (std::is_invocable_v<const F&, const Variable&, const Variable&, const Options&>) {
        return f(p, t, options);
      } else {
        return f(p, t);
      }
    });
  });
}

}  // namespace hourglass::nn
