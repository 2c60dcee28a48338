#pragma once

#include <hourglass/nn/module.h>

#include <map>
#include <memory>
#include <utility>

namespace hourglass::nn {

namespace internal {

/// While one lives, modules may be copied on this thread, and what they share is copied once.
class Cloning {
 public:
  Cloning();
  ~Cloning();
  Cloning(const Cloning&) = delete;
  Cloning& operator=(const Cloning&) = delete;

  [[nodiscard]] static bool is_going_on();
  /// The copy of a shared object: made at the first call, the same one at others. Throws DataError if `copy`
  /// is null.
  [[nodiscard]] static std::shared_ptr<void> copy_of(const void* object, CopyShared copy,
                                                     const std::string& what);

  /// Gives a copied module parameters and state of its own.
  void separate(Module& copy);

 private:
  class Separate;
  Cloning* saved_;
  std::map<const void*, std::shared_ptr<void>> copies_;
};

}  // namespace internal

/// A second module with parameters and state of its own: nothing that is done to one reaches the other.
///
/// What is tied or shared inside the model is so inside the clone; what is frozen stays frozen, and modes
/// stay; gradients are not taken along. It works for any module whose members can be copied and are listed in
/// visit(); one that visit() leaves out is copied as C++ copies it, so a Tensor among these is shared.
/// Throws DataError for a module that was moved from, for one given by its base class (clone the object
/// itself, or the Sequential that holds it), and for a layer in a Sequential whose members cannot be copied.
template <class M>
[[nodiscard]] auto clone(const M& model) {
  static_assert(std::derived_from<M, Module>, "clone: copies modules; a Tensor has x.clone()");
  static_assert(!std::is_abstract_v<M>,
                "clone: behind a reference to a base class the type is not known; clone the object itself, "
                "sequence.get<nn::Dense>(0), or the Sequential that holds it");
  static_assert(
      std::is_copy_constructible_v<M>,
      "clone: a member cannot be copied, such as a unique_ptr; hold it by value or in a Sequential");
  if constexpr (!std::is_abstract_v<M> && std::is_copy_constructible_v<M>) {
    internal::expect_own_type(model, typeid(M));
    internal::Cloning cloning;
    M copy(model);
    cloning.separate(copy);
    return copy;
  }
}

}  // namespace hourglass::nn
