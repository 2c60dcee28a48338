// A search of seconds, for killed_search.sh to kill: small trainings, proposed by the Parzen estimator and
// stopped by the median rule, whose table must be the same however often it was killed.
//
//     killed_search FOLDER THREADS

#include <hourglass/data/tables/csv.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/dropout.h>
#include <hourglass/nn/losses/losses.h>
#include <hourglass/nn/sequential.h>
#include <hourglass/optim.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/training/search/search.h>

#include <string>

namespace hg = hourglass;
namespace ht = hg::training;

struct Choices {
  std::int64_t width = 4;
  hg::optim::AdamOptions adam{};
};
template <class V>
void visit(Choices& c, V&& v) {
  v("width", c.width), v("adam", c.adam);
}

int main(int, char** argv) {
  const std::string folder = argv[1];
  hg::set_num_threads(std::stoi(argv[2]));
  hg::Generator generator(1);
  const hg::Tensor x = hg::uniform({200, 8}, 0.0, 1.0, generator);
  const hg::data::Batches validation(hg::uniform({50, 8}, 0.0, 1.0, generator));
  const ht::SearchResult found = ht::search(
      Choices{}, {ht::Axis::integers("width", 1, 32), ht::Axis::log_range("adam.learning_rate", 1e-4, 1.0)},
      [&](const Choices& c, ht::Trial& trial) {
        hg::nn::Sequential model{hg::nn::Dense(8, c.width, {.activation = hg::relu}), hg::nn::Dropout(0.1),
                                 hg::nn::Dense(c.width, 8)};
        hg::optim::Adam adam(c.adam);
        const hg::data::Batches batches(x, {.batch_size = 10, .shuffle = true, .seed = trial.seed()});
        const auto loss = [&](const hg::data::Batch& b) {
          return hg::nn::mean_squared_error(model(b.x), b.x);
        };
        return trial.fit(model, adam, loss, batches, {.epochs = 20, .validation = &validation});
      },
      {.trials = 48,
       .seed = 1,
       .median = ht::MedianRule{},
       .path = folder + "/search.h5",
       .verbose = ht::Verbose::silent});
  if (found.interrupted) return 3;
  hg::data::write_csv(folder + "/trials.csv", found.table().drop({"seconds"}));
}
