// The basic autoencoder: 784 pixels through a code of 64 numbers and back. What gets through the narrow place
// is what the images have in common. Network, loss, loop, step and pictures: all are in this file.
//
//     10_basic_autoencoder --data mnist --batch 32 --epochs 7
//     10_basic_autoencoder --data mnist --hidden 512,256 --latent 32 --loss bce --batch 128 --epochs 8
//
// The first reaches a mean squared error of about 0.0040 per pixel on the test images of MNIST, where the
// mean image has 0.0675 and PCA with 64 components 0.0090; the second, deep and on logits, 0.0056, where PCA
// with 32 components has 0.0168.

#include "command_line.h"

#include <hourglass/hourglass.h>

namespace hg = hourglass;
namespace ae = hourglass::autoencoders;
namespace nn = hourglass::nn;
namespace training = hourglass::training;
using hg::data::Batches;

namespace {

// The network: dense layers down to the code, and a decoder that mirrors them.    (N, pixels) -> (N, pixels)
struct Autoencoder : nn::Layer {
  nn::Sequential encoder, decoder;
  bool logits;  // what the decoder gives: logits, σ of which is a pixel, or pixels

  Autoencoder(const std::vector<std::int64_t>& widths, bool gives_logits) : logits(gives_logits) {
    const std::size_t n = widths.size() - 1;  // layers on each side, between pixels, hidden units, code
    const nn::Activation relu = hg::relu, linear = nn::Activation::linear;
    const nn::Activation code = n == 1 ? relu : linear, pixel = logits ? linear : nn::Activation(hg::sigmoid);
    for (std::size_t i = 0; i < n; ++i)
      encoder.add(nn::Dense(widths[i], widths[i + 1], {.activation = i + 1 < n ? relu : code}));
    for (std::size_t i = n; i-- > 0;)
      decoder.add(nn::Dense(widths[i + 1], widths[i], {.activation = i > 0 ? relu : pixel}));
  }
  void visit(nn::Visitor& v) override { v("encoder", encoder), v("decoder", decoder); }
  hg::Variable forward(const hg::Variable& x) override {
    return logits ? sigmoid(decoder(encoder(x))) : decoder(encoder(x));
  }

  // The loss: how far what comes out is from what went in, a mean over pixels and images.
  hg::Variable loss(const hg::Tensor& x) {
    const hg::Variable y = decoder(encoder(x));
    return logits ? nn::binary_crossentropy(y, x, {.from_logits = true}) : nn::mean_squared_error(y, x);
  }
};

// The loop: through the training images again and again, after each batch a step down the slope of the loss.
// After each epoch all that decides how it goes on is in model.h5; Ctrl-C ends the training after the epoch.
training::History train(Autoencoder& model, const program::Flags& flags, const Batches& images,
                        const Batches& test) {
  hg::optim::Adam adam({.learning_rate = flags.learning_rate});
  training::History history;
  const training::Parts parts{{"model", model}, {"optimizer", adam}, {"history", history}};
  const std::string path = flags.file("model.h5");
  const auto loss_of = [&](const hg::data::Batch& batch) { return model.loss(batch.x); };
  const training::NoteSignals signals;
  std::int64_t done = program::goes_on(flags) ? training::load_checkpoint(path, parts) : 0;
  for (;; ++done) {
    training::save_checkpoint(path, parts, done, {.seed = flags.seed});
    if (done >= flags.epochs || signals.noted()) break;
    training::Progress progress(true, done + 1, flags.epochs, images.batch_count());
    training::EpochRecord record{.epoch = done + 1, .seconds = -training::now()};
    std::int64_t batches = 0;
    double seen = 0.0;
    for (const hg::data::Batch& batch : images.epoch(done)) {
      const hg::Variable loss = loss_of(batch);
      hg::backward(loss);                // the gradient of each weight,
      adam.step(nn::parameters(model));  // and a step against it
      const auto n = static_cast<double>(batch.x.shape(0));
      seen += n, record.loss += (loss.item() - record.loss) * n / seen;  // the mean of all so far
      progress.batch(++batches, record.loss);
    }
    record.seconds += training::now();
    record.val_loss = training::evaluate(model, loss_of, test);
    progress.end(batches, record);
    history.epochs.push_back(record);
  }
  history.interrupted = done < flags.epochs;
  training::draw_curves(history, flags.out, "basic autoencoder, loss per pixel");
  return history;
}

// The pictures: two of each digit above their reconstructions, and what the first layer looks for.
void draw(Autoencoder& model, const program::Flags& flags, const hg::data::Dataset& test) {
  const hg::Tensor images = hg::take(test.images, ae::one_of_each(test.labels, 20)).to(hg::float32) / 255.0;
  const hg::Tensor restored = ae::reconstruct(model, hg::flatten(images, 1));
  ae::save_rows(flags.file("reconstructions.png"), {images, hg::reshape(restored, images.shape())});
  const hg::Tensor kernel = nn::parameters(model).front().variable.value();
  ae::save_features(flags.file("features.png"), kernel, images.shape().without(0));
}

int body(int argc, char** argv) {
  std::vector<std::int64_t> widths;
  std::int64_t latent = 64;
  std::string loss = "mse";
  const program::Flags flags =
      program::parse(argc, argv, "Trains the basic autoencoder and shows what it learned.", {},
                     {{"--hidden", "widths between pixels and code, such as 512,256", &widths},
                      {"--latent", "numbers in the code", &latent},
                      {"--loss", "mean squared error or binary cross-entropy", &loss, {"mse", "bce"}}});
  const hg::data::DataSplit digits = program::load_data(flags);
  const Batches images = program::training_batches(digits, flags), test = program::test_batches(digits);
  widths.insert(widths.begin(), digits.train.images[0].size());
  widths.push_back(latent);
  Autoencoder model(widths, loss == "bce");
  const double untrained = ae::reconstruction_mse(model, test);
  training::History history;
  if (program::begin(flags, model, {widths.front()})) history = train(model, flags, images, test);
  draw(model, flags, digits.test);

  training::Report report;
  ae::report_errors(report, model, latent, untrained, digits.train.images, test);
  report.add("hidden_layers", std::ssize(widths) - 2);
  report.add("loss_kind", loss);
  report.add_run(model, history);
  return program::finish(flags, digits, report, history);
}

}  // namespace

int main(int argc, char** argv) { return program::run(body, argc, argv); }
