#include <hourglass/optim/moving_average.h>
#include <hourglass/optim/optimizer.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/ops/factory.h>

#include <algorithm>
#include <optional>

namespace hourglass::optim {

namespace {

constexpr const char* kName = "ExponentialMovingAverage";
constexpr std::int64_t kGrain = 16384;

void expect_own_weights(bool swapped, const char* what) {
  if (swapped) throw DataError("{}: {} while the averages are swapped in; swap back first", kName, what);
}

// a ← a + rest (w − a)
template <class T>
void move_towards(T* average, const T* weights, std::int64_t n, double rest) {
  parallel_ranges(n, kGrain, [&](std::int64_t begin, std::int64_t end) {
    Piece<T> piece{average + begin, weights + begin, {}, 1, end - begin};
    for_each_element(piece, [part = T(rest)](T& a, T w) { a += part * (w - a); });
  });
}

}  // namespace

ExponentialMovingAverage::ExponentialMovingAverage(MovingAverageOptions options) : options_(options) {
  expect_fraction(kName, "momentum", options.momentum);
}

void ExponentialMovingAverage::update(std::span<const NamedParameter> parameters) {
  expect_own_weights(swapped_, "update");
  for (const NamedParameter& p : parameters) {
    if (averages_.contains(p.name)) (void)averages_.of(kName, p);  // throws before anything changes
  }
  for (const NamedParameter& p : parameters) {
    const Tensor weights = p.variable.value().contiguous();
    const bool is_new = !averages_.contains(p.name);
    Tensor& average = averages_.of(kName, p).front();
    if (is_new) {
      average = weights.clone();
      continue;
    }
    visit_floating(kName, weights.dtype(), [&]<class T>() {
      move_towards(average.mutable_data<T>(), weights.data<T>(), weights.size(), 1.0 - options_.momentum);
    });
  }
  ++updates_;
}

// NOLINTNEXTLINE(bugprone-exception-escape): it throws
void ExponentialMovingAverage::swap(std::span<const NamedParameter> parameters) {
  for (const NamedParameter& p : parameters) {
    if (!averages_.contains(p.name))
      throw DataError("{}: there is no average of \"{}\"; update() with it first", kName, p.name);
    (void)averages_.of(kName, p);
  }
  for (const NamedParameter& p : parameters) {
    Variable variable = p.variable;
    Tensor& average = averages_.of(kName, p).front();
    const Tensor weights = variable.value();
    variable.set_value(average);
    average = weights;
  }
  swapped_ = !swapped_;
}

WithAverages::~WithAverages() {
  try {
    average_.swap(parameters_);
  } catch (const Error&) {  // nothing was changed; a destructor cannot say so
    return;
  }
}

std::vector<NamedTensor> ExponentialMovingAverage::state() const {
  expect_own_weights(swapped_, "state");
  std::vector<NamedTensor> out{{"updates", full({}, static_cast<double>(updates_), int64)}};
  averages_.append_to(out);
  return out;
}

void ExponentialMovingAverage::set_state(std::span<const NamedTensor> state) {
  expect_own_weights(swapped_, "set_state");
  Slots averages({"average"});
  std::optional<double> updates;
  std::string wrong;
  for (const NamedTensor& entry : state) {
    if (entry.name == "updates" && entry.value.size() == 1) {
      updates = entry.value.item();
    } else if (!averages.take(entry)) {
      wrong += " \"" + entry.name + "\"";
    }
  }
  if (!updates) wrong += " (no \"updates\")";
  if (!wrong.empty())
    throw DataError("{}: this is not a state of a moving average:{}; take what state() of one gave", kName,
                    wrong);
  updates_ = static_cast<std::int64_t>(*updates);
  averages_ = std::move(averages);
}

}  // namespace hourglass::optim
