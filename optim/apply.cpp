#include <hourglass/optim/apply.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/ops/product_tiles.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <variant>

namespace hourglass::optim {

namespace {

constexpr std::int64_t kStretch = 16384;  // elements of a parameter that one task updates

// One parameter, its gradient or the product that it is, and its share of the tasks.
struct Work {
  Tensor gradient;
  std::optional<ProductTiles> product;
  std::variant<Piece<float>, Piece<double>> whole;
  std::size_t slots;
  double rate;
  std::int64_t first_task, tasks;
};

Work work_on(const char* who, Update& update, std::int64_t first_task) {
  if (!update.variable.value().is_contiguous()) update.variable.set_value(update.variable.value().clone());
  Tensor& value = update.variable.mutable_value();
  Work work{{}, {}, {}, update.slots.size(), update.rate, first_task, 0};
  if (const Unmultiplied* const product = update.variable.node()->gradient.product()) {
    work.product.emplace(product->a, product->b);
    work.tasks = work.product->blocks();
  } else {
    work.gradient = update.variable.gradient()->value().contiguous();
    work.tasks = (value.size() + kStretch - 1) / kStretch;
  }
  visit_floating(who, value.dtype(), [&]<class T>() {
    Piece<T> whole{
        value.mutable_data<T>(), work.product ? nullptr : work.gradient.data<T>(), {}, 1, value.size()};
    if (work.product) whole.stride = value.shape(1);
    for (std::size_t s = 0; s < work.slots; ++s) whole.slots[s] = update.slots[s].mutable_data<T>();
    work.whole = whole;
  });
  value.storage().mark_changed(who);
  return work;
}

// A stretch of a parameter whose gradient is there. Returns whether what came out is finite.
template <class T, class F>
bool update_stretch(const Work& work, Piece<T> piece, std::int64_t task, const F& formula) {
  const std::int64_t at = task * kStretch;
  piece.columns = std::min(kStretch, piece.columns - at);
  piece.value += at;
  piece.gradient += at;
  for (T*& slot : std::span(piece.slots, work.slots)) slot += at;
  return formula(piece, work.rate);
}

// A block of a matrix whose gradient is multiplied here.
template <class F>
bool update_block(const Work& work, const Piece<float>& whole, std::int64_t task, const F& formula) {
  bool finite = true;
  const ProductTiles::Beside read{
      {whole.value, whole.slots[0], whole.slots[1], whole.slots[2]}, work.slots + 1, whole.stride};
  work.product->for_each_tile(task, read, [&](const ProductTiles::Tile& tile) {
    const std::int64_t at = tile.row * whole.stride + tile.column;
    Piece<float> piece{whole.value + at, tile.elements, {},         tile.rows,
                       tile.columns,     whole.stride,  tile.stride};
    for (std::size_t s = 0; s < work.slots; ++s) piece.slots[s] = whole.slots[s] + at;
    finite = formula(piece, work.rate) && finite;
  });
  return finite;
}

bool run_task(const Work& work, std::int64_t task, const Formulas& formulas) {
  if (const auto* const piece = std::get_if<Piece<double>>(&work.whole))
    return update_stretch(work, *piece, task, formulas.of_double);
  const auto& piece = std::get<Piece<float>>(work.whole);
  if (work.product) return update_block(work, piece, task, formulas.of_float);
  return update_stretch(work, piece, task, formulas.of_float);
}

[[noreturn]] void throw_not_finite(const char* who, const Update& update) {
  throw NotFiniteError(
      "{}: the step at learning rate {} made parameter \"{}\" {} infinite or nan; all parameters are "
      "changed, so go back to a saved state, and try a lower rate, .clipping, or an hg::Trace around forward "
      "and backward, which names the op that made the first such number",
      who, update.rate, update.name, update.variable.shape());
}

}  // namespace

void apply(const char* who, std::span<Update> updates, const Formulas& formulas) {
  std::vector<Work> works;
  works.reserve(updates.size());
  std::int64_t tasks = 0;
  for (Update& update : updates) {
    works.push_back(work_on(who, update, tasks));
    tasks += works.back().tasks;
  }
  std::atomic<std::size_t> first_broken{works.size()};
  parallel_for(tasks, [&](std::int64_t task) {
    const auto after = std::upper_bound(works.begin(), works.end(), task,
                                        [](std::int64_t t, const Work& w) { return t < w.first_task; });
    const Work& work = *std::prev(after);
    if (run_task(work, task - work.first_task, formulas)) return;
    const auto index = static_cast<std::size_t>(&work - works.data());
    std::size_t known = first_broken.load();
    while (index < known && !first_broken.compare_exchange_weak(known, index)) {
    }
  });
  if (first_broken < works.size()) throw_not_finite(who, updates[first_broken]);
}

bool takes_product(const Tensor& kernel) {
  // Where it is too large for L2, so that the update waits for memory.
  constexpr std::int64_t kLarge = std::int64_t{1} << 17;
  return kernel.dtype() == float32 && kernel.size() >= kLarge && ProductTiles::is_worth_it();
}

void multiply_if_read(std::span<const NamedParameter> parameters) {
  const auto is_read = [&](const Unmultiplied& product) {
    return std::any_of(parameters.begin(), parameters.end(),
                       [&](const NamedParameter& p) { return p.variable.value().shares_storage(product.a); });
  };
  for (const NamedParameter& p : parameters) {
    const Unmultiplied* const product = p.variable.node()->gradient.product();
    if (product && is_read(*product)) (void)p.variable.gradient();
  }
}

}  // namespace hourglass::optim
