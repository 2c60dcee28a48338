#include <hourglass/anomaly/internal/seeded.h>
#include <hourglass/anomaly/sequence_detector.h>
#include <hourglass/autograd/ops/steps.h>
#include <hourglass/data/batches.h>
#include <hourglass/files/model.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/optim/adam.h>
#include <hourglass/optim/schedule.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/json.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/ops/sort.h>
#include <hourglass/tensor/views.h>
#include <hourglass/training/fit.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace hourglass::anomaly {

namespace ae = autoencoders;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr const char* kSection = "sequence_detector";

struct Saved {
  SequenceDetectorOptions options{};
  double threshold = 0.0;
};
template <class V>
void visit(Saved& o, V&& v) {
  v("options", o.options), v("threshold", o.threshold);
}

void check(const SequenceDetectorOptions& o) {
  if (o.epochs < 0 || o.batch_size < 1 || !(o.learning_rate > 0.0) || !(o.clipnorm > 0.0))
    throw DataError(
        "SequenceDetector: epochs must be at least 0, batch_size at least 1, the learning rate and "
        "clipnorm above 0, got {}, {}, {} and {}; 60, 32, 0.005 and 1 are usual",
        o.epochs, o.batch_size, o.learning_rate, o.clipnorm);
  if (!(o.step_quantile > 0.0 && o.step_quantile <= 1.0))
    throw DataError("SequenceDetector: step_quantile must be in (0, 1], got {}; 0.99 is usual",
                    o.step_quantile);
}

// The q-quantile of the numbers in a column of errors (N, T), linear between neighbours; the least positive
// number where all are 0.
double quantile_of(const Tensor& errors, std::int64_t column, double q) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < errors.shape(0); ++i) {
    const double e = errors.data<double>()[i * errors.shape(1) + column];
    if (e == e) values.push_back(e);
  }
  if (values.empty()) return kNan;  // no training sequence is as long
  std::sort(values.begin(), values.end());
  const double at = q * static_cast<double>(values.size() - 1);
  const auto low = static_cast<std::size_t>(at), high = std::min(low + 1, values.size() - 1);
  const double value = values[low] + (at - static_cast<double>(low)) * (values[high] - values[low]);
  return std::max(value, std::numeric_limits<double>::min());
}

// The means of the numbers in rows.    (N, T) -> (N,)
Tensor means(const Tensor& errors) {
  Tensor out({errors.shape(0)}, float64);
  for (std::int64_t i = 0; i < errors.shape(0); ++i) {
    double total = 0.0, count = 0.0;
    for (std::int64_t t = 0; t < errors.shape(1); ++t) {
      const double e = errors.data<double>()[i * errors.shape(1) + t];
      if (e == e) total += e, count += 1.0;
    }
    out.mutable_data<double>()[i] = total / std::max(count, 1.0);
  }
  return out;
}

}  // namespace

SequenceDetector::SequenceDetector(std::unique_ptr<ae::Autoencoder> model,
                                   const SequenceDetectorOptions& options)
    : options_(options), model_(std::move(model)) {
  check(options_);
  if (!model_) throw DataError("SequenceDetector: the model is a null pointer; give a RecurrentAutoencoder");
}

