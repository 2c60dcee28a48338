#include "draw.h"

#include <algorithm>

// Tables, preprocessing, files of rows, metrics, the autoencoder for tables.
namespace hourglass::fuzz {

namespace {

namespace ae = autoencoders;
namespace metrics = training::metrics;
using namespace hourglass::data;

// A few: each of them is made one by one.
std::int64_t few(Draw& d) { return std::min<std::int64_t>(d.extent(), 6); }

std::string text(Draw& d) {
  return d.one_of({"a", "b", "", "1", "-2.5", "NA", "2024-05-01", "x\ny", "\"", ","});
}
std::string column_name(Draw& d) { return d.one_of({"a", "b", "c", "d", ""}); }

Column column(Draw& d, const std::string& name, std::int64_t n) {
  switch (d.extent(4)) {
    case 1:
      return Column::number(name, d.of({n}));
    case 2:
      return Column::date(name, d.of({n}, float64));
    case 3: {
      std::vector<std::string> values;
      for (std::int64_t i = 0; i < n; ++i) values.push_back(text(d));
      return d.flag() ? Column::category(name, values) : Column::ordinal(name, values, {"a", "b", "1"});
    }
    default:
      return Column::coded(name, d.flag() ? ColumnType::ordinal : ColumnType::category, d.indices(3),
                           {"p", "q", text(d)});
  }
}
Table table(Draw& d) {
  const std::int64_t n = few(d);
  return Table({column(d, "a", n), column(d, "b", d.once_in(9) ? few(d) : n), column(d, "c", n)});
}
void use(Draw& d, const Table& t) {
  d.use(t.to_tensor());
  if (d.once_in(3)) d.use(t.str() + t.describe() + csv_text(t));
}

ColumnSteps steps(Draw& d) {
  ColumnSteps out{.column = column_name(d),
                  .logarithm = d.one_of({Logarithm::none, Logarithm::none, Logarithm::log, Logarithm::log1p}),
                  .scaling = d.one_of({Scaling::none, Scaling::min_max, Scaling::standard, Scaling::robust}),
                  .encoding = d.one_of({Encoding::one_hot, Encoding::ordinal, Encoding::index}),
                  .missing = d.one_of({Missing::error, Missing::keep, Missing::drop_row, Missing::mean,
                                       Missing::median, Missing::mode, Missing::nearest, Missing::function}),
                  .unseen = d.one_of({Unseen::error, Unseen::missing})};
  if (d.once_in(4)) out.low = d.number(), out.high = d.number();
  return out;
}

const std::vector<Row> kTableRows{
    {"Table",
     [](Draw& d) {
       const Table t = table(d);
       use(d, t);
       use(d, t.head(d.size()));
       use(d, t.take(d.indices(t.rows())));
       use(d, t.select({column_name(d)}));
       use(d, t.with(column(d, column_name(d), t.rows())));
       use(d, t.split({.fraction = d.number(), .stratify = d.flag() ? column_name(d) : ""}).second);
     }},
    {"Table::from_tensor",
     [](Draw& d) {
       use(d, Table::from_tensor(d.of({3, 2}), {"a", column_name(d)}));
     }},
    {"parse_csv",
     [](Draw& d) {
       std::string lines = "a,b\n";
       for (std::int64_t i = few(d); i > 0; --i)
         lines += text(d) + (d.once_in(9) ? ";" : ",") + text(d) + "\n";
       use(d, parse_csv(lines, {.separator = d.one_of({',', ',', ';', '"'}), .header = d.flag()}));
     }},
    {"Preprocessor",
     [](Draw& d) {
       const Table t = table(d);
       PreprocessorOptions o = d.flag() ? steps_for(t, {steps(d), steps(d)})
                                        : PreprocessorOptions{d.list(2, [&] { return steps(d); })};
       o.neighbours = d.size();
       Preprocessor prepare(o);
       if (d.once_in(2)) prepare.set_imputer([](const Tensor& x) { return zeros_like(x); });
       if (!d.once_in(9)) prepare.fit(t);
       d.use(prepare.to_json());
       const Table other = d.once_in(2) ? t : table(d);
       use(d, prepare.inverse(d.once_in(4) ? d.tensor() : prepare.transform(other, d.floating())));
       std::vector<NamedTensor> state = prepare.state();
       if (d.flag()) state.back().value = d.like(state.back().value);
       prepare.set_state(state);
     }},
    {"metrics of numbers",
     [](Draw& d) {
       const Tensor y = d.any<Tensor>(), t = d.like(y);
       d.use(metrics::root_mean_squared_error(y, t));
       d.use(metrics::mean_absolute_error(y, t) + metrics::explained_variance(y, t));
     }},
    {"metrics of classes",
     [](Draw& d) {
       const Tensor labels = d.indices(3), p = d.flag() ? d.like(labels) : d.of({labels.size(), d.extent(3)});
       const auto average = d.one_of({metrics::Average::binary, metrics::Average::macro,
                                      metrics::Average::micro, metrics::Average::weighted});
       d.use(metrics::f1(p, labels, average) + metrics::precision(p, labels, average));
       d.use(metrics::confusion_matrix(p, labels));
     }},
    {"metrics of scores",
     [](Draw& d) {
       const Tensor labels = d.indices(2), scores = d.of({labels.size()}, d.floating());
       d.use(metrics::roc_curve(scores, labels, {.drop_intermediate = d.flag()}).thresholds);
       d.use(metrics::area(metrics::precision_recall_curve(scores, labels)));
       d.use(metrics::roc_auc(scores, labels) + metrics::average_precision(scores, labels));
       d.use(metrics::precision_at_n(scores, labels, d.size()));
     }},
    {"TabularAutoencoder",
     [](Draw& d) {
       using Kind = ae::TableNoise::Kind;
       ae::TabularAutoencoder model(
           {.columns = d.once_in(5) ? d.list(3,
                                             [&] {
                                               return ae::TableColumn{d.size(), d.flag()};
                                             })
                                    : std::vector<ae::TableColumn>{{1, false}, {2, true}},
            .hidden = {d.extent()},
            .latent = d.extent(),
            .noise = {d.one_of({Kind::gaussian, Kind::hide, Kind::swap}), d.number()},
            .sees_holes = d.flag()});
       const Tensor x = d.once_in(4) ? d.tensor() : d.of({d.extent(), 3});
       d.use(model.loss(x).total);
       d.use(model.column_errors(x));
       d.use(model.fill_in(x));
       d.use(model.decode(model.encode(x)));
     }},
};

}  // namespace

std::vector<Row> table_rows() { return kTableRows; }

}  // namespace hourglass::fuzz
