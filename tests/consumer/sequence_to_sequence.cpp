// Sequence to sequence with gated recurrent units (Cho et al. 2014): one reads a word, one writes it
// backwards.
#include <hourglass/hourglass.h>

#include <cstdio>

namespace hg = hourglass;
namespace nn = hourglass::nn;
constexpr std::int64_t kLetters = 8, kLength = 5, kUnits = 64;

struct Gru : nn::Module {
  nn::Dense gates{kLetters + kUnits, 2 * kUnits, {.activation = hg::sigmoid}};
  nn::Dense candidate{kLetters + kUnits, kUnits, {.activation = hg::tanh}};
  hg::Variable operator()(const hg::Variable& x, const hg::Variable& h) {  // one step
    const auto gate = hg::split(gates(hg::concat({x, h}, 1)), 2, 1);       // reset, update
    const hg::Variable fresh = candidate(hg::concat({x, gate[0] * h}, 1));
    return fresh + gate[1] * (h - fresh);
  }
  void visit(nn::Visitor& v) override { v("gates", gates), v("candidate", candidate); }
};

struct Reverser : nn::Module {
  Gru reader, writer;
  nn::Dense letter{kUnits, kLetters};
  // Letters (N, T) -> logits (N, T, letters). In training each step is told the true letter before it.
  hg::Variable operator()(const hg::Tensor& word, const hg::Tensor& truth) {
    const auto at = [](const hg::Tensor& letters, std::int64_t t) {
      return hg::one_hot(hg::squeeze(hg::slice(letters, 1, {t, t + 1}), 1), kLetters);
    };
    hg::Variable h = hg::zeros({word.shape(0), kUnits}), x = hg::zeros({word.shape(0), kLetters});
    for (std::int64_t t = 0; t < kLength; ++t) h = reader(at(word, t), h);
    std::vector<hg::Variable> logits;
    for (std::int64_t t = 0; t < kLength; ++t) {
      h = writer(x, h);
      logits.push_back(letter(h));
      x = is_training() ? at(truth, t) : hg::one_hot(hg::argmax(logits.back(), 1), kLetters);
    }
    return hg::stack(logits, 1);
  }
  void visit(nn::Visitor& v) override { v("reader", reader), v("writer", writer), v("letter", letter); }
};

int main() {
  hg::set_seed(1);
  Reverser model;
  const hg::Tensor words = hg::randint({4500, kLength}, 0, kLetters);
  const hg::Tensor backwards = hg::flip(words, {1});
  const hg::Tensor unseen = hg::slice(words, 0, {4000, {}}), expected = hg::slice(backwards, 0, {4000, {}});
  hg::optim::Adam adam({.learning_rate = 0.005, .clipping = {.global_clipnorm = 1.0}});
  const hg::data::Batches train(hg::slice(words, 0, {0, 4000}).to(hg::float32),
                                hg::slice(backwards, 0, {0, 4000}), {.batch_size = 100, .shuffle = true});
  const auto loss = [&](const hg::data::Batch& b) {
    return nn::sparse_categorical_crossentropy(model(b.x.to(hg::int64), b.y), b.y, {.from_logits = true});
  };
  hg::training::fit(model, adam, loss, train, {.epochs = 15, .verbose = hg::training::Verbose::silent});
  model.eval();
  const double right = hg::accuracy(model(unseen, expected), expected);
  std::printf("%.1f%% of the letters are right\n", 100.0 * right);
  return right > 0.95 ? 0 : 1;
}
