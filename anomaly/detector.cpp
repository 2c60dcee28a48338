#include <hourglass/anomaly/detector.h>
#include <hourglass/anomaly/internal/train.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/views.h>

#include <algorithm>
#include <cmath>

namespace hourglass::anomaly {

namespace ae = autoencoders;

namespace {

void check(const DetectorOptions& o) {
  if (o.steps < 0 || o.batch_size < 1 || o.width < 1)
    throw DataError(
        "Detector: steps must be at least 0, batch_size and width at least 1, got {}, {} and {}; 1500, 128 "
        "and 256 are usual",
        o.steps, o.batch_size, o.width);
  if (!(o.noise >= 0.0) || !std::isfinite(o.noise) || !(o.learning_rate > 0.0))
    throw DataError(
        "Detector: noise must be at least 0 and the learning rate above 0, got {} and {}; 4 and 0.001 are "
        "usual",
        o.noise, o.learning_rate);
}

// The default generator begins anew, and is afterwards where it was.
class Seeded {
 public:
  explicit Seeded(std::uint64_t seed) : before_(default_generator().state()) {
    default_generator().set_state({seed, 0, 0});
  }
  ~Seeded() { default_generator().set_state(before_); }
  Seeded(const Seeded&) = delete;
  Seeded& operator=(const Seeded&) = delete;

 private:
  Generator::State before_;
};

data::PreprocessorOptions usual_steps(const data::Table& table) {
  return data::steps_for(table,
                         {.numbers = {.scaling = data::Scaling::standard, .missing = data::Missing::keep},
                          .categories = {.missing = data::Missing::keep}});
}

}  // namespace

Detector::Detector(DetectorOptions options) : options_(std::move(options)), scorer_(options_.score) {
  check(options_);
}

Detector::Detector(std::unique_ptr<ae::Autoencoder> model, data::Preprocessor prepare,
                   DetectorOptions options)
    : options_(std::move(options)),
      given_(true),
      model_(std::move(model)),
      prepare_(std::make_shared<data::Preprocessor>(std::move(prepare))),
      scorer_(options_.score) {
  check(options_);
  if (!model_) throw DataError("Detector: the model is a null pointer; Detector(options) makes one itself");
}

void Detector::fit(const data::Table& train) {
  const Seeded seeded(options_.seed);
  auto prepare =
      std::make_shared<data::Preprocessor>(given_ ? *prepare_ : data::Preprocessor(usual_steps(train)));
  if (!prepare->is_fitted()) prepare->fit(train);
  const Tensor x = prepare->transform(train);
  if (x.shape(0) < 2)
    throw DataError(
        "Detector: the table leaves {} rows to learn from; at least two are needed, and hundreds "
        "are better; is Missing::drop_row too strict?",
        x.shape(0));
  auto columns = ae::columns_of(prepare->places());
  std::shared_ptr<ae::Autoencoder> model = given_ ? model_ : internal::usual_model(columns, options_);
  internal::train(*model, columns, x, options_, is_usual());
  Scorer scorer(options_.score);
  scorer.fit(*model, std::move(columns), x);
  threshold_ = anomaly::threshold(scorer.training_scores(), options_.threshold);
  model_ = std::move(model), prepare_ = std::move(prepare), scorer_ = std::move(scorer), fitted_ = true;
}

void Detector::expect_fitted(const char* what) const {
  if (!fitted_) throw DataError("Detector: {} needs a fitted detector; call fit(table) or load a file", what);
}

const data::Preprocessor& Detector::preprocessor() const {
  if (!prepare_) throw DataError("Detector: it has no preprocessor yet; call fit(table) first");
  return *prepare_;
}

Tensor Detector::transform(const data::Table& table) const {
  expect_fitted("transform()");
  return prepare_->transform(table);
}

Tensor Detector::score_rows(const Tensor& x) const {
  expect_fitted("score()");
  constexpr std::int64_t kChunk = 4096;  // part of what decides the bits
  std::vector<Tensor> parts;
  for (std::int64_t begin = 0; begin < x.shape(0); begin += kChunk)
    parts.push_back(scorer_(*model_, slice(x, 0, {begin, std::min(x.shape(0), begin + kChunk)})));
  return parts.empty() ? Tensor(Shape{0}, float64) : concat(parts);
}

Tensor Detector::score(const data::Table& table) const { return score_rows(transform(table)); }

Tensor Detector::predict(const data::Table& table) const {
  return greater(score(table), threshold_).to(int64);
}

Tensor Detector::p_value(const Tensor& scores) const {
  expect_fitted("p_value()");
  const Tensor s = scores.to(float64).contiguous(), known = scorer_.training_scores();
  const double *const begin = known.data<double>(), *const end = begin + known.size();
  Tensor out(s.shape(), float64);
  for (std::int64_t i = 0; i < s.size(); ++i) {
    const auto as_high = static_cast<double>(end - std::lower_bound(begin, end, s.data<double>()[i]));
    out.mutable_data<double>()[i] = (1.0 + as_high) / static_cast<double>(known.size() + 1);
  }
  return out;
}

Tensor Detector::column_errors(const data::Table& table) const {
  const Tensor x = transform(table);
  return anomaly::column_errors(*model_, scorer_.columns(), x);
}

}  // namespace hourglass::anomaly
