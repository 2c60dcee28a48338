#pragma once

#include <cstdint>

/// What a layer was made with, so that a file can hold it. A layer type gives it as `Config config() const`
/// and is made from it again by a constructor that takes it, or by `static L from_config(const Config&)`.
namespace hourglass::nn {

/// The Config of layers that are made as L(in, out, options).
template <class Options>
struct InOut {
  std::int64_t in = 0, out = 0;
  Options options{};
};
template <class Options, class V>
void visit(InOut<Options>& c, V&& v) {
  v("in", c.in), v("out", c.out);
  visit(c.options, v);
}

/// The Config of layers that are made as L(channels, options).
template <class Options>
struct Channels {
  std::int64_t channels = 0;
  Options options{};
};
template <class Options, class V>
void visit(Channels<Options>& c, V&& v) {
  v("channels", c.channels);
  visit(c.options, v);
}

}  // namespace hourglass::nn
