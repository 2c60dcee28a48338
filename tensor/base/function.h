#pragma once

#include <hourglass/tensor/base/memory.h>

#include <atomic>
#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace hourglass {

template <class Signature>
class FunctionRef;

/// Any callable Result(Arguments…), held by reference for the time of a call: two words, no allocation.
template <class Result, class... Arguments>
class FunctionRef<Result(Arguments...)> {
 public:
  // NOLINTBEGIN(google-explicit-constructor, bugprone-forwarding-reference-overload)
  template <class F>
  requires(!std::same_as<std::remove_cvref_t<F>, FunctionRef> &&
           std::is_invocable_r_v<Result, F&, Arguments...>) FunctionRef(F&& f)
  noexcept {
    // NOLINTEND(google-explicit-constructor, bugprone-forwarding-reference-overload)
    using Callable = std::remove_reference_t<F>;
    if constexpr (std::is_function_v<Callable>) {
      callable_ = reinterpret_cast<void*>(&f);
    } else {
      callable_ = const_cast<void*>(static_cast<const void*>(std::addressof(f)));
    }
    call_ = [](void* callable, Arguments... arguments) -> Result {
      return static_cast<Result>(
          (*reinterpret_cast<Callable*>(callable))(std::forward<Arguments>(arguments)...));
    };
  }

  Result operator()(Arguments... arguments) const {
    return call_(callable_, std::forward<Arguments>(arguments)...);
  }

 private:
  void* callable_;
  Result (*call_)(void*, Arguments...);
};

template <class Signature>
class SharedFunction;

/// Any callable Result(Arguments…) that can be called while const, kept in the pool; copies share it. Empty
/// by default.
template <class Result, class... Arguments>
class SharedFunction<Result(Arguments...)> {
 public:
  SharedFunction() = default;
  template <class F>
  requires(!std::same_as<F, SharedFunction> && std::is_invocable_r_v<Result, const F&, Arguments...>)
      SharedFunction(F f)  // NOLINT(google-explicit-constructor)
      : body_(new Body<F>(std::move(f))) {}
  SharedFunction(const SharedFunction& other) noexcept : body_(other.body_) {
    if (body_) body_->references.fetch_add(1, std::memory_order_relaxed);
  }
  SharedFunction(SharedFunction&& other) noexcept : body_(std::exchange(other.body_, nullptr)) {}
  SharedFunction& operator=(SharedFunction other) noexcept {
    std::swap(body_, other.body_);
    return *this;
  }
  ~SharedFunction() {
    if (body_ && body_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete body_;
  }

  explicit operator bool() const { return body_ != nullptr; }
  Result operator()(Arguments... arguments) const {
    return body_->call(std::forward<Arguments>(arguments)...);
  }

 private:
  struct Callable : memory::Pooled {
    virtual ~Callable() = default;
    virtual Result call(Arguments... arguments) const = 0;
    std::atomic<int> references{1};
  };
  template <class F>
  struct Body final : Callable {
    explicit Body(F callable) : f(std::move(callable)) {}
    Result call(Arguments... arguments) const override { return f(std::forward<Arguments>(arguments)...); }
    F f;
  };

  Callable* body_ = nullptr;
};

}  // namespace hourglass
