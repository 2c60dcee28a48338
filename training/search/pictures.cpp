#include <hourglass/data/tables/csv.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/training/gnuplot.h>
#include <hourglass/training/search/pictures.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace hourglass::training {

namespace {

struct Picture {
  std::string file;       // the table, as seen from the folder
  std::size_t y, status;  // its columns, as gnuplot counts: from 1
};

// The watched figure against `x`, an expression of gnuplot's.
std::string plot(const Picture& p, const std::string& x) {
  const auto points = [&](const char* which, const char* style) {
    return fmt::format("{} every ::1 using ({}):(strcol({}) eq '{}' ? ${} : NaN) with points {}",
                       quoted(p.file), x, p.status, which, p.y, style);
  };
  return "plot " + points("finished", "pt 7 ps 0.9 lc rgb '#1f77b4'") + ", \\\n     " +
         points("stopped", "pt 6 ps 0.9 lc rgb '#888888'");
}

// The best figure of the trials so far, as a block of data.
std::string best_so_far(const SearchResult& result) {
  std::string out = "$best << EOD\n";
  std::optional<double> best;
  for (const TrialRecord& t : result.trials) {
    const auto figure = t.find(result.monitor.name);
    if (t.status == TrialStatus::finished && figure)
      best = result.monitor.maximize ? std::max(best.value_or(*figure), *figure)
                                     : std::min(best.value_or(*figure), *figure);
    if (best) out += fmt::format("{},{}\n", t.number(), *best);
  }
  return out + "EOD\n";
}

// Values of a list stand side by side, with their names below, and others where they are.
std::string axis_panel(const Picture& p, const Axis& axis, std::size_t number) {
  std::string out = fmt::format("set title {} noenhanced\n", quoted(axis.name()));
  if (!axis.is_list()) {
    if (axis.is_log()) out += "set logscale x\n";
    return out + fmt::format("set xrange [{}:{}]\nset xtics autofreq\n", axis.low(), axis.high()) +
           plot(p, fmt::format("${}", number)) + "\nunset logscale x\n";
  }
  std::string place = "NaN", tics;
  for (std::size_t i = axis.list().size(); i-- > 0;) {
    const std::string text = quoted(plain_text(axis.list()[i]));
    place = fmt::format("strcol({}) eq {} ? {} : {}", number, text, i, place);
    tics = fmt::format("{} {}{}{}", text, i, tics.empty() ? "" : ", ", tics);
  }
  return out + fmt::format("set xrange [-0.5:{}.5]\nset xtics ({})\n", axis.list().size() - 1, tics) +
         plot(p, place) + "\n";
}

}  // namespace

bool draw_trials(const std::string& folder, const std::string& name, const SearchResult& result) {
  static_cast<void>(result.best());
  const data::Table table = result.table();
  data::write_csv(folder + "/" + name + ".csv", table);
  // trial, the axes, the figures; status, epochs_done, seconds, error.
  const std::size_t axes = result.axes.size();
  const std::vector<std::string> names = table.names();
  const auto is_watched = [&](const std::string& column) {
    return column == result.monitor.name || column == result.monitor.name + "_";
  };
  const auto watched = std::find_if(names.begin() + 1 + std::ssize(result.axes), names.end(), is_watched);
  const Picture p{name + ".csv", static_cast<std::size_t>(watched - names.begin()) + 1, names.size() - 3};
  double least = HUGE_VAL, most = -HUGE_VAL;
  for (const TrialRecord& t : result.trials) {
    const double figure = t.find(result.monitor.name).value_or(NAN);
    if (t.status != TrialStatus::failed) least = std::min(least, figure), most = std::max(most, figure);
  }
  const std::size_t columns = std::min<std::size_t>(3, axes + 1), rows = (axes + columns) / columns;
  std::string script = best_so_far(result) + fmt::format("set multiplot layout {},{}\n", rows, columns);
  script += "set key off\nset grid\nset ylabel " + quoted(result.monitor.name) + " noenhanced\n";
  if (least > 0.0 && most > 10.0 * least) script += "set logscale y\n";
  script += "set title 'trial, and the best so far'\n" + plot(p, "$1") +
            ", \\\n     $best using 1:2 with steps lw 2 lc rgb '#d62728'\n";
  for (std::size_t i = 0; i < axes; ++i) script += axis_panel(p, result.axes[i], 2 + i);
  return run_gnuplot(folder, name, script + "unset multiplot\n",
                     fmt::format("{},{}", 380 * columns, 320 * rows));
}

}  // namespace hourglass::training
