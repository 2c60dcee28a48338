#include <hourglass/autoencoders/tabular.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/softmax.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/index.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace hourglass::autoencoders {

namespace {

std::int64_t features_in(const std::vector<TableColumn>& columns) {
  if (columns.empty())
    throw DataError("TabularAutoencoder: there are no columns; columns_of(prepare.places()) lists a table's");
  std::int64_t out = 0;
  for (const TableColumn& c : columns) {
    if (c.width < 1 || (!c.one_hot && c.width > 1))
      throw DataError("TabularAutoencoder: a column has width {}; a number has 1, a category one for each",
                      c.width);
    out = checked_sum("TabularAutoencoder", out, c.width);
  }
  return out;
}

void check(const TableNoise& noise) {
  const bool gaussian = noise.kind == TableNoise::Kind::gaussian;
  if (noise.strength >= 0.0 && (gaussian || noise.strength <= 1.0)) return;
  throw DataError("corrupt: the strength must be {}, got {}; 0 changes nothing",
                  gaussian ? "at least 0, a deviation" : "in [0, 1], a probability", noise.strength);
}

Halves halves_for(const TabularOptions& o) {
  const std::int64_t features = features_in(o.columns);
  Halves halves =
      dense_halves({.features = features, .hidden = o.hidden, .latent = o.latent, .dtype = o.dtype});
  if (!o.sees_holes) return halves;
  Halves wide = dense_halves({.features = checked_product("TabularAutoencoder", 2, features),
                              .hidden = o.hidden,
                              .latent = o.latent,
                              .dtype = o.dtype});
  halves.encoder = std::move(wide.encoder);
  return halves;
}

// Calls f(column, first tensor column) for each column of the table.
template <class F>
void each_column(const std::vector<TableColumn>& columns, F f) {
  std::int64_t begin = 0;
  for (const TableColumn& c : columns) {
    f(c, begin);
    begin += c.width;
  }
}

Variable part(const Variable& x, const TableColumn& c, std::int64_t begin) {
  return slice(x, 1, {begin, begin + c.width});
}

// -Σ x log p of each row, p the softmax of y; 0 where x is a hole, and so 0.    -> (N, 1)
Variable crossentropy(const Variable& y, const Variable& x) {
  return -sum(x * log_softmax(y, 1), 1, {.keepdims = true});
}

std::int64_t entries_in(const Tensor& present, const std::vector<TableColumn>& columns) {
  double count = 0.0;
  each_column(columns, [&](const TableColumn&, std::int64_t begin) {
    count += sum(slice(present, 1, {begin, begin + 1}).to(float64)).item();
  });
  return static_cast<std::int64_t>(count);
}

}  // namespace

Tensor corrupt(const Tensor& x, const TableNoise& noise, const std::vector<TableColumn>& columns) {
  check(noise);
  if (noise.strength == 0.0) return x;
  Generator& generator = default_generator();
  const std::int64_t n = x.shape(0), count = std::ssize(columns);
  std::vector<Tensor> parts;
  const Tensor hit = bernoulli({n, count}, std::min(noise.strength, 1.0), generator, float32).to(uint8);
  const Tensor normals = normal({n, count}, 0.0, noise.strength, generator, x.dtype());
  const Tensor others = n > 0 ? randint({n, count}, 0, n, generator) : zeros({0, count}, int64);
  std::int64_t i = 0;
  each_column(columns, [&](const TableColumn& c, std::int64_t begin) {
    const Tensor own = slice(x, 1, {begin, begin + c.width}), here = slice(hit, 1, {i, i + 1});
    if (noise.kind == TableNoise::Kind::gaussian) {
      parts.push_back(c.one_hot ? own : own + slice(normals, 1, {i, i + 1}));
    } else if (noise.kind == TableNoise::Kind::hide) {
      parts.push_back(where(here, full({1, 1}, std::numeric_limits<double>::quiet_NaN(), x.dtype()), own));
    } else {
      const Tensor rows = slice(others, 1, {i, i + 1}).contiguous().view({n}, {1});
      parts.push_back(where(here, take(own, rows), own));
    }
    ++i;
  });
  return concat(parts, 1);
}

TabularAutoencoder::TabularAutoencoder(const TabularOptions& options)
    : TabularAutoencoder(halves_for(options), options) {}

TabularAutoencoder::TabularAutoencoder(Halves halves, const TabularOptions& options)
    : encoder(std::move(halves.encoder)),
      decoder(std::move(halves.decoder)),
      options_(options),
      features_(features_in(options.columns)) {
  check(options.noise);
}

