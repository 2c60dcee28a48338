#include <hourglass/tensor/base/normal_math.h>
#include <hourglass/tensor/kernels/activations.h>
#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/activation.h>

namespace hourglass {

Tensor sigmoid(const Tensor& x) {
  return map("sigmoid", x, [](auto v) { return detail::Sigmoid::value(v); });
}

Tensor relu(const Tensor& x) {
  return map("relu", x, [](auto v) { return detail::Relu::value(v); });
}

Tensor leaky_relu(const Tensor& x, double alpha) {
  return map("leaky_relu", x, [alpha](auto v) { return v > 0 ? v : v * static_cast<decltype(v)>(alpha); });
}

Tensor elu(const Tensor& x, double alpha) {
  return map("elu", x,
             [alpha](auto v) { return v > 0 ? v : static_cast<decltype(v)>(alpha) * math::expm1(v); });
}

Tensor selu(const Tensor& x) {
  return map("selu", x, [](auto v) {
    using T = decltype(v);
    return v > 0 ? v * T(kSeluScale) : T(kSeluScale * kSeluAlpha) * math::expm1(v);
  });
}

Tensor gelu(const Tensor& x) {
  return map("gelu", x, [](auto v) { return v * math::normal_cdf(v); });
}

Tensor normal_cdf(const Tensor& x) {
  return map("normal_cdf", x, [](auto v) { return math::normal_cdf(v); });
}

Tensor normal_pdf(const Tensor& x) {
  return map("normal_pdf", x, [](auto v) { return math::normal_pdf(v); });
}

Tensor silu(const Tensor& x) {
  return map("silu", x, [](auto v) { return v * math::sigmoid(v); });
}

Tensor softplus(const Tensor& x) {
  return map("softplus", x, [](auto v) { return math::softplus(v); });
}

namespace {

// dz = dy f'(z), in dy's memory if nothing else refers to it.
template <class F>
Tensor slope(const char* op, Tensor dy, const Tensor& y) {
  const auto of = []<class T>(T d, T v) {
    T dz;
    F::slope(d, v, dz);
    return dz;
  };
  const bool fits = dy.shape() == y.shape() && dy.dtype() == y.dtype();
  if (!fits || !dy.is_contiguous() || !y.is_contiguous() || !dy.storage().is_unique())
    return map(op, dy, y, of);
  visit_floating(op, dy.dtype(), [&]<class T>() {
    T* const to = dy.mutable_data<T>();
    const T* const from = y.data<T>();
    parallel_ranges(dy.size(), detail::kGrain, [&](std::int64_t begin, std::int64_t end) {
      detail::map_row(to + begin, from + begin, to + begin, end - begin, of);
    });
  });
  return dy;
}

}  // namespace

Tensor relu_grad(Tensor dy, const Tensor& y) { return slope<detail::Relu>("relu_grad", std::move(dy), y); }
Tensor sigmoid_grad(Tensor dy, const Tensor& y) {
  return slope<detail::Sigmoid>("sigmoid_grad", std::move(dy), y);
}
Tensor tanh_grad(Tensor dy, const Tensor& y) { return slope<detail::Tanh>("tanh_grad", std::move(dy), y); }

Tensor epilogue_grad(Tensor dy, const Tensor& y, Epilogue f) {
  switch (f) {
    case Epilogue::none:
      break;
    case Epilogue::relu:
      return relu_grad(std::move(dy), y);
    case Epilogue::sigmoid:
      return sigmoid_grad(std::move(dy), y);
    case Epilogue::tanh:
      return tanh_grad(std::move(dy), y);
  }
  return dy;
}

}  // namespace hourglass
