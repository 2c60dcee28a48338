#pragma once

#include <hourglass/optim/clip.h>
#include <hourglass/optim/piece.h>
#include <hourglass/optim/schedule.h>
#include <hourglass/optim/slots.h>

#include <string>
#include <vector>

namespace hourglass::optim {

/// The learning rate of parameters whose names begin so is `factor` times that of the others; of several
/// prefixes that fit, the longest counts. 0 leaves them as they are.
struct LearningRateMultiplier {
  std::string prefix;  // "encoder."
  double factor = 1.0;
};

template <class V>
void visit(LearningRateMultiplier& m, V&& v) {
  v("prefix", m.prefix), v("factor", m.factor);
}

/// What every optimizer takes. Options structs have fields of these names.
struct CommonOptions {
  LearningRate learning_rate;
  Clipping clipping{};
  std::vector<LearningRateMultiplier> learning_rate_multipliers{};
  /// Parameters change at every so manieth step only, by the mean of the gradients of all since: batches as
  /// large as memory does not hold. It counts the batches alike, whatever their sizes. What is left at the
  /// end of an epoch waits for the next.
  std::int64_t gradient_accumulation_steps = 1;
};

namespace internal {
// The fields of CommonOptions beside the rate; those of the clipping by Keras's names, without a struct.
template <class Options, class V>
void visit_common(Options& o, V&& v) {
  if constexpr (requires { o.clipping; }) visit(o.clipping, v);
  if constexpr (requires { o.learning_rate_multipliers; })
    v("learning_rate_multipliers", o.learning_rate_multipliers);
  if constexpr (requires { o.gradient_accumulation_steps; })
    v("gradient_accumulation_steps", o.gradient_accumulation_steps);
}
}  // namespace internal

/// Changes parameters by their gradients.
///
/// It keeps no list of them: they are given at each step, read from the model at that moment, and what is
/// remembered (momentum and the like) is kept by name. So no copy can go stale. An optimizer trains one
/// model: it knows whose the moments are. docs/adding_an_optimizer.md shows how to write one.
class Optimizer {
 public:
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;
  virtual ~Optimizer() = default;

  /// One step from the gradients that backward() has left, which are then cleared. Parameters without a
  /// gradient stay as they are.
  ///
  /// Throws DataError for an empty list, a name or a parameter that stands in it twice, a prefix of a
  /// multiplier that no name begins with, moments that belong to another parameter of that name; ShapeError
  /// if a parameter is not of the form it had before: nothing has changed then. Throws DataError, too, if the
  /// step made an element of a parameter infinite or nan, looked for in every step: then all parameters are
  /// changed, and the gradients stay.
  void step(std::span<const NamedParameter> parameters);
  /// backward(loss) and step(parameters) in one, and faster: the large kernel of a dense layer is updated
  /// block by block as its gradient is multiplied, which is then not stored. Gives what those two give,
  /// to the last bit unless a kernel is used several times, when its gradients add up in another order.
  /// Throws as both do; if the step throws, the gradients stay.
  void minimize(const Variable& loss, std::span<const NamedParameter> parameters);

  /// The present rate: the schedule at this iteration, times the factor that callbacks may have set.
  [[nodiscard]] double learning_rate() const { return factor_ * common_.learning_rate.at(iterations_); }
  /// Scales the schedule from now on so that the present rate becomes this.
  void set_learning_rate(double rate);
  /// How often the parameters have changed.
  [[nodiscard]] std::int64_t iterations() const { return iterations_; }

  /// Drops what is kept for parameters whose names begin so, for a part of a model that was replaced by a new
  /// one.
  void forget(std::string_view prefix);

  /// All that decides the next steps beside the options, for exact resume: "iterations",
  /// "learning_rate_factor", "<parameter>.<slot>" for each moment; while gradients are being accumulated also
  /// "accumulated_steps" and "<parameter>.accumulated".
  [[nodiscard]] std::vector<NamedTensor> state() const;
  /// Throws DataError, and changes nothing, if the state is not one of this kind of optimizer. The moments
  /// then belong to the parameters of the next step.
  void set_state(std::span<const NamedTensor> state);

  /// "Adam", for texts.
  [[nodiscard]] const char* name() const { return name_; }

 protected:
  /// `name` is a literal. Of the options it takes what CommonOptions has; `slots` are what is kept for each
  /// element of a parameter, up to three numbers, which begin as `first_value`.
  template <class Options>
  Optimizer(const char* name, const Options& options, std::vector<std::string> slots,
            double first_value = 0.0)
      : Optimizer(name, common_of(options), Slots(std::move(slots), first_value)) {}

  /// Called before the updates of step `number`, from 1: for what is the same in all of them.
  virtual void begin_step(std::int64_t /*number*/) {}
  /// The formula, on a piece of a parameter; called in parallel. Gives what for_each_element does: whether
  /// all weights came out finite.
  virtual bool update(const Piece<float>& piece, double rate) const = 0;
  virtual bool update(const Piece<double>& piece, double rate) const = 0;

 private:
  template <class Options>
  static CommonOptions common_of(const Options& o) {
    CommonOptions common{o.learning_rate};
    if constexpr (requires { o.clipping; }) common.clipping = o.clipping;
    if constexpr (requires { o.learning_rate_multipliers; })
      common.learning_rate_multipliers = o.learning_rate_multipliers;
    if constexpr (requires { o.gradient_accumulation_steps; })
      common.gradient_accumulation_steps = o.gradient_accumulation_steps;
    return common;
  }
  Optimizer(const char* name, CommonOptions common, Slots slots);

  void expect_list(std::span<const NamedParameter> parameters);
  bool is_accumulating() const { return common_.gradient_accumulation_steps > 1; }
  bool accumulate(std::span<const NamedParameter> parameters);
  double rate_of(std::string_view parameter) const;

  const char* name_;
  CommonOptions common_;
  double factor_ = 1.0;
  std::int64_t iterations_ = 0;
  Slots slots_;
  Slots sums_{{"accumulated"}};
  std::int64_t accumulated_steps_ = 0;
};

/// Throw DataError with the optimizer's and the option's names.
void expect_fraction(const char* optimizer, const char* option, double value);      // in [0, 1)
void expect_not_negative(const char* optimizer, const char* option, double value);  // ≥ 0

}  // namespace hourglass::optim
