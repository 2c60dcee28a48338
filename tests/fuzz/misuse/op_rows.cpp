#include "either.h"

// The functions that exist for tensors and for variables. X is either.
namespace hourglass::fuzz {

namespace {

using Pads = std::vector<std::pair<std::int64_t, std::int64_t>>;
Pads pads(Draw& d) {
  return d.list(3, [&] {
    const std::int64_t before = d.size();
    return std::pair(before, d.size());
  });
}

LogVarianceRange range(Draw& d) {
  if (!d.once_in(4)) return {};
  const double least = d.number();
  return {least, d.number()};
}
ReduceOptions keep(Draw& d) { return {.keepdims = d.flag()}; }
VarOptions spread(Draw& d) {
  const bool keepdims = d.flag();
  return {.keepdims = keepdims, .ddof = d.size()};
}

template <class X>
const std::vector<Row> kElementRows{
      two<X>("add", [](Draw&, const X& a, const X& b) { return add(a, b); }),
      two<X>("subtract", [](Draw&, const X& a, const X& b) { return subtract(a, b); }),
      two<X>("multiply", [](Draw&, const X& a, const X& b) { return multiply(a, b); }),
      two<X>("divide", [](Draw&, const X& a, const X& b) { return divide(a, b); }),
      two<X>("maximum", [](Draw&, const X& a, const X& b) { return maximum(a, b); }),
      two<X>("minimum", [](Draw&, const X& a, const X& b) { return minimum(a, b); }),
      two<X>("pow", [](Draw&, const X& a, const X& b) { return pow(a, b); }),
      two<X>("operators", [](Draw&, const X& a, const X& b) { return (a + b) * (a - b) / b + -a; }),
      one<X>("operators, numbers",
             [](Draw& d, const X& a) {
               const double n = d.number();
               return n - a * n / (n + a) + n / a - n * a;
             }),
      one<X>("add number", [](Draw& d, const X& a) { return add(a, d.number()); }),
      one<X>("subtract number", [](Draw& d, const X& a) { return subtract(a, d.number()); }),
      one<X>("subtract from number", [](Draw& d, const X& a) { return subtract(d.number(), a); }),
      one<X>("multiply number", [](Draw& d, const X& a) { return multiply(a, d.number()); }),
      one<X>("divide by number", [](Draw& d, const X& a) { return divide(a, d.number()); }),
      one<X>("divide number", [](Draw& d, const X& a) { return divide(d.number(), a); }),
      one<X>("maximum number", [](Draw& d, const X& a) { return maximum(a, d.number()); }),
      one<X>("minimum number", [](Draw& d, const X& a) { return minimum(a, d.number()); }),
      one<X>("pow number", [](Draw& d, const X& a) { return pow(a, d.number()); }),
      one<X>("neg", [](Draw&, const X& x) { return neg(x); }),
      one<X>("abs", [](Draw&, const X& x) { return abs(x); }),
      one<X>("sign", [](Draw&, const X& x) { return sign(x); }),
      one<X>("square", [](Draw&, const X& x) { return square(x); }),
      one<X>("clip",
             [](Draw& d, const X& x) {
               const double low = d.number();
               return clip(x, low, d.number());
             }),
      one<X>("exp", [](Draw&, const X& x) { return exp(x); }),
      one<X>("expm1", [](Draw&, const X& x) { return expm1(x); }),
      one<X>("log", [](Draw&, const X& x) { return log(x); }),
      one<X>("log1p", [](Draw&, const X& x) { return log1p(x); }),
      one<X>("sqrt", [](Draw&, const X& x) { return sqrt(x); }),
      one<X>("rsqrt", [](Draw&, const X& x) { return rsqrt(x); }),
      one<X>("sin", [](Draw&, const X& x) { return sin(x); }),
      one<X>("cos", [](Draw&, const X& x) { return cos(x); }),
      one<X>("tanh", [](Draw&, const X& x) { return tanh(x); }),
      one<X>("erf", [](Draw&, const X& x) { return erf(x); }),
      one<X>("sigmoid", [](Draw&, const X& x) { return sigmoid(x); }),
      one<X>("relu", [](Draw&, const X& x) { return relu(x); }),
      one<X>("leaky_relu", [](Draw& d, const X& x) { return leaky_relu(x, d.number()); }),
      one<X>("elu", [](Draw& d, const X& x) { return elu(x, d.number()); }),
      one<X>("selu", [](Draw&, const X& x) { return selu(x); }),
      one<X>("gelu", [](Draw&, const X& x) { return gelu(x); }),
      one<X>("silu", [](Draw&, const X& x) { return silu(x); }),
      one<X>("softplus", [](Draw&, const X& x) { return softplus(x); }),
      two<X>("relu_grad", [](Draw&, const X& a, const X& b) { return relu_grad(a, b); }),
      two<X>("sigmoid_grad", [](Draw&, const X& a, const X& b) { return sigmoid_grad(a, b); }),
      two<X>("tanh_grad", [](Draw&, const X& a, const X& b) { return tanh_grad(a, b); }),
      {"where",
       [](Draw& d) {
         const auto [a, b] = alike<X>(d);
         const Tensor condition = d.once_in(2) ? d.tensor() : zeros(b.shape(), uint8);
         d.use(where(condition, a, b));
       }},
};

template <class X>
const std::vector<Row> kShapeRows{
    one<X>("reshape", [](Draw& d, const X& x) { return reshape(x, d.shape()); }),
    one<X>("reshape open",
           [](Draw& d, const X& x) {
             const std::int64_t a = d.size(), b = d.size();
             return d.flag() ? reshape(x, {a, -1, b}) : reshape(x, {-1, a});
           }),
    one<X>("flatten", [](Draw& d, const X& x) { return flatten(x, d.axis()); }),
    one<X>("transpose", [](Draw&, const X& x) { return transpose(x); }),
    one<X>("transpose two",
           [](Draw& d, const X& x) {
             const int a = d.axis();
             return transpose(x, a, d.axis());
           }),
    one<X>("permute", [](Draw& d, const X& x) { return permute(x, d.axes().list); }),
    {"slice",
     [](Draw& d) {
       const X x = d.any<X>();
       d.use(slice(x, d.list(4, [&] { return d.slice(); })));
     }},
    one<X>("slice axis",
           [](Draw& d, const X& x) {
             const int a = d.axis();
             return slice(x, a, d.slice());
           }),
    one<X>("flip", [](Draw& d, const X& x) { return flip(x, d.axes().list); }),
    one<X>("squeeze", [](Draw&, const X& x) { return squeeze(x); }),
    one<X>("squeeze axis", [](Draw& d, const X& x) { return squeeze(x, d.axis()); }),
    one<X>("unsqueeze", [](Draw& d, const X& x) { return unsqueeze(x, d.axis()); }),
    one<X>("broadcast_to", [](Draw& d, const X& x) { return broadcast_to(x, d.shape()); }),
    one<X>("broadcast_to fitting",
           [](Draw& d, const X& x) { return broadcast_to(x, x.shape().insert(0, d.size())); }),
    {"concat",
     [](Draw& d) {
       const auto [a, b] = alike<X>(d);
       std::vector<X> parts{a, b};
       if (d.once_in(3)) parts = d.list(3, [&] { return d.any<X>(); });
       d.use(concat(parts, d.axis()));
     }},
    two<X>("stack",
           [](Draw& d, const X& a, const X& b) {
             return stack(std::vector<X>{a, b}, d.axis());
           }),
    one<X>("split",
           [](Draw& d, const X& x) {
             const std::int64_t n = d.size();
             return split(x, n, d.axis());
           }),
    {"split extents",
     [](Draw& d) {
       const X x = d.any<X>();
       const std::vector<std::int64_t> extents = d.list(3, [&] { return d.size(); });
       d.use(split(x, extents, d.axis()));
     }},
    one<X>("take",
           [](Draw& d, const X& x) {
             const Tensor at = d.indices(3);
             return take(x, at, d.axis());
           }),
    {"put_add",
     [](Draw& d) {
       const Tensor at = d.indices(4);
       const X x = d.made<X>(d.of({at.size(), 2}, d.floating()));
       const int axis = d.once_in(3) ? d.axis() : 0;
       d.use(put_add(x, at, axis, d.size()));
     }},
    one<X>("pad",
           [](Draw& d, const X& x) {
             const Pads p = pads(d);
             return pad(x, p, d.number());
           }),
    {"unslice",
     [](Draw& d) {
       const X x = d.any<X>();
       const Shape s = d.shape();
       d.use(unslice(x, s, d.list(3, [&] { return d.slice(); })));
     }},
    {"unslice fitting",
     [](Draw& d) {
       const X x = d.any<X>();
       const std::int64_t begin = d.size(), extent = d.size();
       if (x.rank() > 0)
         d.use(unslice(x, x.shape().with(0, extent), {Slice{begin, d.flag() ? begin : extent}}));
     }},
};

template <class X>
const std::vector<Row> kReduceRows{
    one<X>("sum",
           [](Draw& d, const X& x) {
             const Axes a = d.axes();
             return sum(x, a, keep(d));
           }),
    one<X>("mean",
           [](Draw& d, const X& x) {
             const Axes a = d.axes();
             return mean(x, a, keep(d));
           }),
    one<X>("var",
           [](Draw& d, const X& x) {
             const Axes a = d.axes();
             return var(x, a, spread(d));
           }),
    one<X>("std",
           [](Draw& d, const X& x) {
             const Axes a = d.axes();
             return std(x, a, spread(d));
           }),
    one<X>("max",
           [](Draw& d, const X& x) {
             const Axes a = d.axes();
             return max(x, a, keep(d));
           }),
    one<X>("min",
           [](Draw& d, const X& x) {
             const Axes a = d.axes();
             return min(x, a, keep(d));
           }),
    one<X>("norm",
           [](Draw& d, const X& x) {
             const Axes a = d.axes();
             return norm(x, a, keep(d));
           }),
    one<X>("logsumexp",
           [](Draw& d, const X& x) {
             const Axes a = d.axes();
             return logsumexp(x, a, keep(d));
           }),
    one<X>("argmax", [](Draw&, const X& x) { return argmax(x); }),
    one<X>("argmin", [](Draw&, const X& x) { return argmin(x); }),
    one<X>("argmax axis",
           [](Draw& d, const X& x) {
             const int a = d.axis();
             return argmax(x, a, keep(d));
           }),
    one<X>("argmin axis",
           [](Draw& d, const X& x) {
             const int a = d.axis();
             return argmin(x, a, keep(d));
           }),
    one<X>("sum_to", [](Draw& d, const X& x) { return sum_to(x, d.shape()); }),
    one<X>("cumsum", [](Draw& d, const X& x) { return cumsum(x, d.axis()); }),
    one<X>("softmax", [](Draw& d, const X& x) { return softmax(x, d.axis()); }),
    one<X>("log_softmax", [](Draw& d, const X& x) { return log_softmax(x, d.axis()); }),
    one<X>("keep_top_k", [](Draw& d, const X& x) { return keep_top_k(x, d.size()); }),
    one<X>("standardize",
           [](Draw& d, const X& x) {
             const Axes a = d.axes();
             return standardize(x, a, d.number());
           }),
};

template <class X>
const std::vector<Row> kLossRows{
    {"reparameterize",
     [](Draw& d) {
       const auto [m, v] = alike_floating<X>(d);
       const X e = d.like(m);
       d.use(reparameterize(m, v, e, range(d)));
     }},
    {"reparameterize_grad",
     [](Draw& d) {
       const auto [m, v] = alike_floating<X>(d);
       const X e = d.like(m);
       d.use(reparameterize_grad(m, v, e, range(d)));
     }},
    floating_two<X>("gaussian_kl",
                    [](Draw& d, const X& m, const X& v) { return gaussian_kl(m, v, range(d)); }),
    {"gaussian_kl_grad",
     [](Draw& d) {
       const X dy = d.made<X>(d.of({})), v = d.made<X>(d.of({2, 3}));
       d.use(gaussian_kl_grad(dy, v, range(d)));
     }},
    floating_two<X>("mse", [](Draw& d, const X& p, const X& t) { return mse(p, t, d.number()); }),
    {"mse_grad",
     [](Draw& d) {
       const auto [p, t] = alike_floating<X>(d);
       const X dy = d.made<X>(d.of({}));
       d.use(mse_grad(dy, p, t));
     }},
    floating_two<X>("bce_with_logits",
                    [](Draw& d, const X& p, const X& t) { return bce_with_logits(p, t, d.number()); }),
    {"bce_with_logits_grad",
     [](Draw& d) {
       const auto [p, t] = alike_floating<X>(d);
       const X dy = d.made<X>(d.of({}));
       d.use(bce_with_logits_grad(dy, p, t));
     }},
};

}  // namespace

std::vector<Row> op_rows() {
  return joined({kElementRows<Tensor>, kElementRows<Variable>, kShapeRows<Tensor>, kShapeRows<Variable>,
                 kReduceRows<Tensor>, kReduceRows<Variable>, kLossRows<Tensor>, kLossRows<Variable>});
}

}  // namespace hourglass::fuzz
