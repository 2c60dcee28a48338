#include "draw.h"

// Gradients of tensors that the fused ops compute in one go, and what they are made of.
namespace hourglass::fuzz {

namespace {

struct ConvCase {
  Tensor x, w, y, dy;
  Conv2DOptions options;
};
ConvCase conv_case(Draw& d) {
  ConvCase c{d.of({2, 5, 5, 2}), d.of({3, 3, 2, d.extent(18)}), Tensor(), Tensor(), {}};
  if (d.once_in(2)) c.options.stride = d.extent2(2);
  c.options.padding = d.padding();
  c.y = d.once_in(3) ? d.tensor() : conv2d(c.x, c.w, nullptr, c.options);
  c.dy = d.like(c.y);
  return c;
}

Pool2DOptions window(Draw& d) {
  Pool2DOptions o{.window = d.extent2(), .padding = d.padding()};
  if (d.flag()) o.stride = d.extent2();
  return o;
}

struct NormCase {
  Tensor x, gamma, beta;
  Moments moments;
};
NormCase norm_case(Draw& d, bool of_rows) {
  const std::int64_t rows = d.extent(), columns = d.extent();
  const DType type = d.floating();
  const std::int64_t n = of_rows ? rows : columns;
  return {d.of({rows, columns}, type),
          d.of({columns}, type),
          d.of({columns}, type),
          {d.of({n}, float64), d.of({n}, float64)}};
}
const Tensor* maybe(Draw& d, const Tensor& x) { return d.flag() ? &x : nullptr; }

const std::vector<Row> kGradientRows{
    {"affine_grad",
     [](Draw& d) {
       const Tensor x = d.of({d.extent(40), 3}), w = d.of({3, d.extent()});
       const Tensor y = d.once_in(3) ? d.tensor() : affine(x, w, nullptr);
       const AffineGradients g = affine_grad(d.like(y), y, maybe(d, x), maybe(d, w), d.epilogue());
       d.use(g.dx), d.use(g.dw), d.use(g.db), d.use(g.dz);
     }},
    {"conv2d_gradients",
     [](Draw& d) {
       const ConvCase c = conv_case(d);
       const ConvGradients g = conv2d_gradients(c.dy, c.y, c.x, c.w, c.options, d.epilogue(), d.flag());
       d.use(g.input), d.use(g.kernel), d.use(g.bias);
     }},
    {"conv2d_input_grad_gradients",
     [](Draw& d) {
       const ConvCase c = conv_case(d);
       const Tensor image = d.like(c.x), other = d.like(c.x);
       const ConvGradients g =
           conv2d_input_grad_gradients(image, other, c.y, c.w, c.options, d.epilogue(), d.flag());
       d.use(g.input), d.use(g.kernel), d.use(g.bias);
     }},
    {"with_explicit_padding",
     [](Draw& d) {
       const Extent2 image{d.size(), d.size()}, kernel{d.size(), d.size()};
       Conv2DOptions o{.stride = d.extent2(), .padding = d.padding()};
       if (d.flag()) o.dilation = d.extent2();
       d.use(static_cast<double>(with_explicit_padding(o, image, kernel).padding.top));
     }},
    {"max_pool2d_grad",
     [](Draw& d) {
       const Tensor x = d.of({2, 5, 4, 2});
       const Pool2DOptions o = window(d);
       const Tensor y = d.once_in(3) ? d.tensor() : max_pool2d(x, o);
       d.use(max_pool2d_grad(d.like(y), x, y, o));
     }},
    {"max_pool2d_take",
     [](Draw& d) {
       const Tensor x = d.of({2, 5, 4, 2});
       const Pool2DOptions o = window(d);
       const Tensor y = d.once_in(3) ? d.tensor() : max_pool2d(x, o);
       d.use(max_pool2d_take(d.like(x), x, d.like(y), o));
     }},
    {"average_pool2d_grad",
     [](Draw& d) {
       const Pool2DOptions o = window(d);
       const Shape image = d.once_in(2) ? d.shape() : Shape{2, 5, 4, 2};
       const Tensor dy =
           d.once_in(2) || image.rank() != 4 ? d.tensor() : d.like(average_pool2d(ones({2, 5, 4, 2}), o));
       d.use(average_pool2d_grad(dy, image, o));
     }},
    {"upsample2d_grad",
     [](Draw& d) {
       const Tensor dy = d.of({2, 6, 4, 2});
       const Extent2 factor = d.extent2();
       d.use(upsample2d_grad(dy, factor, d.one_of({Interpolation::nearest, Interpolation::bilinear})));
     }},
    {"lstm",
     [](Draw& d) {
       const std::int64_t units = d.extent(4), steps = d.extent(4);
       const Tensor z = d.of({steps, 3, 4 * std::clamp<std::int64_t>(units, 0, 99)}),
                    u = d.of({units, 4 * std::clamp<std::int64_t>(units, 0, 99)});
       const LstmStates s = lstm(z, u);
       d.use(s.h), d.use(s.c);
       d.use(lstm_grad(d.like(s.h), u, d.like(s.c), d.like(s.gates)));
     }},
    {"lstm_grad",
     [](Draw& d) {
       const Tensor dh = d.tensor(), u = d.of({2, 8}), c = d.like(dh);
       d.use(lstm_grad(dh, u, c, d.of({2, 3, 8})));
     }},
    {"mse with slope",
     [](Draw& d) {
       const Tensor p = d.tensor();
       Tensor slope;
       d.use(mse(p, d.like(p), d.number(), &slope));
       d.use(slope);
     }},
    {"bce_with_logits with slope",
     [](Draw& d) {
       const Tensor p = d.tensor();
       Tensor slope;
       d.use(bce_with_logits(p, d.like(p), d.number(), &slope));
       d.use(slope);
     }},
    {"channel_moments",
     [](Draw& d) {
       const Moments m = channel_moments(d.tensor());
       d.use(m.mean), d.use(m.variance);
     }},
    {"all_but_last", [](Draw& d) { d.use(static_cast<double>(all_but_last(d.axis()).list.size())); }},
    {"batch_norm",
     [](Draw& d) {
       const NormCase c = norm_case(d, false);
       d.use(batch_norm(c.x, c.moments, maybe(d, c.gamma), maybe(d, c.beta), d.number()));
     }},
    {"batch_norm_grad",
     [](Draw& d) {
       const NormCase c = norm_case(d, false);
       d.use(batch_norm_grad(d.like(c.x), c.x, c.moments, maybe(d, c.gamma), d.number(), d.flag()));
     }},
    {"layer_norm",
     [](Draw& d) {
       const NormCase c = norm_case(d, true);
       d.use(layer_norm(c.x, maybe(d, c.gamma), maybe(d, c.beta), d.number()).y);
     }},
    {"layer_norm_grad",
     [](Draw& d) {
       const NormCase c = norm_case(d, true);
       d.use(layer_norm_grad(d.like(c.x), c.x, c.moments, maybe(d, c.gamma), d.number()));
     }},
    {"expect_norm_parts",
     [](Draw& d) {
       const NormCase c = norm_case(d, true);
       expect_norm_parts("fuzz", c.x, d.axis(), &c.gamma, &c.beta, d.number());
     }},
};

}  // namespace

std::vector<Row> gradient_rows() { return joined({kGradientRows}); }

}  // namespace hourglass::fuzz
