#include <hourglass/data/dataset.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/philox.h>
#include <hourglass/tensor/base/threads.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace hourglass::data {

namespace {

struct Point {
  float x, y;
};
using Stroke = std::vector<Point>;

constexpr std::int64_t kSide = 28;
constexpr float kHalfHeight = 10.0F;  // pixels from the middle of a digit of size 1 to its top
constexpr int kPerPoint = 5;          // straight pieces between two control points
constexpr std::int64_t kFactors = 5;

// Control points of each digit: x to the right, y upward, one unit from the middle to the top.
const std::array<std::vector<Stroke>, 10> kDigits{{
    {{{0, 1},
      {-.42F, .65F},
      {-.52F, 0},
      {-.42F, -.65F},
      {0, -1},
      {.42F, -.65F},
      {.52F, 0},
      {.42F, .65F},
      {0, 1}}},
    {{{-.28F, .62F}, {.05F, 1}}, {{.05F, 1}, {.04F, 0}, {.05F, -1}}},
    {{{-.45F, .55F}, {-.25F, .92F}, {.15F, .98F}, {.45F, .65F}, {.35F, .2F}, {-.05F, -.4F}, {-.5F, -.95F}},
     {{-.5F, -.95F}, {0, -.9F}, {.52F, -.95F}}},
    {{{-.42F, .75F}, {0, 1}, {.4F, .7F}, {.3F, .25F}, {-.08F, .05F}},
     {{-.08F, .05F}, {.38F, -.15F}, {.45F, -.6F}, {.05F, -1}, {-.45F, -.75F}}},
    {{{-.1F, 1}, {-.3F, .4F}, {-.5F, -.15F}},
     {{-.5F, -.15F}, {0, -.2F}, {.52F, -.15F}},
     {{.28F, .6F}, {.25F, -.2F}, {.22F, -1}}},
    {{{.42F, .95F}, {-.3F, .92F}},
     {{-.3F, .92F}, {-.38F, .2F}},
     {{-.38F, .2F}, {.05F, .32F}, {.42F, 0}, {.4F, -.6F}, {0, -.98F}, {-.45F, -.75F}}},
    {{{.3F, .98F},
      {-.1F, .65F},
      {-.42F, 0},
      {-.42F, -.6F},
      {0, -1},
      {.4F, -.65F},
      {.35F, -.15F},
      {0, .05F},
      {-.38F, -.3F}}},
    {{{-.45F, .9F}, {0, .93F}, {.48F, .9F}}, {{.48F, .9F}, {.1F, .1F}, {-.12F, -1}}},
    {{{0, .08F}, {-.36F, .4F}, {-.25F, .85F}, {.05F, 1}, {.34F, .8F}, {.32F, .4F}, {0, .08F}},
     {{0, .08F}, {-.4F, -.3F}, {-.38F, -.75F}, {0, -1}, {.4F, -.75F}, {.42F, -.3F}, {0, .08F}}},
    {{{.35F, .6F}, {.1F, .98F}, {-.28F, .85F}, {-.4F, .45F}, {-.15F, .1F}, {.22F, .25F}, {.35F, .6F}},
     {{.37F, .7F}, {.33F, 0}, {.15F, -1}}},
}};

// A smooth curve through the points (Catmull & Rom 1974), t from 0 to 1 between p1 and p2.
Point between(Point p0, Point p1, Point p2, Point p3, float t) {
  const auto blend = [t](float a, float b, float c, float d) {
    return 0.5F * (2 * b + t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))));
  };
  return {blend(p0.x, p1.x, p2.x, p3.x), blend(p0.y, p1.y, p2.y, p3.y)};
}

struct Factors {
  float slant, thickness, size, shift_x, shift_y;
};

Point placed(Point p, const Factors& f) {  // to pixels, y downward
  const float scale = kHalfHeight * f.size;
  constexpr float kMiddle = 0.5F * (kSide - 1);
  return {kMiddle + f.shift_x + scale * (p.x + f.slant * p.y), kMiddle + f.shift_y - scale * p.y};
}

