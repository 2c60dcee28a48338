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

void check(const TableColumn& c) {
  if (c.width < 1 || (!c.one_hot && c.width > 1))
    throw DataError("TabularAutoencoder: a column has width {}; a number has 1, a category one for each",
                    c.width);
  if (c.categories < 0 || (c.one_hot && c.categories > 0))
    throw DataError(
        "TabularAutoencoder: a column {} has {} categories; only one that holds an index says how many",
        c.one_hot ? "that is one-hot" : "of width 1", c.categories);
}

// The decoder's numbers for a column.
std::int64_t output_width(const TableColumn& c) { return c.categories > 0 ? c.categories : c.width; }

std::int64_t features_in(const std::vector<TableColumn>& columns) {
  if (columns.empty())
    throw DataError("TabularAutoencoder: there are no columns; columns_of(prepare.places()) lists a table's");
  std::int64_t out = 0;
  for (const TableColumn& c : columns) {
    check(c);
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
  const char* const op = "TabularAutoencoder";
  const std::int64_t features = features_in(o.columns);
  std::int64_t in = o.sees_holes ? features : 0, out = 0;
  for (const TableColumn& c : o.columns) {
    in = checked_sum(op, in, c.categories > 0 ? o.embedding : c.width);
    out = checked_sum(op, out, output_width(c));
  }
  const auto halves_of = [&](std::int64_t width) {
    return dense_halves({.features = width, .hidden = o.hidden, .latent = o.latent, .dtype = o.dtype});
  };
  Halves halves = halves_of(out);
  if (in != out) halves.encoder = halves_of(in).encoder;
  return halves;
}

std::optional<nn::Embedding> embedding_for(const TabularOptions& o) {
  std::int64_t categories = 0;
  for (const TableColumn& c : o.columns)
    categories = checked_sum("TabularAutoencoder", categories, c.categories);
  if (categories == 0) return {};
  return nn::Embedding(categories, o.embedding, {.dtype = o.dtype});
}

// Calls f(column, first tensor column, first number of the decoder) for each column of the table.
template <class F>
void each_column(const std::vector<TableColumn>& columns, F f) {
  std::int64_t begin = 0, output = 0;
  for (const TableColumn& c : columns) {
    f(c, begin, output);
    begin += c.width, output += output_width(c);
  }
}

Tensor part(const Tensor& x, const TableColumn& c, std::int64_t begin) {
  return slice(x, 1, {begin, begin + c.width});
}
Variable output_part(const Variable& y, const TableColumn& c, std::int64_t begin) {
  return slice(y, 1, {begin, begin + output_width(c)});
}
// Whether the entries of a column are there.    -> (N, 1)
Tensor present_in(const Tensor& present, std::int64_t begin) { return slice(present, 1, {begin, begin + 1}); }

// What a category's probabilities are held against: one-hot rows, 0 where there is a hole. Those of an index
// are made here.
Tensor target_of(const Tensor& values, const Tensor& present, const TableColumn& c, std::int64_t begin) {
  if (c.one_hot) return part(values, c, begin);
  const Tensor index = reshape(part(values, c, begin).to(int64), {values.shape(0)});
  return one_hot(index, c.categories, values.dtype()) * present_in(present, begin).to(values.dtype());
}

// -Σ x log p of each row, p the softmax of y; 0 where x is a hole, and so 0.    -> (N, 1)
Variable crossentropy(const Variable& y, const Tensor& x) {
  return -sum(x * log_softmax(y, 1), 1, {.keepdims = true});
}

// How many entries of the table are there; of a category the first tensor column tells.
std::int64_t entries_in(const Tensor& present, const std::vector<TableColumn>& columns) {
  Tensor is_first = zeros({1, present.shape(1)}, float32);
  each_column(columns, [&](const TableColumn&, std::int64_t begin, std::int64_t) {
    is_first.mutable_data<float>()[begin] = 1.0F;
  });
  return static_cast<std::int64_t>(sum((present.to(float32) * is_first).to(float64)).item());
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
  each_column(columns, [&](const TableColumn& c, std::int64_t begin, std::int64_t) {
    const Tensor own = part(x, c, begin), here = slice(hit, 1, {i, i + 1});
    if (noise.kind == TableNoise::Kind::gaussian) {
      parts.push_back(c.is_category() ? own : own + slice(normals, 1, {i, i + 1}));
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
      embedding(embedding_for(options)),
      options_(options),
      features_(features_in(options.columns)) {
  check(options.noise);
}

Tensor TabularAutoencoder::checked(const Tensor& x) const {
  if (x.rank() == 2 && x.shape(1) == features_) return x;
  throw ShapeError("{} expects rows of {} features, got shape {}; a data::Preprocessor makes them",
                   describe(), features_, x.shape());
}

Variable TabularAutoencoder::embedded(const Tensor& values, const Tensor& present) {
  std::vector<Tensor> indices, here;
  std::int64_t before = 0;
  each_column(options_.columns, [&](const TableColumn& c, std::int64_t begin, std::int64_t) {
    if (c.categories == 0) return;
    const Tensor index = part(values, c, begin);
    if (min(index).item() < 0.0 || max(index).item() >= static_cast<double>(c.categories))
      throw IndexError("{}: an index is not in [0, {}), the categories of its column; {}", describe(),
                       c.categories, "a data::Preprocessor with Encoding::index makes them");
    indices.push_back(index.to(int64) + static_cast<double>(before)), before += c.categories;
    here.push_back(present_in(present, begin));
  });
  const Variable vectors = (*embedding)(concat(indices, 1));  // (N, columns, embedding)
  const std::int64_t n = values.shape(0), count = std::ssize(indices);
  const Tensor there = reshape(concat(here, 1), {n, count, 1});
  return reshape(where(there, vectors, zeros({1, 1, 1}, vectors.dtype())), {n, count * options_.embedding});
}

Variable TabularAutoencoder::input(const Variable& x) {
  const Tensor present = x == x;  // nan is not equal to itself
  Variable values = where(present, x, zeros({1, 1}, x.dtype()));
  if (!embedding && !options_.sees_holes) return values;
  std::vector<Variable> parts;
  if (!embedding) parts.push_back(values);
  if (embedding) {
    each_column(options_.columns, [&](const TableColumn& c, std::int64_t begin, std::int64_t) {
      if (c.categories == 0) parts.push_back(slice(values, 1, {begin, begin + c.width}));
    });
    parts.push_back(embedded(values.value(), present));
  }
  if (options_.sees_holes) parts.push_back(1.0 - to(present, x.dtype()));
  return concat(parts, 1);
}

Tensor TabularAutoencoder::is_number() const {
  std::vector<Tensor> parts;
  for (const TableColumn& c : options_.columns)
    parts.push_back(full({1, c.width}, c.is_category() ? 0.0 : 1.0, uint8));
  return concat(parts, 1);
}

// What the decoder's output means: numbers, probabilities of categories, and of an index the most likely.
Variable TabularAutoencoder::meant(const Variable& y) const {
  std::vector<Variable> parts;
  each_column(options_.columns, [&](const TableColumn& c, std::int64_t, std::int64_t output) {
    const Variable own = output_part(y, c, output);
    if (c.categories > 0) {
      parts.emplace_back(argmax(own.value(), 1, {.keepdims = true}).to(y.dtype()));
    } else {
      parts.push_back(c.one_hot ? softmax(own, 1) : options_.number_activation(own));
    }
  });
  return concat(parts, 1);
}

// The numbers of the decoder where numbers stand in a row, 0 for categories.    -> (N, features)
Variable TabularAutoencoder::numbers(const Variable& y) const {
  if (!embedding) return options_.number_activation(y);
  std::vector<Variable> parts;
  each_column(options_.columns, [&](const TableColumn& c, std::int64_t, std::int64_t output) {
    parts.push_back(c.is_category() ? Variable(zeros({y.shape(0), c.width}, y.dtype()))
                                    : options_.number_activation(output_part(y, c, output)));
  });
  return concat(parts, 1);
}

std::optional<TabularAutoencoder::Form> TabularAutoencoder::form() const {
  if (embedding) return {};
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
  const Tensor x = checked(rows.value());
  return restoring_loss(is_training() ? corrupt(x, options_.noise, options_.columns) : x, x);
}

Loss TabularAutoencoder::restoring_loss(const Variable& from, const Tensor& rows) {
  return run([&] {
    const Tensor x = checked(rows);
    static_cast<void>(checked(from.value()));
    const Variable y = decoder(encoder(input(from)));
    const Tensor present = equal(x, x), zero = zeros({1, 1}, x.dtype()), values = where(present, x, zero);
    Variable total = sum(square(where(present * is_number(), numbers(y) - values, zero)));
    each_column(options_.columns, [&](const TableColumn& c, std::int64_t begin, std::int64_t output) {
      if (c.is_category())
        total = total + sum(crossentropy(output_part(y, c, output), target_of(values, present, c, begin)));
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
  each_column(options_.columns, [&](const TableColumn& c, std::int64_t begin, std::int64_t output) {
    const Variable own = output_part(y, c, output);
    const Tensor error = c.is_category()
                             ? crossentropy(own, target_of(values, present, c, begin)).value()
                             : square(options_.number_activation(own) - part(values, c, begin)).value();
    errors.push_back(where(present_in(present, begin), error,
                           full({1, 1}, std::numeric_limits<double>::quiet_NaN(), x.dtype())));
  });
  return concat(errors, 1);
}

Tensor TabularAutoencoder::fill_in(const Tensor& rows) {
  const nn::Evaluating evaluating(*this);
  const Tensor own = checked(rows), x = own.to(options_.dtype);
  const Tensor y = meant(decoder(encoder(input(x)))).value();
  std::vector<Tensor> parts;
  each_column(options_.columns, [&](const TableColumn& c, std::int64_t begin, std::int64_t) {
    const Tensor expected = part(y, c, begin);
    parts.push_back(c.one_hot ? one_hot(argmax(expected, 1), c.width, x.dtype()) : expected);
  });
  return where(equal(own, own), own, concat(parts, 1).to(own.dtype()));
}

}  // namespace hourglass::autoencoders
