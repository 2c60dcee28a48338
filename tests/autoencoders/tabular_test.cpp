// The autoencoder for tables: its loss by hand, holes, noise, filling in.

#include "support/expect_error.h"
#include "support/gradients.h"

#include <hourglass/autoencoders/basic.h>
#include <hourglass/autoencoders/denoising.h>
#include <hourglass/autoencoders/sparse.h>
#include <hourglass/autoencoders/tabular.h>
#include <hourglass/autograd/backward.h>
#include <hourglass/data/tables/preprocessor.h>
#include <hourglass/files/model.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/optim/adam.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/index.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/training/fit.h>

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <limits>

namespace hourglass::autoencoders {
namespace {

const double kNan = std::numeric_limits<double>::quiet_NaN();

const std::vector<TableColumn> kColumns{{1, false}, {3, true}, {1, false}};

TabularAutoencoder small(bool sees_holes = false) {
  set_seed(4);
  return TabularAutoencoder(
      {.columns = kColumns, .hidden = {4}, .latent = 2, .sees_holes = sees_holes, .dtype = float64});
}
// Two rows with a number and a category missing.
Tensor rows() { return tensor({{0.5, 0, 1, 0, kNan}, {-1.0, kNan, kNan, kNan, 2.0}}, float64); }

TEST(Tabular, LossIsThatOfTheEntriesThatAreThere) {
  for (const bool sees_holes : {false, true}) {
    TabularAutoencoder model = small(sees_holes);
    model.eval();
    const Tensor x = rows(), y = model(x).value();
    EXPECT_NEAR(sum(slice(y, 1, {1, 4})).item(), 2.0, 1e-12);  // probabilities
    const double expected = (std::pow(0.5 - y[0][0].item(), 2) - std::log(y[0][2].item()) +
                             std::pow(-1.0 - y[1][0].item(), 2) + std::pow(2.0 - y[1][4].item(), 2)) /
                            4.0;
    const Loss loss = model.loss(x);
    EXPECT_NEAR(loss.total.value().item(), expected, 1e-12);
    const Tensor errors = model.column_errors(x);
    EXPECT_EQ(errors.shape(), Shape({2, 3}));
    EXPECT_NEAR(errors[0][1].item(), -std::log(y[0][2].item()), 1e-12);
    EXPECT_TRUE(std::isnan(errors[0][2].item()));
    EXPECT_TRUE(std::isnan(errors[1][1].item()));
    backward(loss.total);
    for (const NamedParameter& p : nn::parameters(model))
      EXPECT_TRUE(std::isfinite(sum(p.variable.gradient().value().value()).item())) << p.name;
  }
  TabularAutoencoder model = small();
  EXPECT_EQ(model.loss(full({2, 5}, kNan, float64)).total.value().item(), 0.0);
}

TEST(Tabular, LossHasRightGradients) {
  TabularAutoencoder model = small(true);
  model.eval();
  const std::vector<NamedParameter> parameters = nn::parameters(model);
  std::vector<Tensor> values;
  for (const NamedParameter& p : parameters) values.push_back(p.variable.value());
  // The last layer's kernel and bias in its place, the rest as it is.
  auto& last = model.decoder.get<nn::Dense>(1);
  const auto loss = [&](const std::vector<Variable>& w) {
    last.kernel = w[0];
    last.bias = w[1];
    return model.loss(rows()).total;
  };
  EXPECT_TRUE(testing::gradients_are_right("tabular", loss, {values[values.size() - 2], values.back()}));
}

// A number, a category of three by its index, a one-hot category of two, an index of four.
const std::vector<TableColumn> kIndexed{{1, false}, {.categories = 3}, {2, true}, {.categories = 4}};
TabularAutoencoder indexed(bool sees_holes = false) {
  set_seed(4);
  return TabularAutoencoder({.columns = kIndexed,
                             .hidden = {6},
                             .latent = 3,
                             .sees_holes = sees_holes,
                             .embedding = 2,
                             .dtype = float64});
}
Tensor indexed_rows() {
  return tensor({{0.5, 2, 0, 1, 3}, {-1.0, kNan, 1, 0, 0}, {kNan, 1, kNan, kNan, kNan}}, float64);
}

TEST(Tabular, AnIndexIsAnEmbeddingAndACrossentropy) {
  for (const bool sees_holes : {false, true}) {
    TabularAutoencoder model = indexed(sees_holes);
    model.eval();
    EXPECT_EQ(model.embedding->embeddings.shape(), Shape({7, 2}));
    EXPECT_EQ(model.encoder.get<nn::Dense>(0).kernel.shape(0), 3 + 2 * 2 + (sees_holes ? 5 : 0));
    const Tensor x = indexed_rows();
    const Tensor logits = model.decoder(model.encode(x)).value();  // 1, 3, 2, 4
    ASSERT_EQ(logits.shape(), Shape({3, 10}));
    const auto nats = [&](std::int64_t row, std::int64_t begin, std::int64_t end, std::int64_t which) {
      const Tensor part = slice(logits[row], 0, {begin, end});
      return logsumexp(part, 0).item() - part[which].item();
    };
    const double expected[] = {std::pow(0.5 - logits[0][0].item(), 2), nats(0, 1, 4, 2), nats(0, 4, 6, 1),
                               nats(0, 6, 10, 3)};
    const Tensor errors = model.column_errors(x);
    for (std::int64_t c = 0; c < 4; ++c) EXPECT_NEAR(errors[0][c].item(), expected[c], 1e-12) << c;
    EXPECT_TRUE(std::isnan(errors[1][1].item()) && std::isnan(errors[2][0].item()));
    const double all = expected[0] + expected[1] + expected[2] + expected[3] +
                       std::pow(-1.0 - logits[1][0].item(), 2) + nats(1, 4, 6, 0) + nats(1, 6, 10, 0) +
                       nats(2, 1, 4, 1);
    const Loss loss = model.loss(x);
    EXPECT_NEAR(loss.total.value().item(), all / 8.0, 1e-12);
    EXPECT_EQ(model(x).value()[0][4].item(), argmax(slice(logits[0], 0, {6, 10}), 0).item());
    const Tensor filled = model.fill_in(x);
    EXPECT_EQ(filled[1][1].item(), argmax(slice(logits[1], 0, {1, 4}), 0).item());
    EXPECT_EQ(filled[0][1].item(), 2.0);
    backward(loss.total);
    EXPECT_GT(sum(square(model.embedding->embeddings.gradient().value().value())).item(), 0.0);
  }
  TabularAutoencoder model = indexed();
  EXPECT_THROW_TEXT(static_cast<void>(model(tensor({{0.5, 3, 0, 1, 3}}, float64))), IndexError,
                    "not in [0, 3)");
  EXPECT_THROW_TEXT(TabularAutoencoder({.columns = {{2, true, 2}}}), DataError,
                    "only one that holds an index");
  EXPECT_FALSE(model.form());
}

TEST(Tabular, AnIndexHasRightGradients) {
  TabularAutoencoder model = indexed(true);
  model.eval();
  const Tensor table = model.embedding->embeddings.value();
  const auto loss = [&](const std::vector<Variable>& w) {
    model.embedding->embeddings = w[0];
    return model.loss(indexed_rows()).total;
  };
  EXPECT_TRUE(testing::gradients_are_right("tabular", loss, {table}));
}

TEST(Tabular, LearnsAndFillsInIndices) {
  // The category says which number to expect, and the number the category.
  Generator g(3);
  const std::int64_t n = 600;
  const Tensor which = randint({n}, 0, 5, g), place = reshape(which.to(float32), {n, 1});
  const Tensor x = concat({place - 2.0 + normal({n, 1}, 0.0, 0.1, g), place}, 1);
  set_seed(5);
  TabularAutoencoder model({.columns = {{}, {.categories = 5}},
                            .hidden = {32},
                            .latent = 4,
                            .noise = {TableNoise::Kind::hide, 0.3},
                            .sees_holes = true});
  optim::Adam adam({.learning_rate = 5e-3});
  const data::Batches batches(x, {.batch_size = 50, .shuffle = true});
  training::fit(model, adam, [&](const data::Batch& b) { return model.loss(b.x).total; }, batches,
                {.epochs = 30, .verbose = training::Verbose::silent});
  const Tensor hole = full({n, 1}, kNan), filled = model.fill_in(concat({slice(x, 1, {0, 1}), hole}, 1));
  EXPECT_GT(mean(equal(slice(filled, 1, {1, 2}), place).to(float32)).item(), 0.97);
  const Tensor numbers = model.fill_in(concat({hole, place}, 1));
  EXPECT_LT(mean(square(slice(numbers, 1, {0, 1}) - (place - 2.0))).item(), 0.02);
  // The file gives back the same bits.
  const std::string path =
      (std::filesystem::temp_directory_path() / ("indexed_" + std::to_string(getpid()))).string();
  files::save_model(path, model);
  const auto again = files::load_model<TabularAutoencoder>(path);
  std::filesystem::remove(path);
  EXPECT_EQ(min(equal(again->column_errors(x), model.column_errors(x))).item(), 1.0);
}

TEST(Tabular, NoiseStaysWithinColumns) {
  set_seed(2);
  const std::int64_t n = 400;
  const Tensor labels = randint({n}, 0, 3),
               x = concat({normal({n, 1}, 5.0, 1.0), one_hot(labels, 3), full({n, 1}, 7.0)}, 1);
  const Tensor swapped = corrupt(x, {TableNoise::Kind::swap, 0.3}, kColumns);
  EXPECT_EQ(min(equal(sum(slice(swapped, 1, {1, 4}), 1), ones({n}))).item(), 1.0);  // still one-hot
  EXPECT_EQ(min(equal(slice(swapped, 1, {4, 5}), full({n, 1}, 7.0))).item(), 1.0);
  EXPECT_NEAR(1.0 - mean(equal(slice(swapped, 1, {0, 1}), slice(x, 1, {0, 1})).to(float32)).item(), 0.3,
              0.06);
  const Tensor hidden = corrupt(x, {TableNoise::Kind::hide, 0.5}, kColumns);
  EXPECT_NEAR(mean(equal(hidden, hidden).to(float32)).item(), 0.5, 0.05);
  const Tensor noisy = corrupt(x, {TableNoise::Kind::gaussian, 2.0}, kColumns);
  EXPECT_NEAR(sqrt(mean(square(slice(noisy - x, 1, {4, 5})))).item(), 2.0, 0.25);
  EXPECT_GT(max(noisy).item(), 7.0);
  EXPECT_EQ(min(equal(slice(noisy, 1, {1, 4}), slice(x, 1, {1, 4}))).item(), 1.0);
  EXPECT_EQ(corrupt(zeros({0, 5}), {TableNoise::Kind::swap, 0.3}, kColumns).shape(), Shape({0, 5}));
}

// Numbers that follow from one another, and a category that says which of two lines a row is on.
data::Table correlated(std::int64_t n, std::uint64_t seed) {
  Generator g(seed);
  const Tensor u = normal({n}, 0.0, 1.0, g, float64), e = normal({n, 3}, 0.0, 0.1, g, float64);
  std::vector<double> a, b, c;
  std::vector<std::string> side;
  for (std::int64_t i = 0; i < n; ++i) {
    const double v = u.data<double>()[i], s = i % 2 == 0 ? 1.0 : -1.0;
    a.push_back(100.0 + 10.0 * (v + e[i][0].item()));
    b.push_back(s * v + e[i][1].item());
    c.push_back(0.01 * (v * v + e[i][2].item()));
    side.emplace_back(s > 0 ? "left" : "right");
  }
  using data::Column;
  return data::Table({Column::number("a", a), Column::number("b", b), Column::number("c", c),
                      Column::category("side", side)});
}

data::Table with_holes(const data::Table& table, double share) {
  Generator g(9);
  std::vector<data::Column> out;
  for (const data::Column& c : table.columns()) {
    const Tensor hole = bernoulli({c.size()}, share, g);
    Tensor values = c.values().clone();
    for (std::int64_t i = 0; i < c.size(); ++i) {
      if (hole[i].item() == 0.0) continue;
      if (c.has_categories()) {
        values.mutable_data<std::int64_t>()[i] = -1;
      } else {
        values.mutable_data<double>()[i] = kNan;
      }
    }
    out.push_back(c.has_categories() ? data::Column::coded(c.name(), c.type(), values, c.categories())
                                     : data::Column::number(c.name(), values));
  }
  return data::Table(out);
}

// Mean squared error of the filled-in numbers in standardised units, and the share of wrong categories.
std::pair<double, double> error_of(const Tensor& filled, const Tensor& truth, const Tensor& holes) {
  double squares = 0.0, numbers = 0.0, wrong = 0.0, categories = 0.0;
  for (std::int64_t i = 0; i < truth.shape(0); ++i) {
    for (std::int64_t c = 0; c < 4; ++c) {
      if (!std::isnan(holes[i][c].item())) continue;
      const double d = filled[i][c].item() - truth[i][c].item();
      (c < 3 ? squares : wrong) += c < 3 ? d * d : std::abs(d);
      (c < 3 ? numbers : categories) += 1.0;
    }
  }
  return {squares / numbers, wrong / categories};
}

TEST(Tabular, LearnsFromIncompleteRowsAndFillsThemIn) {
  set_seed(1);
  const data::Table truth = correlated(600, 3), holed = with_holes(truth, 0.2);
  data::Preprocessor prepare(data::steps_for(
      holed, {.numbers = {.missing = data::Missing::keep}, .categories = {.missing = data::Missing::keep}}));
  prepare.fit(holed);
  const Tensor x = prepare.transform(holed);
  TabularAutoencoder model({.columns = columns_of(prepare.places()),
                            .hidden = {64, 32},
                            .latent = 4,
                            .noise = {TableNoise::Kind::hide, 0.2},
                            .sees_holes = true});
  optim::Adam adam({.learning_rate = 3e-3});
  const data::Batches batches(x, {.batch_size = 50, .shuffle = true});
  (void)training::fit(model, adam, [&](const data::Batch& b) { return model.loss(b.x).total; }, batches,
                      {.epochs = 120, .verbose = training::Verbose::silent});
  const auto error = error_of(model.fill_in(x), prepare.transform(truth), x);
  const auto of_means = error_of(where(equal(x, x), x, zeros({1, 1})), prepare.transform(truth), x);
  data::PreprocessorOptions steps = prepare.options();
  for (data::ColumnSteps& s : steps.columns) s.missing = data::Missing::nearest;
  data::Preprocessor nearest(steps);
  nearest.fit(holed);
  const auto of_nearest = error_of(nearest.transform(holed), prepare.transform(truth), x);
  EXPECT_LT(error.first, 0.5 * of_means.first);
  EXPECT_LT(error.first, 0.5 * of_nearest.first);
  EXPECT_LT(error.second, of_nearest.second);
  steps.columns[0].missing = data::Missing::function;
  data::Preprocessor filling(steps);
  filling.fit(holed);
  filling.set_imputer([&](const Tensor& holes) { return model.fill_in(holes); });
  const Tensor filled = filling.transform(holed);
  EXPECT_EQ(min(equal(filled, filled)).item(), 1.0);
}

TEST(Tabular, IsTheSameFromAFile) {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("tabular_" + std::to_string(::getpid()))).string();
  TabularAutoencoder model = small(true);
  files::save_model(path, model);
  const auto loaded = files::load_model<TabularAutoencoder>(path);
  std::filesystem::remove(path);
  const Tensor a = model.fill_in(rows()), b = loaded->fill_in(rows());
  EXPECT_EQ(min(equal(a, b)).item(), 1.0);
  EXPECT_EQ(loaded->options().columns.size(), 3U);
}

TEST(Tabular, OtherKindsTakeStandardisedColumns) {
  set_seed(1);
  data::Preprocessor prepare(data::steps_for(correlated(300, 5)));
  prepare.fit(correlated(300, 5));
  const Tensor x = prepare.transform(correlated(300, 5));
  const data::Batches batches(x, {.batch_size = 30, .shuffle = true});
  const auto loss_of = [&](Autoencoder&& model) {
    optim::Adam adam({.learning_rate = 5e-3});
    (void)training::fit(model, adam, [&](const data::Batch& b) { return model.loss(b.x).reconstruction; },
                        batches, {.epochs = 40, .verbose = training::Verbose::silent});
    model.eval();
    return model.loss(x).reconstruction.value().item();
  };
  const nn::Activation linear = nn::Activation::linear;
  const std::int64_t features = x.shape(1);
  EXPECT_LT(loss_of(BasicAutoencoder(
                {.features = features, .hidden = {16}, .latent = 3, .output_activation = linear})),
            0.2);
  EXPECT_LT(loss_of(DenoisingAutoencoder({.features = features,
                                          .hidden = {32},
                                          .latent = 16,
                                          .corruption = {.strength = 0.1},
                                          .loss = ReconstructionLoss::mse,
                                          .output_activation = linear})),
            0.2);
  EXPECT_LT(loss_of(SparseAutoencoder({.features = features, .latent = 32, .output_activation = linear})),
            0.2);
  EXPECT_THROW_TEXT(
      BasicAutoencoder({.loss = ReconstructionLoss::bce, .output_activation = nn::Activation(tanh)}),
      DataError, "with bce the decoder gives logits, but output_activation is tanh");
}

TEST(Tabular, SaysWhatIsWrong) {
  EXPECT_THROW_TEXT(TabularAutoencoder({}), DataError, "there are no columns; columns_of(prepare.places())");
  EXPECT_THROW_TEXT(TabularAutoencoder({.columns = {{2, false}}}), DataError, "a column has width 2");
  EXPECT_THROW_TEXT(TabularAutoencoder({.columns = kColumns, .noise = {TableNoise::Kind::swap, 1.5}}),
                    DataError, "the strength must be in [0, 1], a probability, got 1.5");
  TabularAutoencoder model = small();
  EXPECT_THROW_TEXT((void)model.loss(zeros({2, 4}, float64)), ShapeError,
                    "expects rows of 5 features, got shape (2, 4)");
}

}  // namespace
}  // namespace hourglass::autoencoders