// Ink falls off over one pixel at the edge of the pen: ½ thickness + ½ − distance, between 0 and 1.
void draw_piece(Point a, Point b, float thickness, float* ink) {
  const float reach = 0.5F * thickness + 0.5F;
  const auto first = [&](float u, float v) {
    return std::max<std::int64_t>(0, static_cast<std::int64_t>(std::floor(std::min(u, v) - reach)));
  };
  const auto last = [&](float u, float v) {
    return std::min<std::int64_t>(kSide - 1, static_cast<std::int64_t>(std::ceil(std::max(u, v) + reach)));
  };
  const float dx = b.x - a.x, dy = b.y - a.y, length = std::max(dx * dx + dy * dy, 1e-12F);
  for (std::int64_t y = first(a.y, b.y); y <= last(a.y, b.y); ++y) {
    for (std::int64_t x = first(a.x, b.x); x <= last(a.x, b.x); ++x) {
      const float px = static_cast<float>(x) - a.x, py = static_cast<float>(y) - a.y;
      const float along = std::clamp((px * dx + py * dy) / length, 0.0F, 1.0F);
      const float ex = px - along * dx, ey = py - along * dy;
      float& at = ink[y * kSide + x];
      at = std::max(at, std::min(reach - std::sqrt(ex * ex + ey * ey), 1.0F));
    }
  }
}

void draw(int digit, const Factors& f, const float* wobble, std::uint8_t* image) {
  std::array<float, kSide * kSide> ink{};
  for (const Stroke& stroke : kDigits.at(static_cast<std::size_t>(digit))) {
    std::vector<Point> points;
    for (const Point p : stroke) {
      points.push_back(placed({p.x + 0.045F * wobble[0], p.y + 0.045F * wobble[1]}, f));
      wobble += 2;
    }
    const bool closed = stroke.front().x == stroke.back().x && stroke.front().y == stroke.back().y;
    if (closed) points.back() = points.front();
    const auto n = static_cast<int>(points.size());
    const auto at = [&](int i) {
      const int wrapped = closed ? (i + n - 1) % (n - 1) : std::clamp(i, 0, n - 1);
      return points[static_cast<std::size_t>(wrapped)];
    };
    for (int i = 0; i + 1 < n; ++i) {
      Point from = at(i);
      for (int k = 1; k <= kPerPoint; ++k) {
        const Point to = between(at(i - 1), at(i), at(i + 1), at(i + 2), static_cast<float>(k) / kPerPoint);
        draw_piece(from, to, f.thickness, ink.data());
        from = to;
      }
    }
  }
  for (std::size_t i = 0; i < ink.size(); ++i) {
    const float level = 255.0F * ink[i] + 0.5F;
    image[i] = static_cast<std::uint8_t>(level);
  }
}

constexpr std::int64_t kNormals = 64;  // for each image: 5 for the factors, the rest for the points' wobble

Dataset drawn(std::int64_t n, std::uint64_t seed, std::uint64_t stream) {
  if (n < 0) throw DataError("strokes: the number of images must not be negative, got {}; 0 draws none", n);
  Dataset out{Tensor(Shape{n, kSide, kSide}, uint8), Tensor(Shape{n}, int64),
              Tensor(Shape{n, kFactors}, float32)};
  std::uint8_t* const images = out.images.mutable_data<std::uint8_t>();
  std::int64_t* const labels = out.labels.mutable_data<std::int64_t>();
  float* const factors = out.factors.mutable_data<float>();
  parallel_ranges(n, 256, [&](std::int64_t begin, std::int64_t end) {
    std::array<float, kNormals> z{};
    for (std::int64_t i = begin; i < end; ++i) {
      fill_normal(z.data(), i * kNormals, kNormals, seed, 2 * stream);
      const int digit = static_cast<int>(random_below(10, seed, 2 * stream + 1, i));
      const Factors f{std::clamp(0.12F + 0.18F * z[0], -0.4F, 0.6F),
                      std::clamp(2.3F + 0.5F * z[1], 1.2F, 3.8F), std::clamp(1.0F + 0.07F * z[2], 0.8F, 1.2F),
                      std::clamp(0.7F * z[3], -2.0F, 2.0F), std::clamp(0.5F * z[4], -1.5F, 1.5F)};
      labels[i] = digit;
      const std::array<float, kFactors> row{f.slant, f.thickness, f.size, f.shift_x, f.shift_y};
      std::copy(row.begin(), row.end(), factors + i * kFactors);
      draw(digit, f, z.data() + kFactors, images + i * kSide * kSide);
    }
  });
  return out;
}

}  // namespace

DataSplit strokes(StrokesOptions options) {
  return {"strokes", drawn(options.train, options.seed, 101), drawn(options.test, options.seed, 102)};
}

}  // namespace hourglass::data
