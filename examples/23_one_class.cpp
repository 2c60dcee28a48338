// One digit is normal, all others are not: a convolutional autoencoder that has seen the one alone gives back
// the others badly.
//
//     23_one_class --normal 0                one digit, or several: --normal 0,1,2
//
// The score of an image is its squared error. Beside its AUC stand those of the distance to the mean image,
// of PCA with as many components as the code has numbers, and of the 5 nearest training images, which know no
// network. What each run is to reach stands in tests/examples/reached.sh. If the model file does not give
// back the same scores, the status is 1.

#include "command_line.h"

#include <hourglass/hourglass.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace hg = hourglass;
namespace ae = hourglass::autoencoders;
namespace an = hourglass::anomaly;
namespace data = hourglass::data;

namespace {

struct Choices {
  std::vector<std::int64_t> normal{0};
  std::int64_t latent = 16;
};

// 1 for each image whose digit is not a normal one.    (N,) int64
hg::Tensor is_odd(const data::Dataset& digits, const std::vector<std::int64_t>& normal) {
  hg::Tensor out(digits.labels.shape(), hg::int64);
  const std::int64_t* const label = digits.labels.data<std::int64_t>();
  for (std::int64_t i = 0; i < out.size(); ++i)
    out.mutable_data<std::int64_t>()[i] = std::count(normal.begin(), normal.end(), label[i]) > 0 ? 0 : 1;
  return out;
}

// Rows of pixels in [0, 1].    (N, H, W) uint8 -> (N, H·W) float32
hg::Tensor rows_of(const hg::Tensor& images) { return hg::flatten(images.to(hg::float32) / 255.0, 1); }

hg::training::History train(ae::Autoencoder& model, const hg::Tensor& images, const program::Flags& flags,
                            const std::string& name) {
  hg::optim::Adam adam({.learning_rate = flags.learning_rate});
  const data::Batches batches(images, {.batch_size = flags.batch, .shuffle = true, .seed = flags.seed});
  const auto loss = [&](const data::Batch& b) -> hg::Variable { return model.loss(b.x); };
  hg::training::History history =
      hg::training::fit(model, adam, loss, batches,
                        {.epochs = flags.epochs,
                         .checkpoint = {.path = flags.file("model.h5"),
                                        .resume = flags.resume,
                                        .notes = {.data = name, .seed = flags.seed}}});
  hg::training::draw_curves(history, flags.out, "one class, squared error per pixel");
  return history;
}

// What it takes for normal and what it does not, each above its reconstruction: the ten anomalies with the
// least scores, and the ten normal images with the highest.
void draw_mistakes(const program::Flags& flags, ae::Autoencoder& model, const data::Dataset& test,
                   const hg::Tensor& scores, const hg::Tensor& odd) {
  const hg::Tensor up = hg::argsort(scores), down = hg::argsort(scores, -1, {.descending = true});
  std::vector<hg::Tensor> rows;
  for (const auto& [order, wanted] : {std::pair{up, 1}, std::pair{down, 0}}) {
    std::vector<hg::Tensor> found;
    for (std::int64_t i = 0; i < order.size() && found.size() < 10; ++i) {
      const auto at = order.data<std::int64_t>()[i];
      if (odd.data<std::int64_t>()[at] == wanted) found.push_back(test.images[at]);
    }
    if (found.empty()) continue;
    const hg::Tensor images = hg::stack(found, 0), x = rows_of(images);
    rows.push_back(hg::reshape(x, images.shape()));
    rows.push_back(hg::reshape(ae::reconstruct(model, x), images.shape()));
  }
  ae::save_rows(flags.file("mistakes.png"), rows);
}

an::Evaluation judge(ae::Autoencoder& model, const an::Scorer& scorer, const hg::Tensor& x,
                     const hg::Tensor& odd, const program::Flags& flags) {
  const double threshold = an::threshold(scorer.training_scores());
  const hg::Tensor scores = scorer(model, x);
  an::draw_scores(flags.out, "scores_histogram", scores, odd, threshold);
  an::draw_roc(flags.out, "roc", scores, odd);
  an::draw_precision_recall(flags.out, "precision_recall", scores, odd);
  const an::Evaluation e = an::evaluate(model, scorer, threshold, x, odd);
  fmt::print("\n{}\n", e.str());
  return e;
}

int body(int argc, char** argv) {
  Choices c;
  const program::Flags flags = program::parse(
      argc, argv, "Learns what one digit looks like, and finds the others.", {.epochs = 5, .batch = 128},
      {{.name = "--normal", .help = "the digits that are normal", .value = &c.normal, .least = 0},
       {"--latent", "numbers in the code", &c.latent}});
  const data::DataSplit digits = program::load_data(flags);
  const hg::Tensor chosen = hg::nonzero(hg::equal(is_odd(digits.train, c.normal), 0))[0];
  const hg::Tensor odd = is_odd(digits.test, c.normal), known = hg::take(digits.train.images, chosen);
  fmt::print("Normal: {}; {} images to learn from\n", fmt::join(c.normal, ", "), known.shape(0));

  const hg::Extent2 image{known.shape(1), known.shape(2)};
  ae::ConvolutionalAutoencoder model(ae::strided_halves({.image = image, .latent = c.latent}));
  const std::int64_t pixels = image.rows * image.columns;
  hg::training::History history;
  if (program::begin(flags, model, {pixels})) history = train(model, known, flags, digits.name);

  const hg::Tensor x = rows_of(digits.test.images);
  const std::vector<ae::TableColumn> columns(static_cast<std::size_t>(pixels));
  an::Scorer scorer({.scores = {an::Score::error}});
  scorer.fit(model, columns, rows_of(known));
  const an::Evaluation e = judge(model, scorer, x, odd, flags);
  const hg::Tensor scores = scorer(model, x);
  draw_mistakes(flags, model, digits.test, scores, odd);

  hg::training::Report report;
  e.add_to(report);
  report.add("normal", fmt::format("{}", fmt::join(c.normal, ",")));
  report.add("code_size", c.latent);
  report.add("scores_sha256", hg::files::sha256(scores));
  report.add_run(model, history);
  bool same_bits = true;
  if (flags.load.empty()) {
    const auto again = hg::files::load_model<ae::Autoencoder>(flags.file("model.h5"));
    same_bits = hg::files::sha256(scorer(*again, x)) == hg::files::sha256(scores);
  }
  return program::finish(flags, digits, report, history, same_bits);
}

}  // namespace

int main(int argc, char** argv) { return program::run(body, argc, argv); }
