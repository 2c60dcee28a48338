// The programs of docs/tables.md.

#include <hourglass/hourglass.h>

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace {

namespace hg = hourglass;
namespace data = hg::data;
namespace training = hg::training;
namespace metrics = hg::training::metrics;

class FromACsv : public ::testing::Test {
 protected:
  FromACsv() : folder(std::filesystem::temp_directory_path() / ("from_a_csv_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder);
    std::string text = "age,income,city,label\n";
    hg::Generator g(1);
    const hg::Tensor u = hg::uniform({200, 3}, 0.0, 1.0, g);
    for (std::int64_t i = 0; i < 200; ++i) {
      const double v = u[i][0].item();
      text += u[i][1].item() < 0.1 ? "?" : std::to_string(20 + 50 * v);
      text.append(",").append(std::to_string(1000 + 90000 * v * v)).append(v > 0.5 ? ",Bonn" : ",Aachen");
      text += i % 20 == 7 ? ",1\n" : ",0\n";
    }
    hg::training::write_text(path("customers.csv"), text);
  }
  ~FromACsv() override { std::filesystem::remove_all(folder); }
  [[nodiscard]] std::string path(const std::string& name) const { return (folder / name).string(); }

  std::filesystem::path folder;
};

TEST_F(FromACsv, TrainsSavesAndFillsIn) {
  const std::string file = path("customers.csv"), saved = path("customers.h5");
  hg::set_seed(1);

  const data::Table table = data::read_csv(file, {.types = {{"label", data::ColumnType::category}}});
  const auto [train, test] = table.split({.seed = 1, .stratify = "label"});

  data::PreprocessorOptions steps =
      data::steps_for(train.drop({"label"}), {.numbers = {.missing = data::Missing::keep}, .categories = {}});
  steps.columns[1].logarithm = data::Logarithm::log1p;  // income
  data::Preprocessor prepare(steps);
  prepare.fit(train);  // from these rows alone
  const hg::Tensor x = prepare.transform(train);

  namespace ae = hg::autoencoders;
  ae::TabularAutoencoder model({.columns = ae::columns_of(prepare.places()),
                                .hidden = {32},
                                .latent = 2,
                                .noise = {ae::TableNoise::Kind::swap, 0.1}});
  hg::optim::Adam adam({.learning_rate = 3e-3});
  const data::Batches batches(x, {.shuffle = true});
  const auto loss = [&](const data::Batch& b) { return model.loss(b.x).total; };
  const auto history = training::fit(model, adam, loss, batches, {.epochs = 60});
  hg::files::save_model(saved, model, {.sections = {{"preprocessor", prepare.state()}}});

  const hg::files::ModelFile again(saved);
  data::Preprocessor same(steps);
  same.set_state(again.section("preprocessor")->tensors);
  const data::Table filled = same.inverse(model.fill_in(same.transform(test)));

  EXPECT_EQ(filled["age"].missing_count(), 0);
  EXPECT_EQ(filled.rows(), 40);
  EXPECT_LT(history.epochs.back().loss, 0.5 * history.epochs.front().loss);
  EXPECT_EQ(same.to_json(), prepare.to_json());
}

TEST_F(FromACsv, MeasuresEveryEpoch) {
  hg::set_seed(1);
  const hg::Tensor x = hg::uniform({100, 4}), labels = (hg::slice(x, 1, {0, 1}) > 0.5).to(hg::int64);
  const data::Batches train(x, hg::reshape(labels, {100}));
  const data::Batches& test = train;
  hg::nn::Dense model(4, 1);
  hg::optim::Adam adam({.learning_rate = 0.05});
  const auto loss = [&](const data::Batch& b) {
    return hg::nn::binary_crossentropy(model(b.x), hg::unsqueeze(b.y, 1).to(hg::float32),
                                       {.from_logits = true});
  };

  metrics::AreaUnderROC auc;
  metrics::AveragePrecision precision;
  const auto outcome = [&](const data::Batch& b) {
    return metrics::Outcome{hg::squeeze(model(b.x), 1), b.y};
  };
  training::EpochFigures figures([&] {
    return metrics::figures(model, outcome, test, {&auc, &precision}, "val_");
  });
  const auto history = training::fit(model, adam, loss, train, {.epochs = 20, .callbacks = {&figures}});

  EXPECT_GT(history.epochs.back().find("val_auc").value(), 0.9);
}

TEST_F(FromACsv, TrainsFromAFileOfRows) {
  const std::string file = path("train.rows");
  const std::vector<hg::Tensor> parts{hg::uniform({50, 3}), hg::uniform({30, 3})};
  hg::nn::Dense model(3, 3);
  hg::optim::Adam adam;
  const auto loss = [&](const data::Batch& b) { return hg::nn::mean_squared_error(model(b.x), b.x); };

  data::RowWriter rows(file);
  for (const hg::Tensor& part : parts) rows.append(part);
  rows.finish();
  const data::RowBatches batches(file, {.batch_size = 16, .shuffle = true, .seed = 1});
  const auto history = training::fit(model, adam, loss, batches, {.epochs = 3});

  EXPECT_EQ(history.epochs.size(), 3U);
  const data::Batches memory(hg::concat(parts), {.batch_size = 16, .shuffle = true, .seed = 1});
  EXPECT_EQ(hg::min(hg::equal((*memory.epoch(2).begin()).x, (*batches.epoch(2).begin()).x)).item(), 1.0);
}

}  // namespace
