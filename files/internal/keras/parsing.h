#pragma once

#include <hourglass/files/internal/keras/dims.h>
#include <hourglass/files/internal/keras/from_keras.h>
#include <hourglass/nn/graph.h>
#include <hourglass/nn/sequential.h>

#include <set>
#include <string>
#include <variant>
#include <vector>

namespace hourglass::files::keras {

/// A member of an object; null if there is none, it is JSON's null, or `object` is none.
[[nodiscard]] const Json* member(const Json& object, const char* name);

/// One object of a configuration: a layer or a model.
struct Described {
  std::string type, name, where;  // `where` begins the texts of errors
  const Json& config;
};

/// A layer of Keras as one or two of ours.
struct Made {
  std::vector<nn::Part> parts{};
  Layer layer{};
};

using Model = std::variant<nn::Sequential, nn::Graph>;

/// Makes a model of a configuration. parse.cpp has what all models need and Sequential ones, functional.cpp
/// the others. Throws FileError.
class Parsing {
 public:
  explicit Parsing(std::string source) : source_(std::move(source)) {}

  /// `inputs` are the extents of what the model is called on, where they are known; `out` gets its layers.
  [[nodiscard]] Model model(const Json& root, const std::vector<Dims>& inputs, Network& out,
                            std::size_t depth);

  [[noreturn]] void refuse(const std::string& what) const;
  [[nodiscard]] Described described(const Json& layer);
  [[nodiscard]] static Dims input_in(const Described& layer);
  /// The name, if a layer of ours can have it and none has; else none.
  [[nodiscard]] static std::string free_name(std::set<std::string>& used, const std::string& name);
  [[nodiscard]] Made layer(const Described& described, const Json& json, const std::vector<Dims>& inputs,
                           const std::string& name, std::size_t depth);

 private:
  static constexpr std::size_t kMostLayers = 4'000, kDeepest = 16;

  [[nodiscard]] nn::Sequential sequence(const Described& model, const Json& layers,
                                        const std::vector<Dims>& inputs, Network& out, std::size_t depth);
  [[nodiscard]] nn::Graph functional(const Described& model, const Json& layers, Network& out,
                                     std::size_t depth);

  std::string source_;
  std::size_t layers_ = 0;
};

}  // namespace hourglass::files::keras
