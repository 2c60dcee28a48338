#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/data/batches.h>
#include <hourglass/tensor/base/function.h>

#include <concepts>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace hourglass::training {

/// Batches that know how many examples they hold: a tensor (N, …), or anything with a member x that is one.
template <class B>
concept BatchLike = requires(const B& batch) {
  { batch.x.shape(0) } -> std::convertible_to<std::int64_t>;
}
|| requires(const B& batch) {
  { batch.shape(0) } -> std::convertible_to<std::int64_t>;
};

namespace detail {
template <class S>
using BatchOf = std::remove_cvref_t<decltype(*std::declval<S&>().epoch(std::int64_t{}).begin())>;
}  // namespace detail

/// Anything that gives the batches of an epoch:
///
///     for (const auto& batch : source.epoch(n)) …      n = 0, 1, …; walked over once
///     source.batch_count()                             how many there are, at most
///
/// data::Batches is one; another reads from files, a network or a generator, so that the data need never be
/// in memory. A batch is a data::Batch or a type of one's own (see BatchLike), which the loss then takes.
/// For a run to go on exactly after a stop, the same n must give the same batches.
template <class S>
concept BatchSource = requires(S& source, std::int64_t number) {
  { source.batch_count() } -> std::convertible_to<std::int64_t>;
  { source.epoch(number).begin() != source.epoch(number).end() } -> std::convertible_to<bool>;
  requires BatchLike<detail::BatchOf<S>>;
};

namespace detail {
template <class T>
struct Never : std::false_type {};

inline std::string describe_source(const data::Batches& batches) {
  return std::to_string(batches.size()) + " examples in batches of " +
         std::to_string(batches.options().batch_size) +
         (batches.options().drop_last ? ", the short one dropped" : "");
}
template <class S>
std::string describe_source(const S& /*source*/) {
  return "batch_count() is 0";
}

template <class B>
std::int64_t examples_in(const B& batch) {
  if constexpr (requires { batch.x.shape(0); }) {
    return batch.x.shape(0);
  } else {
    return batch.shape(0);
  }
}

/// Variable(const B&) for one type of batch B, held by reference for the time of a call.
class LossOfBatch {
 public:
  template <class B, class F>
  static LossOfBatch of(F& f) {
    LossOfBatch out;
    out.object_ = const_cast<void*>(static_cast<const void*>(&f));
    out.type_ = &typeid(B);
    out.call_ = [](void* object, const void* batch) -> Variable {
      return (*static_cast<F*>(object))(*static_cast<const B*>(batch));
    };
    return out;
  }
  Variable operator()(const void* batch) const { return call_(object_, batch); }
  [[nodiscard]] const std::type_info& batch_type() const { return *type_; }

 private:
  void* object_ = nullptr;
  const std::type_info* type_ = nullptr;
  Variable (*call_)(void*, const void*) = nullptr;
};
}  // namespace detail

/// A source of batches whose type is forgotten, held by reference; none by default:
///
///     FitOptions{.validation = &batches}
class Source {
 public:
  Source() = default;
  Source(std::nullptr_t) {}  // NOLINT(google-explicit-constructor)
  template <BatchSource S>
  Source(S* source)  // NOLINT(google-explicit-constructor)
      : object_(const_cast<void*>(static_cast<const void*>(source))), calls_(source ? &kCalls<S> : nullptr) {}
  explicit operator bool() const { return calls_ != nullptr; }

  [[nodiscard]] std::int64_t batch_count() const { return calls_->batch_count(object_); }
  [[nodiscard]] const std::type_info& batch_type() const { return *calls_->batch_type; }
  /// "60000 examples in batches of 32", for texts.
  [[nodiscard]] std::string describe() const { return calls_->describe(object_); }

  /// f(batch, examples in it) for each batch of an epoch after the first `skipped`, until it returns false.
  using Visit = FunctionRef<bool(const void*, std::int64_t)>;
  void for_each(std::int64_t epoch, std::int64_t skipped, Visit f) const {
    calls_->for_each(object_, epoch, skipped, f);
  }

 private:
  struct Calls {
    std::int64_t (*batch_count)(void*);
    void (*for_each)(void*, std::int64_t, std::int64_t, Visit);
    std::string (*describe)(void*);
    const std::type_info* batch_type;
  };
  template <class S>
  static void walk(void* object, std::int64_t epoch, std::int64_t skipped, Visit f) {
    auto&& batches = static_cast<S*>(object)->epoch(epoch);
    auto at = batches.begin();
    for (; skipped > 0 && at != batches.end(); ++at) --skipped;  // what is not asked for need not be made
    for (; at != batches.end(); ++at) {
      const auto& batch = *at;
      if (!f(&batch, detail::examples_in(batch))) return;
    }
  }
  template <class S>
  static inline const Calls kCalls{
      [](void* object) { return static_cast<std::int64_t>(static_cast<S*>(object)->batch_count()); },
      &Source::walk<S>, [](void* object) { return detail::describe_source(*static_cast<S*>(object)); },
      &typeid(detail::BatchOf<S>)};

  void* object_ = nullptr;
  const Calls* calls_ = nullptr;
};

}  // namespace hourglass::training
