#include "either.h"

// Products, convolutions and pooling, of tensors and of variables.
namespace hourglass::fuzz {

namespace {

// A bias that may be absent, as each of the two wants it.
const Tensor* optional(const std::optional<Tensor>& b) { return b ? &*b : nullptr; }
const std::optional<Variable>& optional(const std::optional<Variable>& b) { return b; }

template <class X>
std::optional<X> maybe(Draw& d, std::initializer_list<std::int64_t> extents) {
  if (d.once_in(3)) return std::nullopt;
  return d.made<X>(d.of(extents));
}

Conv2DOptions conv_options(Draw& d) {
  Conv2DOptions o;
  if (d.once_in(2)) o.stride = d.extent2();
  o.padding = d.padding();
  if (d.once_in(4)) o.dilation = d.extent2();
  if (d.once_in(6)) o.groups = d.extent(2);
  return o;
}
Conv1DOptions line_options(Draw& d) {
  const Conv2DOptions o = conv_options(d);
  return {.stride = o.stride.rows, .padding = o.padding, .dilation = o.dilation.columns, .groups = o.groups};
}
Pool2DOptions pool_options(Draw& d) {
  Pool2DOptions o{.window = d.extent2(), .padding = d.padding()};
  if (d.flag()) o.stride = d.extent2();
  return o;
}
Tensor image(Draw& d, std::int64_t channels = 2) { return d.of({2, 5, 4, channels}, d.floating()); }
Interpolation interpolation(Draw& d) { return d.one_of({Interpolation::nearest, Interpolation::bilinear}); }

template <class X>
const std::vector<Row> kProductRows{
    {"matmul",
     [](Draw& d) {
       const DType type = d.floating();
       const std::int64_t k = d.extent(6);
       const X a = d.made<X>(d.of({d.extent(), k}, type)), b = d.made<X>(d.of({k, d.extent(9)}, type));
       d.use(matmul(a, b));
     }},
    {"matmul, leading axes",
     [](Draw& d) {
       const std::int64_t lead = d.extent(3), k = d.extent(3);
       const X a = d.made<X>(d.of({lead, 2, k})), b = d.made<X>(d.of({d.extent(2), lead, k, 3}));
       d.use(matmul(a, b));
     }},
    {"affine",
     [](Draw& d) {
       const std::int64_t k = d.extent(6), n = d.extent(9);
       const X x = d.made<X>(d.of({d.extent(40), k})), w = d.made<X>(d.of({k, n}));
       const std::optional<X> b = maybe<X>(d, {n});
       d.use(affine(x, w, optional(b), d.epilogue()));
     }},
    {"conv2d",
     [](Draw& d) {
       const X x = d.made<X>(image(d)), w = d.made<X>(d.of({d.extent(3), d.extent(3), 2, d.extent(18)}));
       const std::optional<X> b = maybe<X>(d, {w.rank() > 0 ? w.shape(-1) : 1});
       const Conv2DOptions o = conv_options(d);
       d.use(conv2d(x, w, optional(b), o, d.epilogue()));
     }},
    {"conv1d",
     [](Draw& d) {
       const X x = d.made<X>(d.of({2, 7, 2})), w = d.made<X>(d.of({d.extent(3), 2, d.extent(6)}));
       const std::optional<X> b = maybe<X>(d, {w.rank() > 0 ? w.shape(-1) : 1});
       const Conv1DOptions o = line_options(d);
       d.use(conv1d(x, w, optional(b), o, d.epilogue()));
     }},
    {"conv2d_input_grad",
     [](Draw& d) {
       const Conv2DOptions o = conv_options(d);
       const Extent2 extents = d.extent2(6);
       const X w = d.made<X>(d.of({2, 2, d.extent(3), 4}));
       const X y = d.made<X>(d.of({2, d.extent(5), d.extent(5), 4}));
       const std::optional<X> b = maybe<X>(d, {w.rank() > 2 ? w.shape(2) : 1});
       d.use(conv2d_input_grad(y, w, extents, o, optional(b), d.epilogue()));
     }},
    {"conv2d_kernel_grad",
     [](Draw& d) {
       const X x = d.made<X>(d.of({2, 5, 4, 2})),
               y = d.made<X>(d.of({2, d.extent(5), d.extent(4), d.extent(9)}));
       const Extent2 kernel = d.extent2();
       d.use(conv2d_kernel_grad(x, y, kernel, conv_options(d)));
     }},
    {"max_pool2d",
     [](Draw& d) {
       const X x = d.made<X>(image(d));
       d.use(max_pool2d(x, pool_options(d)));
     }},
    {"average_pool2d",
     [](Draw& d) {
       const X x = d.made<X>(image(d));
       d.use(average_pool2d(x, pool_options(d)));
     }},
    {"upsample2d",
     [](Draw& d) {
       const X x = d.made<X>(image(d));
       const Extent2 factor = d.extent2();
       d.use(upsample2d(x, factor, interpolation(d)));
     }},
};

}  // namespace

std::vector<Row> product_rows() { return joined({kProductRows<Tensor>, kProductRows<Variable>}); }

}  // namespace hourglass::fuzz
