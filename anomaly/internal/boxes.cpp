#include <hourglass/anomaly/internal/boxes.h>
#include <hourglass/tensor/base/dispatch.h>

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <numeric>

namespace hourglass::anomaly::internal {

namespace {

constexpr std::int64_t kBox = 32;    // rows in a box, at most; a bit each
constexpr std::int64_t kGroup = 16;  // boxes that are asked together whether one of them is near
constexpr float kFar = std::numeric_limits<float>::infinity();

// out[j] = Σ_c max(low[c, j] - q[c], q[c] - high[c, j], 0)²: squared distances from q to boxes.
void to_boxes(const float* q, const float* low, const float* high, std::int64_t columns, std::int64_t boxes,
              float* out) {
  hourglass::detail::dispatch([=](auto /*set*/) mutable {
    std::fill_n(out, boxes, 0.0F);
    for (std::int64_t c = 0; c < columns; ++c, low += boxes, high += boxes) {
      for (std::int64_t j = 0; j < boxes; ++j) {
        const float below = low[j] - q[c], above = q[c] - high[j];
        const float off = below > above ? below : above, far = off > 0.0F ? off : 0.0F;
        out[j] += far * far;
      }
    }
  });
}

// out[i] = Σ_c (x[c, i] - q[c])²: squared distances from q to the rows of a box. Bit i of what is returned
// says whether it is at most `worst`.
std::uint32_t to_rows(const float* q, const float* x, std::int64_t columns, float worst, float* out) {
  return hourglass::detail::dispatch([=](auto /*set*/) mutable {
    std::fill_n(out, kBox, 0.0F);
    for (std::int64_t c = 0; c < columns; ++c, x += kBox) {
      for (std::int64_t i = 0; i < kBox; ++i) {
        const float off = x[i] - q[c];
        out[i] += off * off;
      }
    }
    std::uint32_t near = 0;
    for (std::int64_t i = 0; i < kBox; ++i) near |= out[i] <= worst ? std::uint32_t{1} << i : 0;
    return near;
  });
}

}  // namespace

Boxes::Boxes(const Tensor& given) : width_(given.shape(1)) {
  const Tensor rows = given.contiguous();
  const std::int64_t r = rows.shape(0);
  std::int64_t boxes = 1;
  while (boxes * kBox < r) boxes *= 2;
  padded_ = (boxes + kGroup - 1) / kGroup * kGroup;
  order_.resize(static_cast<std::size_t>(r));
  std::iota(order_.begin(), order_.end(), 0);
  low_.assign(static_cast<std::size_t>(width_ * padded_), kFar);
  high_ = low_;
  halve(0, r, boxes, rows.data<float>());
  starts_.push_back(r);
}

void Boxes::halve(std::int64_t begin, std::int64_t end, std::int64_t boxes, const float* rows) {
  if (boxes == 1) return fill(begin, end, rows);
  std::int64_t widest = 0;
  float most = -1.0F;
  for (std::int64_t c = 0; c < width_; ++c) {
    float low = kFar, high = -kFar;
    for (std::int64_t i = begin; i < end; ++i) {
      const float v = rows[order_[static_cast<std::size_t>(i)] * width_ + c];
      low = std::min(low, v), high = std::max(high, v);
    }
    if (high - low > most) most = high - low, widest = c;
  }
  const std::int64_t middle = begin + (end - begin) / 2;
  std::nth_element(
      order_.begin() + begin, order_.begin() + middle, order_.begin() + end,
      [&](std::int64_t a, std::int64_t b) { return rows[a * width_ + widest] < rows[b * width_ + widest]; });
  halve(begin, middle, boxes / 2, rows);
  halve(middle, end, boxes / 2, rows);
}

void Boxes::fill(std::int64_t begin, std::int64_t end, const float* rows) {
  const std::int64_t box = std::ssize(starts_);
  starts_.push_back(begin);
  rows_.resize(rows_.size() + static_cast<std::size_t>(width_ * kBox), kFar);
  float* column = rows_.data() + box * width_ * kBox;
  for (std::int64_t c = 0; c < width_; ++c, column += kBox) {
    for (std::int64_t i = begin; i < end; ++i)
      column[i - begin] = rows[order_[static_cast<std::size_t>(i)] * width_ + c];
    if (begin == end) continue;
    const auto [low, high] = std::minmax_element(column, column + (end - begin));
    low_[static_cast<std::size_t>(c * padded_ + box)] = *low;
    high_[static_cast<std::size_t>(c * padded_ + box)] = *high;
  }
}

void Boxes::scan(std::int64_t box, const float* q, Least& least, std::int64_t but) const {
  std::array<float, kBox> distances;
  std::uint32_t near =
      to_rows(q, rows_.data() + box * width_ * kBox, width_, least.worst(), distances.data());
  const std::int64_t begin = starts_[static_cast<std::size_t>(box)],
                     count = starts_[static_cast<std::size_t>(box + 1)] - begin;
  for (; near != 0; near &= near - 1) {
    const std::int64_t i = std::countr_zero(near);
    if (i >= count) break;  // what fills the box up is infinitely far, but so may others be
    const std::int64_t row = order_[static_cast<std::size_t>(begin + i)];
    if (row != but) least.offer(distances[static_cast<std::size_t>(i)], row);
  }
}

// The nearest box first, for a k-th row that is near from the start; then the others as they lie.
void Boxes::search(const float* q, Least& least, std::int64_t but, float* room) const {
  to_boxes(q, low_.data(), high_.data(), width_, padded_, room);
  const std::int64_t boxes = std::ssize(starts_) - 1, first = std::min_element(room, room + boxes) - room;
  scan(first, q, least, but);
  for (std::int64_t j = 0; j < boxes; j += kGroup) {
    if (!any_up_to(room + j, kGroup, least.worst())) continue;
    for (std::int64_t box = j; box < std::min(boxes, j + kGroup); ++box) {
      if (box != first && room[box] <= least.worst()) scan(box, q, least, but);
    }
  }
}

}  // namespace hourglass::anomaly::internal
