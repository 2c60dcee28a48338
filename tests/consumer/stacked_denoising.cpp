// A classifier from stacked denoising autoencoders (Vincent et al. 2010): each layer first learns to restore
// what the one below it gives; then all are trained on labels, of which there are few.
//
//     stacked_denoising FILE      leaves the classifier in FILE, for load_elsewhere
#include <hourglass/hourglass.h>

#include <cstdio>

namespace hg = hourglass;
namespace nn = hourglass::nn;
namespace ae = hourglass::autoencoders;

struct Classifier : nn::Layer {
  nn::Sequential features{nn::Dense(784, 128, {.activation = hg::relu}),
                          nn::Dense(128, 128, {.activation = hg::relu})};
  nn::Dense logits{128, 10};

  hg::Variable forward(const hg::Variable& x) override { return logits(features(x)); }
  void visit(nn::Visitor& v) override { v("features", features), v("logits", logits); }
};

// A layer to be trained, in front of a decoder that is thrown away: x -> layer(x with a third cut out) -> x.
struct Restorer : nn::Layer {
  explicit Restorer(nn::Layer& given, std::int64_t in) : layer(given), decoder(128, in) {}
  nn::Layer& layer;
  nn::Dense decoder;

  hg::Variable forward(const hg::Variable& x) override {
    return decoder(layer(ae::corrupt(x.value(), {ae::Corruption::Noise::masking, 0.3})));
  }
  void visit(nn::Visitor& v) override { v("layer", layer), v("decoder", decoder); }
};

int main(int argc, char** argv) {
  hg::set_seed(1);
  const hg::data::DataSplit digits = hg::data::strokes({.train = 3000, .test = 500});
  const auto images = [](const hg::Tensor& x) { return hg::flatten(x, 1).to(hg::float32) / 255.0; };
  const auto trained = [](nn::Module& model, auto loss, const hg::data::Batches& data, std::int64_t epochs) {
    hg::optim::Adam adam;
    hg::training::fit(model, adam, loss, data, {.epochs = epochs, .verbose = hg::training::Verbose::silent});
  };
  Classifier model;
  hg::Tensor below = images(digits.train.images);
  for (std::int64_t i = 0; i < std::ssize(model.features); ++i) {
    Restorer restorer(model.features[i], below.shape(1));
    const auto loss = [&](const hg::data::Batch& b) { return nn::mean_squared_error(restorer(b.x), b.x); };
    trained(restorer, loss, hg::data::Batches(below, {.batch_size = 50, .shuffle = true}), 8);
    below = hg::no_grad([&] { return model.features[i](below).value(); });
  }
  const hg::data::Dataset few = hg::data::limited(digits.train, 500);
  const auto loss = [&](const hg::data::Batch& b) {
    return nn::sparse_categorical_crossentropy(model(b.x), b.y, {.from_logits = true});
  };
  trained(model, loss, hg::data::Batches(few.images, few.labels, {.batch_size = 50, .shuffle = true}), 15);
  if (argc > 1) hg::files::save(argv[1], model);
  const double right = hg::accuracy(model(images(digits.test.images)), digits.test.labels);
  std::printf("%.1f%% of the test images are right after 500 labels\n", 100.0 * right);
  return right > 0.9 ? 0 : 1;
}
