#include <hourglass/autoencoders/plots.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/training/gnuplot.h>
#include <hourglass/training/history.h>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <vector>

namespace hourglass::autoencoders {

namespace {

std::string labels(const PlotText& text) {
  return "set title " + training::quoted(text.title) + " noenhanced\nset xlabel " +
         training::quoted(text.x_label) + "\nset ylabel " + training::quoted(text.y_label) + "\n";
}

}  // namespace

bool draw_histogram(const std::string& folder, const std::string& name, const PlotText& text,
                    const Tensor& values, int bins) {
  if (values.size() == 0 || bins < 1) {
    throw DataError(
        "draw_histogram: needs at least one value and one bin, got {} values and {} bins; 50 bins are the "
        "default",
        values.size(), bins);
  }
  const Tensor v = values.to(float64).contiguous();
  const double low = min(v).item(), high = max(v).item(), width = std::max(high - low, 1e-12) / bins;
  std::vector<std::int64_t> counts(static_cast<std::size_t>(bins));
  for (std::int64_t i = 0; i < v.size(); ++i) {
    const auto bin = static_cast<int>((v.data<double>()[i] - low) / width);
    ++counts[static_cast<std::size_t>(std::clamp(bin, 0, bins - 1))];
  }
  std::string csv = "from,to,count\n";
  for (int i = 0; i < bins; ++i) {
    csv += fmt::format("{:.6g},{:.6g},{}\n", low + i * width, low + (i + 1) * width,
                       counts[static_cast<std::size_t>(i)]);
  }
  training::write_text(folder + "/" + name + ".csv", csv);
  return training::run_gnuplot(
      folder, name,
      labels(text) + "set grid y\nset style fill solid 0.8\nunset key\nset yrange [0:*]\n" +
          fmt::format("set xrange [{:.6g}:{:.6g}]\nset boxwidth {:.6g}\n"
                      "plot '{}.csv' every ::1 using ($1+$2)/2:3 with boxes lc rgb '#1f77b4'\n",
                      low - width, low + (bins + 1) * width, width, name));
}

bool draw_scatter(const std::string& folder, const std::string& name, const PlotText& text,
                  const Tensor& points, const Tensor& point_labels, const std::vector<std::string>& names) {
  if (points.rank() != 2 || points.shape(1) != 2 || point_labels.shape() != Shape{points.shape(0)}) {
    throw ShapeError(
        "draw_scatter: needs points (N, 2) and labels (N,), got {} and {}; take(codes, axes, 1) picks two "
        "axes",
        points.shape(), point_labels.shape());
  }
  constexpr const char* kColours[] = {"#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd",
                                      "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf"};
  const Tensor at = points.to(float64).contiguous(), of = point_labels.to(int64).contiguous();
  std::string csv = "x,y,label\n";
  for (std::int64_t i = 0; i < of.size(); ++i) {
    csv += fmt::format("{:.5g},{:.5g},{}\n", at.data<double>()[2 * i], at.data<double>()[2 * i + 1],
                       of.data<std::int64_t>()[i]);
  }
  training::write_text(folder + "/" + name + ".csv", csv);
  std::string commands = labels(text) + "set size ratio -1\nset grid\nset key outside right\nplot ";
  std::size_t drawn = 0;
  for (const std::int64_t label :
       std::set<std::int64_t>(of.data<std::int64_t>(), of.data<std::int64_t>() + of.size())) {
    const bool named = label >= 0 && label < std::ssize(names);
    const std::string title = named ? names[static_cast<std::size_t>(label)] : std::to_string(label);
    commands += fmt::format(
        "{}'{}.csv' every ::1 using 1:($3=={} ? $2 : NaN) with points pt 7 ps 0.4 lc rgb '{}' title {} "
        "noenhanced",
        drawn > 0 ? ", \\\n     " : "", name, label, kColours[drawn % std::size(kColours)],
        training::quoted(title));
    ++drawn;
  }
  return training::run_gnuplot(folder, name, commands + "\n", "800,700");
}

}  // namespace hourglass::autoencoders
