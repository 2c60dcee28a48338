#include <hourglass/files/internal/keras/network.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/views.h>

#include <algorithm>
#include <cctype>

namespace hourglass::files::keras {

std::string text(const Dims& dims) {
  std::string out;
  for (const std::int64_t n : dims)
    out += (out.empty() ? "" : ", ") + (n == kUnknown ? "None" : std::to_string(n));
  return "(" + out + (dims.size() == 1 ? ",)" : ")");
}

const Tensor& Weight::ours() const {
  if (const auto* const parameter = std::get_if<Variable*>(&place)) return (*parameter)->value();
  return *std::get<Tensor*>(place);
}

Tensor Weight::value() const {
  const Tensor& w = ours();
  if (transposed) return transpose(w).contiguous();
  if (spread_rows == 1 && spread_columns == 1) return w;
  const std::int64_t rows = (w.shape(0) - 1) * spread_rows + 1,
                     columns = (w.shape(1) - 1) * spread_columns + 1;
  Tensor out = zeros({rows, columns, w.shape(2), w.shape(3)}, w.dtype());
  Tensor taps = slice(slice(out, 0, {std::nullopt, std::nullopt, spread_rows}), 1,
                      {std::nullopt, std::nullopt, spread_columns});
  taps.copy_from(w);
  return out;
}

namespace {

void append(const Network& network, bool trainable, std::vector<const Weight*>& out) {
  for (const Layer& layer : network.layers) {
    if (layer.inside) append(*layer.inside, trainable, out);
    for (const Weight& w : layer.weights) {
      if ((w.is_trainable() && layer.trainable) == trainable) out.push_back(&w);
    }
  }
}

}  // namespace

std::vector<const Weight*> weights_of(const Network& network) {
  std::vector<const Weight*> out;
  append(network, true, out);
  append(network, false, out);
  return out;
}

std::string to_snake_case(const std::string& type) {
  std::string out;
  const auto is = [&](std::size_t i, int (*kind)(int)) {
    return i < type.size() && kind(static_cast<unsigned char>(type[i])) != 0;
  };
  for (std::size_t i = 0; i < type.size(); ++i) {
    // A capital begins a word if a small letter follows it, or comes before it.
    if (i > 0 && is(i, std::isupper) && (is(i + 1, std::islower) || is(i - 1, std::islower))) out += '_';
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(type[i])));
  }
  return out;
}

}  // namespace hourglass::files::keras