void SequenceDetector::fit(const Tensor& train) {
  if (train.rank() != 3 || train.shape(1) < 1 || train.shape(2) < 1)
    throw ShapeError(
        "SequenceDetector: needs sequences (N, T, F), got shape {}; unsqueeze(x, 2) gives them "
        "one feature",
        train.shape());
  if (train.shape(0) < 2)
    throw DataError(
        "SequenceDetector: {} sequences to learn from; at least two are needed, and hundreds are "
        "better",
        train.shape(0));
  const internal::Seeded seeded(options_.seed);
  if (options_.epochs > 0) {
    const data::Batches batches(train, {.batch_size = std::min(options_.batch_size, train.shape(0)),
                                        .shuffle = true,
                                        .seed = options_.seed,
                                        .flatten = false});
    optim::Adam adam(
        {.learning_rate = optim::CosineDecay{options_.learning_rate, options_.epochs * batches.batch_count()},
         .clipping = {.global_clipnorm = options_.clipnorm}});
    const auto loss = [&](const data::Batch& b) -> Variable { return model_->loss(b.x); };
    const training::History history = training::fit(
        *model_, adam, loss, batches, {.epochs = options_.epochs, .verbose = training::Verbose::silent});
    if (history.interrupted)
      throw DataError("SequenceDetector: the training was interrupted; fit() it again");
  }
  usual_ = Tensor({train.shape(1)}, float64);
  const Tensor errors = step_errors(train);
  for (std::int64_t t = 0; t < train.shape(1); ++t)
    usual_.mutable_data<double>()[t] = quantile_of(errors, t, options_.step_quantile);
  training_scores_ = sort(means(errors)).contiguous();
  threshold_ = anomaly::threshold(training_scores_, options_.threshold);
}

void SequenceDetector::expect_fitted(const char* what) const {
  if (!is_fitted())
    throw DataError("SequenceDetector: {} needs a fitted detector; call fit(x) or load a file", what);
}

Tensor SequenceDetector::reconstruction(const Tensor& x) const {
  expect_fitted("score()");
  if (x.rank() != 3 || x.shape(1) != usual_.size())
    throw ShapeError(
        "SequenceDetector: needs sequences (N, {}, F) as in training, got shape {}; shorter ones "
        "end in nan",
        usual_.size(), x.shape());
  constexpr std::int64_t kChunk = 256;  // part of what decides the bits
  const nn::Evaluating evaluating(*model_);
  std::vector<Tensor> parts;
  for (std::int64_t begin = 0; begin < x.shape(0); begin += kChunk) {
    const Tensor part = slice(x, 0, {begin, std::min(x.shape(0), begin + kChunk)}).contiguous();
    parts.push_back((*model_)(part).value());
  }
  return parts.empty() ? x : concat(parts);
}

Tensor SequenceDetector::step_errors(const Tensor& x) const {
  const Tensor y = reconstruction(x).to(float64).contiguous(), lengths = lengths_of(x),
               values = x.to(float64).contiguous();
  const std::int64_t n = x.shape(0), steps = x.shape(1), features = x.shape(2);
  Tensor out({n, steps}, float64);
  for (std::int64_t i = 0; i < n * steps; ++i) {
    double sum = 0.0;
    for (std::int64_t f = 0; f < features; ++f) {
      const double d = values.data<double>()[i * features + f] - y.data<double>()[i * features + f];
      sum += d * d;
    }
    const bool there = i % steps < lengths.data<std::int64_t>()[i / steps];
    out.mutable_data<double>()[i] = there ? sum / static_cast<double>(features) : kNan;
  }
  return out;
}

Tensor SequenceDetector::step_scores(const Tensor& x) const {
  return step_errors(x) / reshape(usual_, {1, -1});
}

Tensor SequenceDetector::score(const Tensor& x) const { return means(step_errors(x)); }

Tensor SequenceDetector::predict(const Tensor& x) const { return greater(score(x), threshold_).to(int64); }

Tensor SequenceDetector::p_value(const Tensor& scores) const {
  expect_fitted("p_value()");
  const Tensor s = scores.to(float64).contiguous();
  const double *const begin = training_scores_.data<double>(), *const end = begin + training_scores_.size();
  Tensor out(s.shape(), float64);
  for (std::int64_t i = 0; i < s.size(); ++i) {
    const auto as_high = static_cast<double>(end - std::lower_bound(begin, end, s.data<double>()[i]));
    out.mutable_data<double>()[i] = (1.0 + as_high) / static_cast<double>(training_scores_.size() + 1);
  }
  return out;
}

