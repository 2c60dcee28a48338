// Heartbeats that are not as they should be, and where: a recurrent autoencoder learns normal beats alone.
//
//     24_heartbeats                          ECG5000 where it is found, else beats that are drawn
//     24_heartbeats FILE --out out/beats     a CSV file: a column "label", 1 normal, and one for each step
//
// Learns from the first half of the normal beats, and finds the others among the rest. Leaves detector.h5
// (another program scores with it), scores.csv, pictures, and metrics.json. Expected on ECG5000: an AUC of at
// least .985; the mean beat alone gives .9825, two principal components .9990.

#include "command_line.h"

#include <hourglass/hourglass.h>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <chrono>
#include <filesystem>

namespace hg = hourglass;
namespace ae = hourglass::autoencoders;
namespace an = hourglass::anomaly;
namespace data = hourglass::data;

namespace {

struct Choices {
  std::string file, out = "out/24_heartbeats";
  an::SequenceDetectorOptions detector{.threshold = {an::ThresholdKind::sigma, 2.0},
                                       .epochs = 300,
                                       .batch_size = 16,
                                       .learning_rate = 0.01,
                                       .seed = 1};
  ae::RecurrentOptions model{.units = 32, .latent = 4, .cell = ae::Cell::gru};
};

bool parse(int argc, char** argv, Choices& c, int& status) {
  CLI::App app{"Finds heartbeats that are not normal, and at which steps."};
  int threads = 0;
  std::string cell = "gru", decoder = "repeat";
  app.add_option("FILE", c.file, "a CSV file of beats, or \"drawn\" (default: ECG5000 where it is found)");
  app.add_option("--cell", cell, "lstm or gru")->check(CLI::IsMember({"lstm", "gru"}))->capture_default_str();
  app.add_option("--decoder", decoder, "repeat or teacher_forced")
      ->check(CLI::IsMember({"repeat", "teacher_forced"}))
      ->capture_default_str();
  app.add_option("--units", c.model.units, "of each recurrent layer")->capture_default_str();
  app.add_option("--latent", c.model.latent, "numbers in a code")->capture_default_str();
  app.add_option("--epochs", c.detector.epochs, "of the training")->capture_default_str();
  app.add_option("--batch", c.detector.batch_size, "beats in a batch")->capture_default_str();
  app.add_option("--learning-rate", c.detector.learning_rate, "of Adam")->capture_default_str();
  app.add_option("--seed", c.detector.seed, "of weights and shuffling")->capture_default_str();
  app.add_option("--threads", threads, "threads that compute (default: all processors)")
      ->check(CLI::Range(1, 1024));
  app.add_option("--out", c.out, "folder for pictures, detector and figures")->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    status = app.exit(error) == 0 ? 0 : 2;
    return false;
  }
  if (threads > 0) hg::set_num_threads(threads);
  c.model.cell = cell == "gru" ? ae::Cell::gru : ae::Cell::lstm;
  c.model.decoder = decoder == "repeat" ? ae::SequenceDecoder::repeat : ae::SequenceDecoder::teacher_forced;
  return true;
}

hg::Tensor indices(const std::vector<std::int64_t>& rows) {
  hg::Tensor out(hg::Shape{std::ssize(rows)}, hg::int64);
  std::copy(rows.begin(), rows.end(), out.mutable_data<std::int64_t>());
  return out;
}

// The share of beats on the right side of a threshold, and the largest there is.
double accuracy_at(const hg::Tensor& scores, const hg::Tensor& labels, double threshold) {
  const hg::Tensor alarm = hg::greater(scores, threshold).to(hg::int64);
  return hg::training::metrics::accuracy(alarm, labels);
}
double best_accuracy(const hg::Tensor& scores, const hg::Tensor& labels) {
  double best = 0.0;
  for (std::int64_t i = 0; i < scores.size(); ++i)
    best = std::max(best, accuracy_at(scores, labels, scores.data<double>()[i]));
  return best;
}

