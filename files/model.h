#pragma once

#include <hourglass/files/registry.h>
#include <hourglass/files/state.h>
#include <hourglass/optim/optimizer.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Whole models: a file that stands for itself, and gives the model back without the program that made it.
namespace hourglass::files {

/// What a file says of a training, for people and for programs that go on from it. All of it is optional.
struct ModelNotes {
  std::string loss{};                              // the name of what was minimised
  std::string data{};                              // what it was trained on
  std::optional<std::uint64_t> seed{};             // of the training
  std::map<std::string, std::string> documents{};  // JSON texts by name: "preprocessing", "threshold"
};

/// What goes into a file beside the model.
struct ModelExtras {
  const optim::Optimizer* optimizer = nullptr;                          // its options and its state
  std::map<std::string, const optim::Optimizer*> further_optimizers{};  // by the phase of training::fit
  ModelNotes notes{};
  std::vector<Section> sections{};  // tensors: {"history", history.state()}
};

/// Writes a model with all that makes it: of each module the type, the options and the values, which
/// parameters are tied and which frozen; the extras, the state of the default generator, the library's
/// version and the date (SOURCE_DATE_EPOCH, if set). As atomic as write_state.
///
/// A type that is not registered (register_type) is saved with what is inside it, and can be looked into; to
/// make it again a program has to register it. Throws FileError; DataError for an activation without a name
/// (nn::register_activation) and for names that could not be loaded back.
void save_model(const std::string& path, const nn::Module& model, const ModelExtras& extras = {});

/// A model file that has been read.
class ModelFile {
 public:
  /// Throws FileError as read_state does.
  explicit ModelFile(std::string path);
  ~ModelFile();
  ModelFile(ModelFile&&) noexcept;
  ModelFile& operator=(ModelFile&&) noexcept;

  /// The model, made anew: in training mode, nothing drawn from the default generator. Throws FileError for a
  /// type that is not registered, which it names, and for files of version 1, which hold values alone.
  [[nodiscard]] std::unique_ptr<nn::Module> model() const;
  /// One module of it: part("encoder"), part("encoder.0"). What the rest of the model is made of does not
  /// matter. Throws FileError, which lists what there is.
  [[nodiscard]] std::unique_ptr<nn::Module> part(const std::string& name) const;
  /// Gives a model that was made otherwise the values. Throws FileError as files::load does.
  void load(nn::Module& model) const;

  /// The optimizer with its options and its state; null if none was saved. Throws FileError for one that is
  /// not registered (optim::register_optimizer). Of a further phase, "critic", where there were several.
  [[nodiscard]] std::unique_ptr<optim::Optimizer> optimizer(const std::string& phase = "") const;
  /// Sets the default generator to where it was. Throws FileError if that was not saved.
  void restore_generator() const;

  /// Empty where nothing was saved.
  [[nodiscard]] ModelNotes notes() const;
  /// Tensors that were saved beside the model, "history"; null for none of that name.
  [[nodiscard]] const Section* section(std::string_view name) const;

  /// What is in the file, as text: see inspect().
  [[nodiscard]] std::string text() const;

 private:
  struct Contents;
  std::unique_ptr<Contents> contents_;
};

/// ModelFile(path).model().
[[nodiscard]] std::unique_ptr<nn::Module> load_model(const std::string& path);
/// ModelFile(path).part(name): "only the encoder is retained".
[[nodiscard]] std::unique_ptr<nn::Module> load_part(const std::string& path, const std::string& name);

namespace internal {
[[noreturn]] void refuse_type(const std::string& path, const nn::Module& model, const std::string& wanted);
}  // namespace internal

/// The same where the type is known, a base class of it at least:
///     auto model = files::load_model<autoencoders::Autoencoder>("model.h5");
/// Throws FileError if it is another.
template <std::derived_from<nn::Module> M>
[[nodiscard]] std::unique_ptr<M> load_model(const std::string& path) {
  std::unique_ptr<nn::Module> model = load_model(path);
  auto* const found = dynamic_cast<M*>(model.get());
  if (!found) internal::refuse_type(path, *model, nn::internal::type_name(typeid(M)));
  static_cast<void>(model.release());
  return std::unique_ptr<M>(found);
}

/// What is in a file, for people: the modules with their options and numbers of parameters, what it was
/// trained with, further sections, and the SHA-256 of the weights (as weights_sha256
/// gives it). Types need not be registered. Throws
/// FileError as read_state does.
[[nodiscard]] std::string inspect(const std::string& path);

}  // namespace hourglass::files