Tensor TabularAutoencoder::checked(const Tensor& x) const {
  if (x.rank() == 2 && x.shape(1) == features_) return x;
  throw ShapeError("{} expects rows of {} features, got shape {}; a data::Preprocessor makes them",
                   describe(), features_, x.shape());
}

Variable TabularAutoencoder::input(const Variable& x) const {
  const Tensor present = x == x;  // nan is not equal to itself
  const Variable values = where(present, x, zeros({1, 1}, x.dtype()));
  return options_.sees_holes ? concat({values, 1.0 - to(present, x.dtype())}, 1) : values;
}

Tensor TabularAutoencoder::is_number(DType dtype) const {
  std::vector<Tensor> parts;
  for (const TableColumn& c : options_.columns)
    parts.push_back(full({1, c.width}, c.one_hot ? 0.0 : 1.0, dtype));
  return concat(parts, 1);
}

// What the decoder's output means: numbers, and probabilities of categories.
Variable TabularAutoencoder::meant(const Variable& y) const {
  std::vector<Variable> parts;
  each_column(options_.columns, [&](const TableColumn& c, std::int64_t begin) {
    const Variable own = part(y, c, begin);
    parts.push_back(c.one_hot ? softmax(own, 1) : options_.number_activation(own));
  });
  return concat(parts, 1);
}

std::optional<TabularAutoencoder::Form> TabularAutoencoder::form() const {
  Form form{.encoder = &encoder, .decoder = &decoder};
  for (const TableColumn& c : options_.columns) form.columns.push_back({c.width, c.one_hot});
  form.number_activation = options_.number_activation;
  form.sees_holes = options_.sees_holes;
  return form;
}

Variable TabularAutoencoder::encode(const Variable& x) {
  return run([&] {
    static_cast<void>(checked(x.value()));
    return encoder(input(x));
  });
}

Variable TabularAutoencoder::decode(const Variable& code) {
  return run([&] { return meant(decoder(code)); });
}

Loss TabularAutoencoder::loss(const Variable& rows) {
  return run([&] {
    const Tensor x = checked(rows.value());
    const Variable y =
        decoder(encoder(input(is_training() ? corrupt(x, options_.noise, options_.columns) : x)));
    const Tensor present = equal(x, x), zero = zeros({1, 1}, x.dtype()), values = where(present, x, zero);
    const Tensor counted = present * is_number(float32).to(uint8);
    Variable total = sum(square(where(counted, options_.number_activation(y) - values, zero)));
    each_column(options_.columns, [&](const TableColumn& c, std::int64_t begin) {
      if (c.one_hot) total = total + sum(crossentropy(part(y, c, begin), part(values, c, begin)));
    });
    const std::int64_t entries = std::max<std::int64_t>(1, entries_in(present, options_.columns));
    total = total / static_cast<double>(entries);
    return Loss{.total = total, .reconstruction = total, .unit = "squared error or nats per entry"};
  });
}

Tensor TabularAutoencoder::column_errors(const Tensor& rows) {
  const nn::Evaluating evaluating(*this);
  const Tensor x = checked(rows), present = equal(x, x);
  const Variable y = decoder(encoder(input(x)));
  const Tensor values = where(present, x, zeros({1, 1}, x.dtype()));
  std::vector<Tensor> errors;
  each_column(options_.columns, [&](const TableColumn& c, std::int64_t begin) {
    const Variable own = part(y, c, begin), target = part(values, c, begin);
    const Tensor error =
        (c.one_hot ? crossentropy(own, target) : square(options_.number_activation(own) - target)).value();
    errors.push_back(where(slice(present, 1, {begin, begin + 1}), error,
                           full({1, 1}, std::numeric_limits<double>::quiet_NaN(), x.dtype())));
  });
  return concat(errors, 1);
}

Tensor TabularAutoencoder::fill_in(const Tensor& rows) {
  const nn::Evaluating evaluating(*this);
  const Tensor own = checked(rows), x = own.to(options_.dtype);
  const Tensor y = meant(decoder(encoder(input(x)))).value();
  std::vector<Tensor> parts;
  each_column(options_.columns, [&](const TableColumn& c, std::int64_t begin) {
    const Tensor expected = slice(y, 1, {begin, begin + c.width});
    parts.push_back(c.one_hot ? one_hot(argmax(expected, 1), c.width, x.dtype()) : expected);
  });
  return where(equal(own, own), own, concat(parts, 1).to(own.dtype()));
}

}  // namespace hourglass::autoencoders
