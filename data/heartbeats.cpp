#include <hourglass/data/heartbeats.h>
#include <hourglass/data/tables/csv.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/views.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>

namespace hourglass::data {

namespace {

struct Wave {
  double place, width, height;  // place and width as shares of the beat
};
constexpr std::array<Wave, 5> kWaves{{{0.20, 0.025, 0.15},
                                      {0.36, 0.012, -0.15},
                                      {0.40, 0.014, 1.3},
                                      {0.44, 0.012, -0.30},
                                      {0.68, 0.05, 0.35}}};
enum { kP, kQ, kR, kS, kT };

const std::vector<std::string>& kind_names() {
  static const std::vector<std::string> names{
      "", "normal", "early, without P wave", "wide QRS", "raised ST segment", "inverted T wave"};
  return names;
}

// A share in [0, 1) of the beat as a step.
std::int64_t step_at(double share, std::int64_t steps) {
  return static_cast<std::int64_t>(share * static_cast<double>(steps));
}

// Draws one beat; u: numbers in [−1, 1), 2 for the baseline, then 3 for each wave. `wrong` gets its steps.
void draw(std::int64_t kind, const double* u, std::int64_t steps, double* y, std::uint8_t* wrong) {
  std::array<Wave, 5> waves = kWaves;
  double raised = 0.0, begin = 1.0, end = 0.0;
  for (std::size_t w = 0; w < waves.size(); ++w) {
    waves[w].place += 0.008 * u[2 + 3 * w];
    waves[w].width *= 1.0 + 0.12 * u[3 + 3 * w];
    waves[w].height *= 1.0 + 0.12 * u[4 + 3 * w];
  }
  if (kind == 2) {
    waves[kP].height = 0.0, begin = 0.13, end = 0.48;
    for (std::size_t w = kQ; w <= kS; ++w) waves[w].place -= 0.07;
  } else if (kind == 3) {
    for (std::size_t w = kQ; w <= kS; ++w) waves[w].width *= 2.4;
    waves[kS].height *= 2.0, begin = 0.30, end = 0.52;
  } else if (kind == 4) {
    raised = 0.35, begin = 0.46, end = 0.66;
  } else if (kind == 5) {
    waves[kT].height *= -0.8, begin = 0.55, end = 0.82;
  }
  for (std::int64_t t = 0; t < steps; ++t) {
    const double at = static_cast<double>(t) / static_cast<double>(steps);
    y[t] = 0.05 * u[0] + 0.08 * u[1] * std::sin(3.0 * at);
    for (const Wave& w : waves) y[t] += w.height * std::exp(-0.5 * std::pow((at - w.place) / w.width, 2));
    y[t] += raised / (1.0 + std::exp(-60.0 * (at - 0.47))) / (1.0 + std::exp(60.0 * (at - 0.64)));
    wrong[t] = t >= step_at(begin, steps) && t < step_at(end, steps) ? 1 : 0;
  }
}

// To mean 0 and deviation 1.
void standardize(double* y, std::int64_t steps) {
  double mean = 0.0, squares = 0.0;
  const auto n = static_cast<double>(steps);
  for (std::int64_t t = 0; t < steps; ++t) mean += y[t] / n;
  for (std::int64_t t = 0; t < steps; ++t) squares += (y[t] - mean) * (y[t] - mean) / n;
  for (std::int64_t t = 0; t < steps; ++t) y[t] = (y[t] - mean) / std::sqrt(squares);
}

}  // namespace

Heartbeats drawn_heartbeats(const DrawnHeartbeatsOptions& o) {
  if (o.normal < 0 || o.abnormal < 0 || o.steps < 20)
    throw DataError(
        "drawn_heartbeats: needs 20 steps and no negative number of beats, got {} steps, {} and {} "
        "beats; 140 steps are usual",
        o.steps, o.normal, o.abnormal);
  constexpr std::int64_t kNumbers = 17;
  const std::int64_t n = o.normal + o.abnormal;
  Generator generator(o.seed, 0x6862);
  const Tensor u = uniform({n, kNumbers}, -1.0, 1.0, generator, float64),
               noise = normal({n, o.steps}, 0.0, 0.02, generator, float64), order = permutation(n, generator);
  Tensor x({n, o.steps}, float64);
  Heartbeats out{"drawn heartbeats", {}, Tensor({n}, int64), kind_names(), Tensor({n, o.steps}, uint8)};
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t place = order.data<std::int64_t>()[i], kind = place < o.normal ? 1 : 2 + place % 4;
    double* const y = x.mutable_data<double>() + i * o.steps;
    draw(kind, u.data<double>() + i * kNumbers, o.steps, y,
         out.wrong_steps.mutable_data<std::uint8_t>() + i * o.steps);
    for (std::int64_t t = 0; t < o.steps; ++t) y[t] += noise.data<double>()[i * o.steps + t];
    standardize(y, o.steps);
    out.labels.mutable_data<std::int64_t>()[i] = kind;
  }
  out.x = unsqueeze(x.to(float32), 2);
  return out;
}

Heartbeats read_heartbeats(const std::string& path) {
  const Table table = read_csv(path);
  if (!table.has("label") || table.columns().size() < 2)
    throw DataError(
        "read_heartbeats: {} has no column \"label\" beside those of the steps; name it so in the "
        "first line",
        path);
  return {std::filesystem::path(path).stem().string(),
          unsqueeze(table.drop({"label"}).to_tensor(), 2),
          reshape(table.select({"label"}).to_tensor(float64), {-1}).to(int64),
          {"", "normal"},
          Tensor(Shape{0}, uint8)};
}

Heartbeats heartbeats(const std::string& word) {
  if (word == "drawn") return drawn_heartbeats();
  if (!word.empty()) return read_heartbeats(word);
  const char* const folder = std::getenv("HOURGLASS_DATA_DIR");
  const std::string path = std::string(folder ? folder : "") + "/ecg5000/ecg5000_train.csv";
  return folder && std::filesystem::exists(path) ? read_heartbeats(path) : drawn_heartbeats();
}

}  // namespace hourglass::data
