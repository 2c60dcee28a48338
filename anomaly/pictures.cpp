#include <hourglass/anomaly/pictures.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/training/gnuplot.h>
#include <hourglass/training/history.h>
#include <hourglass/training/metrics/ranking.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace hourglass::anomaly {

namespace {

namespace metrics = training::metrics;

std::string heading(const std::string& title, const std::string& x, const std::string& y) {
  using training::quoted;
  return "set title " + quoted(title) + " noenhanced\nset xlabel " + quoted(x) + "\nset ylabel " + quoted(y) +
         "\nset grid\n";
}

bool draw_curve(const std::string& folder, const std::string& name, const metrics::Curve& curve,
                const std::string& commands, const std::string& columns) {
  const Tensor x = curve.x.contiguous(), y = curve.y.contiguous(), t = curve.thresholds.contiguous();
  std::string csv = columns + ",threshold\n";
  for (std::int64_t i = 0; i < x.size(); ++i) {
    csv +=
        fmt::format("{:.6g},{:.6g},{:.6g}\n", x.data<double>()[i], y.data<double>()[i], t.data<double>()[i]);
  }
  training::write_text(folder + "/" + name + ".csv", csv);
  return training::run_gnuplot(folder, name,
                               commands + "set xrange [0:1]\nset yrange [0:1.02]\nunset key\n" +
                                   fmt::format("plot '{}.csv' every ::1 using 1:2 with lines lw 2\n", name),
                               "600,600");
}

}  // namespace

bool draw_scores(const std::string& folder, const std::string& name, const Tensor& scores,
                 const Tensor& labels, double threshold) {
  if (scores.size() == 0 || !all_finite(scores))
    throw DataError("draw_scores: needs finite scores (N,), got shape {}; score some rows first",
                    scores.shape());
  constexpr int kBins = 60;
  const Tensor s = scores.to(float64).contiguous(), of = labels.to(int64).contiguous();
  const bool labelled = of.size() == s.size();
  const double low = min(s).item(), high = std::max(max(s).item(), low + 1e-9), width = (high - low) / kBins;
  std::vector<std::int64_t> normal(kBins), odd(kBins);
  for (std::int64_t i = 0; i < s.size(); ++i) {
    const int bin = std::clamp(static_cast<int>((s.data<double>()[i] - low) / width), 0, kBins - 1);
    ++(labelled && of.data<std::int64_t>()[i] != 0 ? odd : normal)[static_cast<std::size_t>(bin)];
  }
  std::string csv = "from,to,normal,anomaly\n";
  for (int i = 0; i < kBins; ++i) {
    csv += fmt::format("{:.6g},{:.6g},{},{}\n", low + i * width, low + (i + 1) * width,
                       normal[static_cast<std::size_t>(i)], odd[static_cast<std::size_t>(i)]);
  }
  training::write_text(folder + "/" + name + ".csv", csv);
  // On a logarithmic axis a bar begins below one row.
  return training::run_gnuplot(
      folder, name,
      heading("Scores", "score", "rows") +
          fmt::format(
              "set style fill solid 0.6\nset boxwidth {:.6g}\nset logscale y\nset yrange [0.5:*]\n"
              "set arrow from {:.6g}, graph 0 to {:.6g}, graph 1 nohead lw 2 dt 2\n"
              "set label ' threshold' at {:.6g}, graph 0.95\n"
              "plot '{}.csv' every ::1 using ($1+$2)/2:3 with boxes lc rgb '#1f77b4' title 'normal', \\\n"
              "     '' every ::1 using ($1+$2)/2:4 with boxes lc rgb '#d62728' title 'anomaly'\n",
              width, threshold, threshold, threshold, name));
}

bool draw_roc(const std::string& folder, const std::string& name, const Tensor& scores,
              const Tensor& labels) {
  const std::string title = fmt::format("ROC, area {:.4f}", metrics::roc_auc(scores, labels));
  return draw_curve(folder, name, metrics::roc_curve(scores, labels),
                    heading(title, "false positive rate", "true positive rate") +
                        "set arrow from 0,0 to 1,1 nohead dt 2 lc rgb '#999999'\n",
                    "false_positive_rate,true_positive_rate");
}

bool draw_precision_recall(const std::string& folder, const std::string& name, const Tensor& scores,
                           const Tensor& labels) {
  const double area = metrics::average_precision(scores, labels);
  return draw_curve(folder, name, metrics::precision_recall_curve(scores, labels),
                    heading(fmt::format("Average precision {:.4f}", area), "recall", "precision"),
                    "recall,precision");
}

bool draw_columns(const std::string& folder, const std::string& name, const Detector& detector,
                  const data::Table& table) {
  const Tensor errors = detector.column_errors(table).contiguous(),
               found = detector.predict(table).contiguous();
  const auto places = detector.preprocessor().places();
  const std::int64_t n = errors.shape(0), c = errors.shape(1);
  std::string csv = "column,below,above\n";
  for (std::int64_t j = 0; j < c; ++j) {
    double sums[2] = {}, counts[2] = {};
    for (std::int64_t i = 0; i < n; ++i) {
      const double e = errors.data<double>()[i * c + j];
      const auto above = static_cast<std::size_t>(found.data<std::int64_t>()[i]);
      if (!std::isnan(e)) sums[above] += e, counts[above] += 1.0;
    }
    std::string column = places[static_cast<std::size_t>(j)].column;
    std::replace_if(
        column.begin(), column.end(), [](char ch) { return ch == ',' || ch == '"' || ch == '\n'; }, ' ');
    csv += fmt::format("{},{:.6g},{:.6g}\n", column, sums[0] / std::max(1.0, counts[0]),
                       sums[1] / std::max(1.0, counts[1]));
  }
  training::write_text(folder + "/" + name + ".csv", csv);
  return training::run_gnuplot(
      folder, name,
      heading("Errors by column", "", "mean error") +
          fmt::format(
              "set style data histograms\nset style fill solid 0.7\nset xtics rotate by -45 noenhanced\n"
              "set logscale y\n"
              "plot '{}.csv' every ::1 using 2:xtic(1) lc rgb '#1f77b4' title 'below the threshold', \\\n"
              "     '' every ::1 using 3 lc rgb '#d62728' title 'above it'\n",
              name));
}

}  // namespace hourglass::anomaly