// What knows no network: the squared distance to the mean beat, and to the plane of two principal components.
struct Baselines {
  hg::Tensor mean_beat, pca_2;  // (N,) float64
};
Baselines baselines(const hg::Tensor& train, const hg::Tensor& test) {
  const auto rows = [](const hg::Tensor& x) { return hg::reshape(x, {x.shape(0), -1}).to(hg::float64); };
  const hg::Tensor mean = hg::mean(rows(train), 0, {.keepdims = true}), centred = rows(train) - mean;
  hg::Tensor axes;  // two orthogonal ones, by power iteration
  hg::Generator generator(0);
  const hg::Tensor covariance = hg::matmul(hg::transpose(centred), centred);
  for (int k = 0; k < 2; ++k) {
    hg::Tensor v = hg::normal({mean.shape(1), 1}, 0.0, 1.0, generator, hg::float64);
    for (int i = 0; i < 500; ++i) {
      v = hg::matmul(covariance, v);
      if (k > 0) v = v - hg::matmul(axes, hg::matmul(hg::transpose(axes), v));
      v = v / hg::sqrt(hg::sum(hg::square(v)));
    }
    axes = k == 0 ? v : hg::concat({axes, v}, 1);
  }
  const hg::Tensor away = rows(test) - mean;
  const hg::Tensor left = away - hg::matmul(hg::matmul(away, axes), hg::transpose(axes));
  return {hg::mean(hg::square(away), 1).contiguous(), hg::mean(hg::square(left), 1).contiguous()};
}

// Beats above each other, each with its reconstruction in grey and the error of each step as a shade.
//   x, y (N, T), shades (N, T) in [0, 1] -> (N · 96, 4 T, 3)
hg::Tensor picture(const hg::Tensor& x, const hg::Tensor& y, const hg::Tensor& shades) {
  constexpr std::int64_t kHeight = 96, kWide = 4;
  const std::int64_t n = x.shape(0), steps = x.shape(1), width = steps * kWide;
  hg::Tensor image = hg::full({n * kHeight, width, 3}, 1.0);
  float* const to = image.mutable_data<float>();
  const auto paint = [&](std::int64_t row, std::int64_t column, float red, float green, float blue) {
    if (row < 0 || row >= n * kHeight) return;
    float* const pixel = to + (row * width + column) * 3;
    pixel[0] = red, pixel[1] = green, pixel[2] = blue;
  };
  for (std::int64_t i = 0; i < n; ++i) {
    const auto height = [&](const hg::Tensor& of, std::int64_t column) {  // linear between steps
      const double at = static_cast<double>(column) / static_cast<double>(kWide);
      const auto t = std::min(static_cast<std::int64_t>(at), steps - 2);
      const float* const v = of.data<float>() + i * steps + t;
      const double value = v[0] + (at - static_cast<double>(t)) * (v[1] - v[0]);
      return static_cast<std::int64_t>(std::clamp(48.0 - 10.0 * value, 1.0, 94.0));
    };
    for (std::int64_t c = 0; c < width; ++c) {
      const float shade = shades.data<float>()[i * steps + c / kWide];
      for (std::int64_t r = 0; r < kHeight - 2; ++r)
        paint(i * kHeight + r, c, 1.0F, 1.0F - 0.6F * shade, 1.0F - 0.7F * shade);
      const auto line = [&](const hg::Tensor& of, float red, float green, float blue) {
        const auto [top, bottom] = std::minmax({height(of, c), height(of, c + 1)});
        for (std::int64_t r = top; r < bottom + 2; ++r) paint(i * kHeight + r, c, red, green, blue);
      };
      line(y, 0.55F, 0.55F, 0.55F), line(x, 0.05F, 0.15F, 0.45F);
    }
  }
  return image;
}

// Four normal beats and four that are not, of those that score highest.
void draw(const Choices& c, const an::SequenceDetector& detector, const hg::Tensor& x,
          const hg::Tensor& scores, const hg::Tensor& wrong) {
  const hg::Tensor order = hg::argsort(scores, -1, {.descending = true});
  std::vector<std::int64_t> chosen;
  for (const std::int64_t label : {0, 1}) {
    std::int64_t found = 0;
    for (std::int64_t i = 0; i < order.size() && found < 4; ++i) {
      const std::int64_t row = order.data<std::int64_t>()[i];
      if (wrong.data<std::int64_t>()[row] == label) chosen.push_back(row), ++found;
    }
  }
  const hg::Tensor beats = hg::take(x, indices(chosen)), flat = hg::squeeze(beats, 2).contiguous();
  const hg::Tensor y = hg::squeeze(ae::reconstruct(detector.model(), beats), 2).contiguous();
  const hg::Tensor shades =
      hg::clip(hg::log(hg::maximum(detector.step_scores(beats), 1.0)) / 2.5, 0.0, 1.0).to(hg::float32);
  data::write_png(c.out + "/beats.png", picture(flat, y, shades.contiguous()));
}