SequenceExplanation SequenceDetector::explain(const Tensor& x, std::int64_t sequence) const {
  expect_fitted("explain()");
  if (x.rank() != 3 || sequence < 0 || sequence >= x.shape(0))
    throw IndexError("SequenceDetector: there is no sequence {} in x of shape {}; they begin at 0", sequence,
                     x.shape());
  const Tensor one = slice(x, 0, {sequence, sequence + 1}).contiguous();
  const Tensor errors = step_errors(one), scores = errors / reshape(usual_, {1, -1}),
               y = reconstruction(one).to(float64).contiguous(), values = one.to(float64).contiguous();
  const std::int64_t steps = x.shape(1), features = x.shape(2);
  const double *const e = errors.data<double>(), *const a = scores.data<double>();
  SequenceExplanation out{.score = means(errors).item(), .threshold = threshold_};
  out.p_value = p_value(means(errors)).item();
  double total = 0.0;
  for (std::int64_t t = 0; t < steps; ++t) total += e[t] == e[t] ? e[t] : 0.0;
  for (std::int64_t t = 0; t < steps; ++t) {
    if (!(a[t] > 1.0)) continue;
    SequenceExplanation::Stretch s{.begin = t, .end = t, .worst = t};
    for (; s.end < steps && a[s.end] > 1.0; ++s.end) {
      s.share += e[s.end] / total;
      if (a[s.end] > a[s.worst]) s.worst = s.end;
    }
    const double* const of_value = values.data<double>() + s.worst * features;
    const double* const of_y = y.data<double>() + s.worst * features;
    s.value.assign(of_value, of_value + features), s.expected.assign(of_y, of_y + features);
    t = s.end;
    out.stretches.push_back(std::move(s));
  }
  std::stable_sort(out.stretches.begin(), out.stretches.end(),
                   [](const auto& p, const auto& q) { return p.share > q.share; });
  return out;
}

std::string SequenceExplanation::str(std::int64_t most) const {
  std::string text = fmt::format("score {:.4g}, threshold {:.4g}, p {:.2g}: ", score, threshold, p_value);
  if (stretches.empty()) return text + "no step is beyond what is usual there";
  const std::int64_t n = std::clamp<std::int64_t>(most, 0, std::ssize(stretches));
  for (std::int64_t i = 0; i < n; ++i) {
    const Stretch& s = stretches[static_cast<std::size_t>(i)];
    text += fmt::format("{}steps {} to {} ({:.0f}%), of which {} is {:.4g} where {:.4g} was expected",
                        i > 0 ? "; " : "", s.begin, s.end - 1, 100.0 * s.share, s.worst, s.value[0],
                        s.expected[0]);
  }
  return text;
}

void SequenceDetector::save(const std::string& path) const {
  expect_fitted("save()");
  files::ModelNotes notes{.loss = "the kind's own", .seed = options_.seed};
  notes.documents[kSection] = to_json(Saved{options_, threshold_});
  const std::vector<NamedTensor> tensors{{"usual", usual_}, {"training_scores", training_scores_}};
  files::save_model(path, *model_, {.notes = std::move(notes), .sections = {{kSection, tensors}}});
}

SequenceDetector SequenceDetector::load(const std::string& path) {
  const files::ModelFile file(path);
  const files::ModelNotes notes = file.notes();
  const auto text = notes.documents.find(kSection);
  const files::Section* const figures = file.section(kSection);
  if (text == notes.documents.end() || !figures || figures->tensors.size() != 2)
    throw FileError(
        "SequenceDetector: {} holds a model, but no such detector; SequenceDetector::save writes one", path);
  const auto saved = options_from_json<Saved>(text->second, path);
  SequenceDetector out(files::load_model<ae::Autoencoder>(path), saved.options);
  out.model_->eval();
  for (const NamedTensor& t : figures->tensors)
    (t.name == "usual" ? out.usual_ : out.training_scores_) = t.value;
  if (!std::isfinite(saved.threshold) || out.usual_.rank() != 1 || out.training_scores_.rank() != 1 ||
      out.usual_.dtype() != float64 || out.training_scores_.dtype() != float64)
    throw FileError(
        "SequenceDetector: what {} says of the detector is of another form; was it changed by hand?", path);
  out.threshold_ = saved.threshold;
  return out;
}

}  // namespace hourglass::anomaly
