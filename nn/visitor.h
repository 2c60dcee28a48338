#pragma once

#include <hourglass/autograd/variable.h>

#include <concepts>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace hourglass::nn {

class Module;

namespace internal {

template <class T>
concept Pointer = requires {
  typename T::element_type;
  requires std::same_as<T, std::unique_ptr<typename T::element_type>> ||
      std::same_as<T, std::shared_ptr<typename T::element_type>>;
};
template <class T>
concept Optional = requires {
  typename T::value_type;
  requires std::same_as<T, std::optional<typename T::value_type>>;
};
template <class T>
concept MapByName = requires {
  typename T::mapped_type;
  requires std::convertible_to<const typename T::key_type&, std::string_view>;
  requires std::same_as<T, std::map<typename T::key_type, typename T::mapped_type, typename T::key_compare,
                                    typename T::allocator_type>>;
};
template <class T>
concept List = requires(T& list) {
  requires std::is_lvalue_reference_v<decltype(*list.begin())>;
  list.end();
};

/// What visit() may name.
template <class T>
constexpr bool visitable() {
  if constexpr (std::same_as<T, Variable> || std::same_as<T, Tensor> || std::derived_from<T, Module>) {
    return !std::is_const_v<T>;
  } else if constexpr (Pointer<T>) {
    return visitable<typename T::element_type>();
  } else if constexpr (Optional<T>) {
    return visitable<typename T::value_type>();
  } else if constexpr (MapByName<T>) {
    return visitable<typename T::mapped_type>();
  } else if constexpr (List<T>) {
    return visitable<std::remove_reference_t<decltype(*std::declval<T&>().begin())>>();
  } else {
    return false;
  }
}

/// Throws DataError if the module is more than the type says, so that a copy by it would be cut.
void expect_own_type(const Module& model, const std::type_info& type);

/// Makes a copy of an object whose type is known where the function is taken from; null if there can be none.
using CopyShared = std::shared_ptr<void> (*)(const void*);
template <class T>
constexpr CopyShared copy_shared() {
  if constexpr (std::is_copy_constructible_v<T>) {
    return [](const void* object) -> std::shared_ptr<void> {
      const T& source = *static_cast<const T*>(object);
      if constexpr (std::derived_from<T, Module>) expect_own_type(source, typeid(T));
      return std::make_shared<T>(source);
    };
  } else {
    return nullptr;
  }
}

}  // namespace internal

/// Walks a module's members by name. Whatever is done to all parameters (counting, saving, training mode, …)
/// is one Visitor over the lists that the modules' visit() give, read at the time of the walk.
class Visitor {
 public:
  Visitor() = default;
  virtual ~Visitor() = default;
  Visitor(const Visitor&) = delete;
  Visitor& operator=(const Visitor&) = delete;

  /// A Variable is a parameter, a Tensor is state that is saved but not trained (running statistics), a
  /// module is walked through with its members under "name.". They may be in a std::optional, unique_ptr or
  /// shared_ptr (left out if empty), in an array, vector or list ("name.0", "name.1", …), or in a map by text
  /// ("name.key"), and these in each other. A module or list without a name, v("", layers), adds nothing to
  /// its members' names.
  ///
  /// Throws DataError for a name that could not be loaded back from a file: an empty one (of a parameter or
  /// state), one with an empty part ("a..b") or with '/' or a control character; and for a member or module
  /// that was moved from.
  template <class T>
  void operator()(std::string_view name, T& member) {
    if constexpr (!internal::visitable<T>()) {
      static_assert(internal::visitable<T>(),
                    "visit: names a Variable, a Tensor, a Module, or an optional, unique_ptr, shared_ptr, "
                    "array, vector, list or map<std::string, ...> of them, not const; this member is none");
    } else if constexpr (std::same_as<T, Variable>) {
      parameter(name, member);
    } else if constexpr (std::same_as<T, Tensor>) {
      state(name, member);
    } else if constexpr (std::derived_from<T, Module>) {
      module(name, member);
    } else if constexpr (internal::Pointer<T> || internal::Optional<T>) {
      if (!member) return;
      if constexpr (std::is_copy_constructible_v<T> && internal::Pointer<T>) share(member);
      (*this)(name, *member);
    } else if constexpr (internal::MapByName<T>) {
      for (auto& [key, value] : member) (*this)(inside(name, key), value);
    } else {
      std::size_t i = 0;
      for (auto& element : member) (*this)(inside(name, std::to_string(i++)), element);
    }
  }

  /// Walks over a whole model; one that is const is read, and its names are what they are for others.
  void walk(Module& model);
  void walk(const Module& model);

 protected:
  virtual void on_parameter(const std::string& path, Variable& parameter);
  virtual void on_state(const std::string& path, Tensor& state);
  /// Before a module's members; returns whether to walk them.
  virtual bool on_module(const std::string& path, Module& module);
  /// Before what a shared_ptr holds: returns what it shall hold instead, or null to leave it. `copy` may be
  /// null.
  virtual std::shared_ptr<void> on_shared(const std::shared_ptr<void>& object, internal::CopyShared copy);

 private:
  void parameter(std::string_view name, Variable& member);
  void state(std::string_view name, Tensor& member);
  void module(std::string_view name, Module& member);
  template <class T>
  void share(std::shared_ptr<T>& member) {
    if (std::shared_ptr<void> other = on_shared(member, internal::copy_shared<T>()))
      member = std::static_pointer_cast<T>(std::move(other));
  }
  [[nodiscard]] static std::string inside(std::string_view name, std::string_view part);
  [[nodiscard]] std::string join(std::string_view name) const;

  std::string prefix_;
  int depth_ = 0;
};

}  // namespace hourglass::nn
