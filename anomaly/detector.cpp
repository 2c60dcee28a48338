#include <hourglass/anomaly/detector.h>
#include <hourglass/anomaly/internal/seeded.h>
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
  if (o.steps < 0 || o.batch_size < 1 || o.width < 0)
    throw DataError(
        "Detector: steps and width must be at least 0, batch_size at least 1, got {}, {} and {}; 1500, 0 and "
        "128 are usual",
        o.steps, o.width, o.batch_size);
  if (!(o.noise >= 0.0) || !std::isfinite(o.noise) || !(o.learning_rate > 0.0))
    throw DataError(
        "Detector: noise must be at least 0 and the learning rate above 0, got {} and {}; 4 and 0.003 are "
        "usual",
        o.noise, o.learning_rate);
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
  const internal::Seeded seeded(options_.seed);
  std::vector<std::string> notes;
  auto prepare = std::make_shared<data::Preprocessor>(
      given_ ? *prepare_ : data::Preprocessor(internal::usual_steps(train, options_, notes)));
  if (!prepare->is_fitted()) prepare->fit(train);
  notes.insert(notes.end(), prepare->notes().begin(), prepare->notes().end());
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
  model_ = std::move(model), prepare_ = std::move(prepare), scorer_ = std::move(scorer);
  notes_ = std::move(notes), fitted_ = true;
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
  return scorer_(*model_, x);
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