void report(const Choices& c, const an::SequenceDetector& detector, const hg::Tensor& train,
            const hg::Tensor& test, const hg::Tensor& scores, const hg::Tensor& wrong, double seconds) {
  namespace metrics = hg::training::metrics;
  const Baselines without = baselines(train, test);
  hg::training::Report report;
  report.add("auc", metrics::roc_auc(scores, wrong));
  report.add("auc_mean_beat", metrics::roc_auc(without.mean_beat, wrong));
  report.add("auc_pca_2", metrics::roc_auc(without.pca_2, wrong));
  report.add("accuracy_best_threshold", best_accuracy(scores, wrong));
  report.add("accuracy_mean_plus_2_sigma", accuracy_at(scores, wrong, detector.threshold()));
  report.add("accuracy_best_pca_2", best_accuracy(without.pca_2, wrong));
  report.add("threshold", detector.threshold());
  report.add("train_mse", hg::mean(detector.training_scores()).item());
  report.add("beats_to_learn_from", train.shape(0));
  report.add("beats_to_judge", test.shape(0));
  report.add("epochs", c.detector.epochs);
  report.add("seed", c.detector.seed);
  report.add("seconds", seconds, "to train");
  report.save(c.out + "/metrics.json");
}

int body(int argc, char** argv) {
  Choices c;
  int status = 0;
  if (!parse(argc, argv, c, status)) return status;
  const data::Heartbeats beats = data::heartbeats(c.file);
  std::vector<std::int64_t> normal, learn, judge;
  for (std::int64_t i = 0; i < beats.size(); ++i) {
    if (beats.labels.data<std::int64_t>()[i] == 1) normal.push_back(i);
  }
  learn.assign(normal.begin(), normal.begin() + std::ssize(normal) / 2);
  for (std::int64_t i = 0; i < beats.size(); ++i) {
    if (!std::binary_search(learn.begin(), learn.end(), i)) judge.push_back(i);
  }
  const hg::Tensor train = hg::take(beats.x, indices(learn)), test = hg::take(beats.x, indices(judge));
  const hg::Tensor wrong = hg::not_equal(hg::take(beats.labels, indices(judge)), 1.0).to(hg::int64);
  fmt::print("{}: {} beats of {} steps; {} normal ones to learn from, {} to judge\n", beats.name,
             beats.size(), beats.x.shape(1), train.shape(0), test.shape(0));

  hg::set_seed(c.detector.seed);
  c.model.steps = beats.x.shape(1);
  const auto start = std::chrono::steady_clock::now();
  an::SequenceDetector detector(std::make_unique<ae::RecurrentAutoencoder>(c.model), c.detector);
  fmt::print("{}\n", hg::nn::summary(detector.model()));
  detector.fit(train);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;

  std::filesystem::create_directories(c.out);
  const hg::Tensor scores = detector.score(test);
  report(c, detector, train, test, scores, wrong, taken.count());
  const hg::Tensor order = hg::argsort(scores, -1, {.descending = true});
  fmt::print("\nThe three worst beats\n");
  for (std::int64_t i = 0; i < 3; ++i) {
    const std::int64_t row = order.data<std::int64_t>()[i];
    fmt::print("  {}: {}\n", judge[static_cast<std::size_t>(row)], detector.explain(test, row).str());
  }
  draw(c, detector, test, scores, wrong);
  an::draw_scores(c.out, "scores_histogram", scores, wrong, detector.threshold());
  an::draw_roc(c.out, "roc", scores, wrong);
  data::write_csv(c.out + "/scores.csv",
                  data::Table({data::Column::number("beat", indices(judge).to(hg::float64)),
                               data::Column::number("score", scores),
                               data::Column::number("p_value", detector.p_value(scores)),
                               data::Column::number("wrong", wrong.to(hg::float64))}));
  detector.save(c.out + "/detector.h5");
  const an::SequenceDetector again = an::SequenceDetector::load(c.out + "/detector.h5");
  const bool same_bits =
      hg::sum(hg::equal(again.score(test), scores)).item() == static_cast<double>(scores.size());
  fmt::print(
      "\nIn {}: beats.png and other pictures, detector.h5, scores.csv, and these figures as "
      "metrics.json\n",
      c.out);
  if (!same_bits) fmt::print(stderr, "The detector's file does not give back the same scores.\n");
  return same_bits ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return program::run(body, argc, argv); }
