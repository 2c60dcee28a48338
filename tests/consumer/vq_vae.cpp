// The VQ-VAE (van den Oord et al. 2017): the code is the nearest vectors of a learned codebook; the gradient
// goes straight through the choice.
#include <hourglass/hourglass.h>

#include <cstdio>
#include <set>

namespace hg = hourglass;
namespace nn = hourglass::nn;

constexpr std::int64_t kPlaces = 8, kWords = 32, kWidth = 4;

struct VectorQuantized : nn::Module {
  nn::Sequential encoder{nn::Dense(784, 128, {.activation = hg::relu}), nn::Dense(128, kPlaces* kWidth)};
  nn::Sequential decoder{nn::Dense(kPlaces * kWidth, 128, {.activation = hg::relu}), nn::Dense(128, 784)};
  hg::Variable codebook = hg::Variable::parameter(hg::normal({kWords, kWidth}, 0.0, 0.3));

  void visit(nn::Visitor& v) override {
    v("encoder", encoder), v("decoder", decoder), v("codebook", codebook);
  }

  struct Output {
    hg::Variable image, codebook_loss, commitment;
    hg::Tensor words;  // (N · places,)
  };
  Output operator()(const hg::Variable& x) {
    const hg::Variable z = reshape(encoder(x), {-1, kWidth});
    const hg::Tensor e = codebook.value();
    const hg::Tensor distance = hg::sum(hg::square(e), 1) - 2.0 * hg::matmul(z.value(), hg::transpose(e));
    const hg::Tensor words = hg::argmin(distance, 1);
    const hg::Variable q = take(codebook, words);
    const hg::Variable through = z + (q.value() - z.value());  // the value of q, the gradient of z
    return {sigmoid(decoder(reshape(through, {-1, kPlaces * kWidth}))), nn::mean_squared_error(q, z.detach()),
            nn::mean_squared_error(z, q.detach()), words};
  }
};

int main() {
  hg::set_seed(1);
  const hg::data::DataSplit digits = hg::data::strokes({.train = 2000, .test = 500});
  const hg::data::Batches train(digits.train.images, {.batch_size = 50, .shuffle = true});
  const hg::Tensor test = hg::flatten(digits.test.images, 1).to(hg::float32) / 255.0;
  VectorQuantized model;
  hg::optim::Adam adam({.learning_rate = 0.002});
  const auto loss = [&](const hg::data::Batch& b) -> hg::Variable {
    const auto y = model(b.x);
    return nn::mean_squared_error(y.image, b.x) + 0.1 * (y.codebook_loss + 0.25 * y.commitment);
  };
  hg::training::fit(model, adam, loss, train, {.epochs = 20, .verbose = hg::training::Verbose::silent});
  const auto y = hg::no_grad([&] { return model(test); });
  const double error = nn::mean_squared_error(y.image, test).item();
  const double mean_image = hg::mean(hg::var(test, 0)).item();
  const auto* const w = y.words.data<std::int64_t>();
  const std::size_t used = std::set<std::int64_t>(w, w + y.words.size()).size();
  std::printf("error %.4f, mean image %.4f, %zu of %d words used\n", error, mean_image, used, int{kWords});
  return error < 0.5 * mean_image && used >= 12 ? 0 : 1;
}
