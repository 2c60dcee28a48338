#pragma once

#include "draw.h"

/// Rows for functions that exist for tensors and for variables; X is either.
namespace hourglass::fuzz {

template <class X>
std::pair<X, X> alike(Draw& d) {
  X x = d.any<X>();
  return {x, d.like(x)};
}

template <class X>
std::pair<X, X> alike_floating(Draw& d) {
  X x = d.made<X>(d.of({d.extent(), d.extent()}, d.floating()));
  return {x, d.like(x)};
}

/// Rows whose function f(d, x…) takes one argument, or two alike, and what it draws itself.
template <class X, class F>
Row one(const char* name, F) {
  return {name, [](Draw& d) { d.use(F{}(d, d.any<X>())); }};
}
template <class X, class F>
Row two(const char* name, F) {
  return {name, [](Draw& d) {
            const auto [a, b] = alike<X>(d);
            d.use(F{}(d, a, b));
          }};
}
template <class X, class F>
Row floating_two(const char* name, F) {
  return {name, [](Draw& d) {
            const auto [a, b] = alike_floating<X>(d);
            d.use(F{}(d, a, b));
          }};
}

}  // namespace hourglass::fuzz
