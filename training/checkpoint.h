#pragma once

#include <hourglass/files/model.h>
#include <hourglass/nn/module.h>
#include <hourglass/optim/optimizer.h>
#include <hourglass/tensor/ops/random.h>

#include <concepts>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace hourglass::files::internal {
class WholeFile;
}  // namespace hourglass::files::internal

namespace hourglass::training {

/// Whatever has state() -> std::vector<NamedTensor> and set_state(std::span<const NamedTensor>): an
/// optimizer, a callback, an average of weights.
template <class T>
concept Stateful = requires(T& object, std::span<const NamedTensor> state) {
  { object.state() } -> std::convertible_to<std::vector<NamedTensor>>;
  object.set_state(state);
};

/// One thing of which a checkpoint keeps the state, by reference and under a name (a group of the file).
class Part {
 public:
  Part(std::string name, nn::Module& module);
  Part(std::string name, Generator& generator);
  Part(std::string name, optim::Optimizer& optimizer);
  template <Stateful T>
  requires(!std::derived_from<T, optim::Optimizer>) Part(std::string name, T& object)
      : name_(std::move(name)),
        state_([&object]() -> std::vector<NamedTensor> { return object.state(); }),
        set_state_([&object](std::span<const NamedTensor> state) { object.set_state(state); }) {}

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::vector<NamedTensor> state() const { return state_(); }
  /// Throws, and changes nothing, for a state that is not one of this object's.
  void set_state(std::span<const NamedTensor> state) const { set_state_(state); }
  /// Its section of a file, and what the file says of it; nothing if there is no state.
  void write_to(files::internal::WholeFile& file) const;

 private:
  std::string name_;
  std::function<std::vector<NamedTensor>()> state_;
  std::function<void(std::span<const NamedTensor>)> set_state_;
  const nn::Module* module_ = nullptr;  // or an optimizer: what a file can describe
  const optim::Optimizer* optimizer_ = nullptr;
};
using Parts = std::vector<Part>;

/// Saves all parts, the default generator and the number of epochs done: of a training loop of one's own with
/// several models, say
///
///     const Parts parts{{"generator", g}, {"critic", c}, {"adam_g", adam_g}, {"adam_c", adam_c}};
///     save_checkpoint("gan.h5", parts, epochs_done);
///
/// Atomic: a crash leaves the file of before or the new one. Throws FileError; DataError for a name that
/// stands twice.
void save_checkpoint(const std::string& path, const Parts& parts, std::int64_t epochs_done = 0,
                     const files::ModelNotes& notes = {});
/// Loads them again and returns the number of epochs done; what else the file holds is left aside. Throws
/// FileError, or what a part says to a state that is not its own; then nothing changes.
[[nodiscard]] std::int64_t load_checkpoint(const std::string& path, const Parts& parts);

/// The same for one model, under "model" (files::load reads it alone), and one optimizer, under "optimizer".
/// Training goes on from there by FitOptions::initial_epoch. What callbacks remember and the history are not
/// in such a file: FitOptions::checkpoint keeps and restores them too.
void save_checkpoint(const std::string& path, nn::Module& model, optim::Optimizer& optimizer,
                     std::int64_t epochs_done = 0, const files::ModelNotes& notes = {});
[[nodiscard]] std::int64_t load_checkpoint(const std::string& path, nn::Module& model,
                                           optim::Optimizer& optimizer);

/// Where fit() leaves all that decides how training goes on: model, optimizer, default generator, position,
/// callbacks, history. With a path and nothing else a program can be killed at any instant and started again:
/// it ends with the same bits in weights, history (but for the seconds) and files as if it had never stopped.
/// (The data must be the same, and every other random number come from a Generator named in `also`.)
struct CheckpointOptions {
  std::string path{};              // none: no checkpoints
  std::int64_t every_epochs = 1;   // and at the beginning and after the last epoch; 0 for not at all
  std::int64_t every_batches = 0;  // within an epoch as well, so that less is done twice; 0 for not at all
  bool resume = true;              // go on from the file if it exists; else begin anew and replace it
  files::ModelNotes notes{};       // what the file says of the training: {.data = "mnist", .seed = 7}
  Parts also{};  // what else the loss changes or draws from: {{"critic", critic}, {"noise", generator}}
  bool delete_when_done = false;  // remove the file when the training has come to its end
};

namespace detail {
/// How far a run is, with the default generator, which is as much a matter of how it goes on.
struct Position {
  std::int64_t epochs_done = 0;
  // Of the epoch that has begun after those:
  std::int64_t batches_done = 0, batches = 0;
  double loss_sum = 0.0, examples = 0.0, seconds = 0.0;
  std::vector<double> further_loss_sums{};  // of the phases after the first

  [[nodiscard]] std::vector<NamedTensor> state() const;
  void set_state(std::span<const NamedTensor> state);
  [[nodiscard]] static Position read(std::span<const NamedTensor> state);
};

void write_parts(const std::string& path, const Parts& parts, const files::ModelNotes& notes = {});
/// A file that was read and may be given to parts several times.
class SavedParts {
 public:
  /// Throws FileError; `reader` begins the texts.
  SavedParts(std::string reader, std::string path);
  ~SavedParts();
  SavedParts(const SavedParts&) = delete;
  SavedParts& operator=(const SavedParts&) = delete;
  /// The file's; that of a beginning if it has none.
  [[nodiscard]] Position position() const;
  /// All or nothing. Throws FileError for parts that the file does not have; with `all_used`, which names
  /// what is to blame, also for groups that none of the parts wants.
  void restore(const Parts& parts, const char* all_used = nullptr) const;

 private:
  struct Sections;
  std::string reader_, path_;
  std::unique_ptr<Sections> sections_;
};
}  // namespace detail

}  // namespace hourglass::training
