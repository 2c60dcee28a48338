#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/optim/piece.h>
#include <hourglass/optim/schedule.h>

#include <map>
#include <optional>
#include <string>

namespace hourglass {
class ProductTiles;
}

/// Optimizers, learning-rate schedules and gradient clipping. Names and defaults are Keras's.
namespace hourglass::optim {

/// What is done to gradients before a step; nothing by default.
struct Clipping {
  std::optional<double> clipvalue{};        // each element of a gradient into [−v, v]
  std::optional<double> clipnorm{};         // each parameter's gradient to at most this norm
  std::optional<double> global_clipnorm{};  // all gradients together to at most this norm
};

/// Changes parameters by their gradients.
///
/// It keeps no list of them: they are given at each step, read from the model at that moment, and what is
/// remembered (momentum and the like) is kept by name. So no copy can go stale.
class Optimizer {
 public:
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;
  virtual ~Optimizer() = default;

  /// One step from the gradients that backward() has left, which are then cleared. Parameters without a
  /// gradient stay as they are. Throws DataError for an empty list, a name or a parameter that stands in it
  /// twice; ShapeError or DTypeError if a parameter is not of the form it had before.
  void step(std::span<const NamedParameter> parameters);
  /// backward(loss) and step(parameters) in one, and faster: the large kernel of a dense layer is updated
  /// block by block as its gradient is multiplied, which is then not stored. Gives what those two give,
  /// to the last bit unless a kernel is used several times, when its gradients add up in another order.
  /// Throws as both do; if the step throws, the gradients stay.
  void minimize(const Variable& loss, std::span<const NamedParameter> parameters);

  /// The present rate: the schedule at this iteration, times the factor that callbacks may have set.
  [[nodiscard]] double learning_rate() const { return factor_ * rate_.at(iterations_); }
  /// Scales the schedule from now on so that the present rate becomes this.
  void set_learning_rate(double rate);
  /// Steps taken.
  [[nodiscard]] std::int64_t iterations() const { return iterations_; }

  /// All that decides the next steps beside the options, for exact resume: "iterations",
  /// "learning_rate_factor", and
  /// "<parameter>.<slot>" for each moment.
  [[nodiscard]] std::vector<NamedTensor> state() const;
  /// Throws DataError, and changes nothing, if the state is not one of this kind of optimizer.
  void set_state(std::span<const NamedTensor> state);

  /// "Adam", for texts.
  [[nodiscard]] virtual const char* name() const = 0;

 protected:
  Optimizer(LearningRate rate, Clipping clipping, std::vector<std::string> slots, double first_value = 0.0);

  /// Called before the updates of step `number`, from 1: for what is the same in all of them.
  virtual void begin_step(std::int64_t /*number*/) {}
  /// Called on pieces, in parallel.
  virtual void update(const Piece<float>& piece, double rate) const = 0;
  virtual void update(const Piece<double>& piece, double rate) const = 0;

 private:
  struct Work;
  std::optional<Work> work_on(const NamedParameter& parameter, std::int64_t first_task);
  template <class T>
  void update_stretch(Piece<T> piece, std::int64_t task, double rate) const;
  void update_block(const Piece<float>& whole, const ProductTiles& factors, std::int64_t task,
                    double rate) const;
  void clip(std::span<const NamedParameter> parameters) const;
  std::vector<Tensor>& slots_of(const NamedParameter& parameter);

  LearningRate rate_;
  double factor_ = 1.0;
  Clipping clipping_;
  std::vector<std::string> slot_names_;
  double first_value_;
  std::int64_t iterations_ = 0;
  std::map<std::string, std::vector<Tensor>, std::less<>> slots_;
};

/// The norm √Σ‖g‖² of all gradients together; parameters without one count as 0.
[[nodiscard]] double global_norm(std::span<const NamedParameter> parameters);
/// Scales all gradients by min(1, limit / global norm) and returns the norm before (Pascanu et al. 2013). A
/// norm that is not finite is left to the caller: gradients stay as they are.
double clip_by_global_norm(std::span<const NamedParameter> parameters, double limit);
/// Scales each gradient to at most this norm.
void clip_by_norm(std::span<const NamedParameter> parameters, double limit);
/// Moves each element of each gradient into [−limit, limit].
void clip_by_value(std::span<const NamedParameter> parameters, double limit);

}  // namespace hourglass::optim
