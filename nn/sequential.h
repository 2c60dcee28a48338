#pragma once

#include <hourglass/nn/clone.h>
#include <hourglass/nn/layers/activation.h>
#include <hourglass/nn/module.h>

#include <concepts>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hourglass::nn {

/// One part of a Sequential or Graph: a layer, which moves in, or a function Variable -> Variable, which
/// becomes a Lambda; with a name of its own, {"code", nn::Dense(8, 2)}, or none. Copying shares the layer.
class Part {
 public:
  template <class L>
  requires(!std::same_as<std::decay_t<L>, Part>)
      // NOLINTNEXTLINE(google-explicit-constructor,bugprone-forwarding-reference-overload): not for parts
      Part(L&& layer)
      : Part({}, std::forward<L>(layer)) {}
  Part(Activation::Function f) : Part(Lambda(f)) {}          // NOLINT(google-explicit-constructor)
  Part(Activation::FunctionOfNumber f) : Part(Lambda(f)) {}  // NOLINT(google-explicit-constructor)
  Part(Activation::FunctionOfAxis f) : Part(Lambda(f)) {}    // NOLINT(google-explicit-constructor)
  Part(std::string_view name, const Activation& f) : Part(name, Lambda(f)) {}
  template <class L>
  Part(std::string_view name, L&& layer);
  /// A layer that others hold too: what trains one trains the other. An empty name for none.
  template <std::derived_from<Layer> L>
  Part(std::string_view name, std::shared_ptr<L> layer)
      : name_(name), layer_(std::move(layer)), copy_(copy_of<L>) {}

  /// Empty for none.
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Layer& layer() const { return *layer_; }

 private:
  friend class Sequential;
  friend class Graph;
  template <class L>
  static std::shared_ptr<Layer> copy_of(const Layer& layer) {
    const void* const object = &static_cast<const L&>(layer);
    return std::static_pointer_cast<L>(
        internal::Cloning::copy_of(object, internal::copy_shared<L>(), layer.describe()));
  }

  std::string name_;
  std::shared_ptr<Layer> layer_;
  std::shared_ptr<Layer> (*copy_)(const Layer&) = nullptr;
};

/// Layers one after the other; a layer itself, so sequences nest. Empty, it is the identity.
///
///     nn::Sequential encoder{nn::Dense(784, 128, {.activation = relu}), nn::Dense(128, 32)};
///     nn::Sequential model{{"embed", nn::Dense(784, 32)}, relu, [](const Variable& x) { return 2 * x; }};
///
/// A layer without a name is called by its index, "0", "1", …, in parameters, files and summaries. Indices
/// begin at 0, negative ones count from the end.
class Sequential : public Layer {
 public:
  Sequential() = default;
  explicit Sequential(std::initializer_list<Part> parts);  // NOLINT(google-explicit-constructor)
  template <class First, class... More>
  requires(sizeof...(More) > 0 || !std::same_as<std::decay_t<First>, Sequential>)  //
      explicit Sequential(First&& first, More&&... more)
      : Sequential({Part(std::forward<First>(first)), Part(std::forward<More>(more))...}) {}
  Sequential(Sequential&&) noexcept = default;
  Sequential& operator=(Sequential&&) = default;
  Sequential(const Sequential& other);  // for clone()
  Sequential& operator=(const Sequential&) = delete;
  ~Sequential() override = default;

  /// Appends a layer, which moves in.
  template <std::derived_from<Layer> L>
  L& add(L&& layer) {
    return static_cast<L&>(add(Part(std::move(layer))));  // NOLINT(bugprone-move-forwarding-reference)
  }
  /// Appends a part. Throws DataError for a name that is taken, that a file could not hold, or that begins
  /// with a digit, as indices do.
  Layer& add(Part part);
  /// Puts another layer in the place of layer i; it keeps the name unless it brings one. Throws IndexError.
  Layer& replace(std::int64_t i, Part part);
  /// Puts a layer before layer i, or at the end for i = size(). Throws IndexError.
  Layer& insert(std::int64_t i, Part part);

  /// Layers first to last − 1, or to the end, as a sequence that shares them: what trains one trains the
  /// other.
  ///     nn::Sequential encoder = autoencoder.range(0, 3);
  /// Throws IndexError unless 0 <= first <= last <= size(), after negative ones are counted from the end.
  [[nodiscard]] Sequential range(std::int64_t first) const { return range(first, std::ssize(parts_)); }
  [[nodiscard]] Sequential range(std::int64_t first, std::int64_t last) const;

  Variable forward(const Variable& x) override;
  void visit(Visitor& v) override;
  [[nodiscard]] std::string details() const override;

  [[nodiscard]] std::size_t size() const { return parts_.size(); }
  /// By index or name. Throws IndexError.
  [[nodiscard]] Layer& operator[](std::int64_t i) { return *parts_[index(i)].layer_; }
  [[nodiscard]] Layer& operator[](std::string_view name) { return *parts_[index(name)].layer_; }
  [[nodiscard]] const Layer& operator[](std::int64_t i) const { return *parts_[index(i)].layer_; }
  [[nodiscard]] const Layer& operator[](std::string_view name) const { return *parts_[index(name)].layer_; }
  /// The same as the type that it has: sequence.get<nn::Dense>(0).kernel. Throws DataError that names the
  /// type if it is another.
  template <std::derived_from<Layer> L>
  [[nodiscard]] L& get(std::int64_t i) {
    return as<L>(index(i));
  }
  template <std::derived_from<Layer> L>
  [[nodiscard]] L& get(std::string_view name) {
    return as<L>(index(name));
  }
  template <std::derived_from<Layer> L>
  [[nodiscard]] const L& get(std::int64_t i) const {
    return as<L>(index(i));
  }
  template <std::derived_from<Layer> L>
  [[nodiscard]] const L& get(std::string_view name) const {
    return as<L>(index(name));
  }

 private:
  template <class L>
  L& as(std::size_t i) const {
    auto* const layer = dynamic_cast<L*>(parts_[i].layer_.get());
    if (!layer) refuse_type(i, internal::type_name(typeid(L)));
    return *layer;
  }
  [[noreturn]] void refuse_type(std::size_t i, const std::string& wanted) const;
  [[nodiscard]] std::string name_of(std::size_t i) const;
  [[nodiscard]] std::size_t index(std::int64_t i) const;
  [[nodiscard]] std::size_t index(std::string_view name) const;
  void expect_new_name(const std::string& name) const;

  std::vector<Part> parts_;
};

template <class L>
Part::Part(std::string_view name, L&& layer) : name_(name) {
  using T = std::decay_t<L>;
  if constexpr (std::derived_from<T, Layer>) {
    constexpr bool kMoves = std::same_as<L, T>;
    static_assert(kMoves,
                  "Sequential: a layer moves in, it is not copied; write std::move(layer), or "
                  "nn::clone(layer) for one with parameters of its own");
    if constexpr (kMoves) {
      layer_ = std::make_shared<T>(std::move(layer));  // NOLINT(bugprone-move-forwarding-reference)
      copy_ = copy_of<T>;
    }
  } else {
    constexpr bool kIsFunction = std::is_invocable_r_v<Variable, const T&, const Variable&>;
    static_assert(kIsFunction,
                  "Sequential: a part is a layer (derived from nn::Layer) or a function const Variable& -> "
                  "Variable, or one of these with a name, {\"code\", layer}; this is neither");
    if constexpr (kIsFunction) {
      layer_ = std::make_shared<Lambda>(Activation(std::forward<L>(layer)));
      copy_ = copy_of<Lambda>;
    }
  }
}

}  // namespace hourglass::nn
