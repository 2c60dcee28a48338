// The conditional autoencoder: both halves are told which digit it is, so the code keeps only how it is
// written, and any digit can be asked for.
//
//     35_conditional --data mnist                    784-400-20, 20 epochs
//     35_conditional --data mnist --embedding 8      digits by a learnt embedding instead of one-hot
//
// A classifier that is trained on the real digits reads what was asked for: of 1,000 digits 74.5% as those
// after 20 epochs on 30,000 images of MNIST (--limit 30000, seed 1), where it reads 97.7% of the real ones.
// `digits.png` has one way of writing in each row, and the digits 0 to 9 in its columns. What each run is to
// reach stands in tests/examples/reached.sh. If the model file does not give back the same bits, the status
// is 1.

#include "support/experiment.h"

namespace hg = hourglass;
namespace ae = hourglass::autoencoders;
namespace nn = hourglass::nn;
namespace data = hourglass::data;

namespace {

constexpr std::int64_t kDigits = 10;

// 0 … 9, again and again.    -> (n,)
hg::Tensor digits_in_turn(std::int64_t n) {
  hg::Tensor digits = hg::zeros({n}, hg::int64);
  for (std::int64_t i = 0; i < n; ++i) digits.mutable_data<std::int64_t>()[i] = i % kDigits;
  return digits;
}

nn::Sequential train_classifier(const program::Experiment& run) {
  nn::Sequential classifier{nn::Dense(run.pixels, 256, {.activation = hg::relu}), nn::Dropout(0.3),
                            nn::Dense(256, kDigits)};
  hg::optim::Adam adam({.learning_rate = 1e-3});
  const auto loss = [&](const data::Batch& b) {
    return nn::sparse_categorical_crossentropy(classifier(b.x), b.y, {.from_logits = true});
  };
  const std::int64_t steps = 3000;  // whatever the size of the data
  const std::int64_t epochs = std::max<std::int64_t>(1, steps / run.train.batch_count());
  (void)hg::training::fit(classifier, adam, loss, run.train,
                          {.epochs = epochs, .verbose = hg::training::Verbose::silent});
  return classifier;
}

double accuracy(nn::Layer& classifier, const hg::Tensor& x, const hg::Tensor& labels) {
  const nn::Evaluating evaluating(classifier);
  return hg::accuracy(classifier(x).value(), labels);
}

double test_accuracy(nn::Layer& classifier, const program::Experiment& run) {
  double right = 0.0;
  for (const data::Batch& b : run.test.epoch())
    right += accuracy(classifier, b.x, b.y) * static_cast<double>(b.x.shape(0));
  return right / static_cast<double>(run.test.size());
}

// The same ten codes with each digit, a code a row.
hg::Tensor each_digit(ae::ConditionalAutoencoder& model, std::int64_t latent) {
  const nn::Evaluating evaluating(model);
  const hg::Tensor z = hg::normal({kDigits, latent});
  const hg::Tensor rows = hg::reshape(
      hg::broadcast_to(hg::reshape(z, {kDigits, 1, latent}), {kDigits, kDigits, latent}), {-1, latent});
  const hg::Variable codes = hg::concat({rows, model.code_of(digits_in_turn(kDigits * kDigits))}, 1);
  return model.decode(codes).value();
}

// An image's code with each digit: another digit, written the same way.
hg::Tensor in_the_same_hand(ae::ConditionalAutoencoder& model, const data::Batch& images,
                            std::int64_t latent) {
  const nn::Evaluating evaluating(model);
  const hg::Tensor z = hg::slice(model.encode_batch(images).value(), 1, {0, latent});
  std::vector<hg::Tensor> rows;
  for (std::int64_t i = 0; i < images.x.shape(0); ++i) {
    const hg::Tensor own = hg::broadcast_to(hg::slice(z, 0, {i, i + 1}), {kDigits, latent});
    rows.push_back(hg::slice(images.x, 0, {i, i + 1}));
    rows.push_back(model.decode(hg::concat({own, model.code_of(digits_in_turn(kDigits))}, 1)).value());
  }
  return hg::concat(rows, 0);
}

int body(int argc, char** argv) {
  std::int64_t latent = 20, embedding = 0;
  double beta = 1.0;
  const program::Flags defaults{.epochs = 20, .batch = 128};
  const program::Flags flags = program::parse(
      argc, argv, "Trains an autoencoder that writes the digit that it is asked for.", defaults,
      {{"--latent", "numbers in the code", &latent},
       {"--embedding", "numbers that stand for a digit; 0: one-hot", &embedding},
       {"--beta", "weight of the KL term", &beta}});
  program::Experiment run(flags);

  ae::ConditionalAutoencoder model(
      {.features = run.pixels, .latent = latent, .labels = kDigits, .embedding = embedding, .beta = beta});
  const double untrained = ae::evaluate_loss(model, run.test).total;
  const hg::training::History history = run.fit(model, "conditional autoencoder, nats per image");
  const bool same_bits = run.reloads(model);

  hg::training::Report report;
  run.report(model, latent, history, report);
  const ae::LossValues loss = ae::evaluate_loss(model, run.test);
  report.add("untrained_loss", untrained, "nats per image");
  report.add("test_loss", loss.total, "nats per image, given the digit");
  report.add("test_kl_nats", loss.part("kl"), "nats per image");
  nn::Sequential classifier = train_classifier(run);
  const hg::Tensor asked = digits_in_turn(1000);
  report.add("classifier_accuracy", test_accuracy(classifier, run), "of test images");
  report.add("asked_for_accuracy", accuracy(classifier, model.sample_of(asked), asked), "of 1,000 digits");
  report.add("embedding", embedding);
  report.add("beta", beta);
  ae::save_grid(flags.file("digits.png"), run.as_images(each_digit(model, latent)), kDigits);
  ae::save_grid(flags.file("same_hand.png"), run.as_images(in_the_same_hand(model, run.examples(10), latent)),
                kDigits + 1);
  return program::finish(flags, run.digits, report, history, same_bits);
}

}  // namespace

int main(int argc, char** argv) { return program::run(body, argc, argv); }
