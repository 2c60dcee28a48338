#pragma once

#include <hourglass/nn/sequential.h>
#include <hourglass/tensor/base/function.h>
#include <hourglass/tensor/base/json.h>

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

namespace hourglass::files {

/// The modules inside one that is being made from a file, by the names that its visit() gives them.
class Children {
 public:
  struct Child {
    std::string name;
    std::shared_ptr<nn::Module> module;  // shared by several of them if it was in the model that was saved
    nn::Part (*part)(const std::string& name, const std::shared_ptr<nn::Module>& module);
  };
  Children(std::string whose, std::vector<Child> list) : whose_(std::move(whose)), list_(std::move(list)) {}

  [[nodiscard]] const std::vector<Child>& list() const { return list_; }
  /// Takes out one that is an M. Throws DataError if there is none of that name and type.
  template <std::derived_from<nn::Module> M>
  [[nodiscard]] M take(std::string_view name) {
    auto* const module = dynamic_cast<M*>(find(name).module.get());
    if (!module) refuse_type(name, nn::internal::type_name(typeid(M)));
    return std::move(*module);
  }
  /// One of them, or all, as layers for a Sequential. Throws DataError for one that is not a Layer.
  [[nodiscard]] nn::Part part(const Child& child) const;
  [[nodiscard]] const Child& find(std::string_view name) const;

 private:
  [[noreturn]] void refuse_type(std::string_view name, const std::string& wanted) const;
  std::string whose_;
  std::vector<Child> list_;
};

namespace internal {

struct NoConfig {};
template <class V>
void visit(NoConfig& /*config*/, V&& /*v*/) {}

template <class M>
struct ConfigOf {
  using Type = NoConfig;
};
template <class M>
requires requires { typename M::Config; }
struct ConfigOf<M> {
  using Type = typename M::Config;
};

/// Fills a Config from the file.
using ReadConfig = FunctionRef<void(FunctionRef<void(OptionsVisitor&)>)>;

struct Type {
  std::string name;
  const std::type_info* info = nullptr;
  std::string (*config)(const nn::Module& module) = nullptr;  // as JSON
  std::string (*defaults)() = nullptr;                        // the Config of one that nothing is said of
  std::function<std::unique_ptr<nn::Module>(ReadConfig read, Children& children)> make{};
  nn::Part (*part)(const std::string& name, const std::shared_ptr<nn::Module>& module) = nullptr;
};
/// Throws DataError for a name or a type that is there already with another.
void add_type(Type type);
/// Null for none.
[[nodiscard]] const Type* find_type(std::string_view name);
[[nodiscard]] const Type* find_type(const std::type_info& info);

template <class M, class Make>
Type type_of(std::string_view name, Make make) {
  using Config = typename ConfigOf<M>::Type;
  Type type{.name = std::string(name), .info = &typeid(M)};
  type.config = [](const nn::Module& module) {
    if constexpr (requires(const M& m) { m.config(); }) {
      return to_json(Config(static_cast<const M&>(module).config()));
    } else {
      return to_json(NoConfig{});
    }
  };
  type.defaults = [] { return to_json(Config{}); };
  type.make = [make](ReadConfig read, Children& children) -> std::unique_ptr<nn::Module> {
    Config config{};
    read([&](OptionsVisitor& v) { visit(config, v); });
    return std::make_unique<M>(make(config, children));
  };
  if constexpr (std::derived_from<M, nn::Layer>) {
    type.part = [](const std::string& part_name, const std::shared_ptr<nn::Module>& module) {
      return nn::Part(part_name, std::static_pointer_cast<M>(module));
    };
  }
  return type;
}

}  // namespace internal

/// Names a type of module, so that model files can say of what type a module is and load_model can make it:
///
///     files::register_type<MyLayer>("MyLayer");
///
/// before the first load_model; the library's own are there. A type that is made from options has
///
///     using Config = MyOptions;                       // an aggregate with visit(MyOptions&, V&&)
///     MyOptions config() const;
///     explicit MyLayer(const MyOptions& options);     // or  static MyLayer from_config(const MyOptions&);
///
/// one without is made by its default constructor. Its parameters, state and the ties between them come from
/// the file in both cases. Throws DataError for a name or type that was named differently before.
template <std::derived_from<nn::Module> M>
void register_type(std::string_view name) {
  using Config = typename internal::ConfigOf<M>::Type;
  constexpr bool kHasConfig = requires { typename M::Config; };
  static_assert(
      !kHasConfig || std::is_constructible_v<M, const Config&> ||
          requires(const Config& c) { M::from_config(c); },
      "register_type: a type with a Config has a constructor that takes it, or a static from_config");
  static_assert(kHasConfig || std::is_default_constructible_v<M>,
                "register_type: a type without a default constructor says by a Config what it is made with");
  internal::add_type(internal::type_of<M>(name, [](const Config& c, Children& /*children*/) -> M {
    if constexpr (requires { M::from_config(c); }) {
      return M::from_config(c);
    } else if constexpr (kHasConfig) {
      return M(c);
    } else {
      return M();
    }
  }));
}

/// The same for a type that is made from the modules inside it: make(config, children) gives an M.
template <std::derived_from<nn::Module> M, class Make>
void register_type(std::string_view name, Make make) {
  internal::add_type(internal::type_of<M>(name, std::move(make)));
}

}  // namespace hourglass::files
