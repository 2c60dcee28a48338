#include <hourglass/files/internal/keras/dims.h>

#include <algorithm>
#include <array>
#include <optional>

namespace hourglass::files::keras {

namespace {

void expect_rank(const Fields& fields, const Dims& input, std::size_t rank) {
  if (input.size() != rank)
    fields.refuse("it takes inputs with " + std::to_string(rank) + " axes beside the batch, not " +
                  text(input));
}

// What is beyond any extent that is allowed stays there.
std::int64_t times(std::int64_t n, std::int64_t factor) {
  constexpr std::int64_t kTooMany = std::int64_t{1} << 50;
  std::int64_t out = 0;
  return __builtin_mul_overflow(n, factor, &out) ? kTooMany : std::min(out, kTooMany);
}

struct Along {  // one axis of a convolution or a pool
  std::int64_t window, stride, dilation = 1;
};

std::int64_t windows(std::int64_t n, Along a, bool same) {
  if (n == kUnknown) return n;
  return same ? (n - 1) / a.stride + 1
              : std::max<std::int64_t>((n - (a.window - 1) * a.dilation - 1) / a.stride + 1, 0);
}

bool is_same(const Fields& fields) { return fields.text("padding", "valid") == "same"; }

Dims conv(const Fields& fields, const Dims& input, std::int64_t channels) {
  expect_rank(fields, input, 3);
  const Extent2 kernel = fields.pair("kernel_size", 1), stride = fields.pair("strides", 1),
                dilation = fields.pair("dilation_rate", 1);
  const bool same = is_same(fields);
  return {windows(input[0], {kernel.rows, stride.rows, dilation.rows}, same),
          windows(input[1], {kernel.columns, stride.columns, dilation.columns}, same), channels};
}

Dims conv_2d(const Fields& fields, const Dims& input) {
  return conv(fields, input, fields.integer("filters", 1));
}

Dims depthwise(const Fields& fields, const Dims& input) {
  expect_rank(fields, input, 3);
  const std::int64_t multiplier = fields.integer("depth_multiplier", 1);
  return conv(fields, input, input[2] == kUnknown ? kUnknown : times(input[2], multiplier));
}

Dims conv_1d(const Fields& fields, const Dims& input) {
  expect_rank(fields, input, 2);
  const Along a{fields.single("kernel_size", 1), fields.single("strides", 1),
                fields.single("dilation_rate", 1)};
  return {windows(input[0], a, is_same(fields)), fields.integer("filters", 1)};
}

// What a transposed convolution makes of an extent; `more` is its output_padding.
std::int64_t transposed(std::int64_t n, Along a, bool same, std::optional<std::int64_t> more) {
  const std::int64_t reach = (a.window - 1) * a.dilation + 1;
  if (n == kUnknown) return n;
  if (more) return times(n - 1, a.stride) + reach - 2 * (same ? reach / 2 : 0) + *more;
  return times(n, a.stride) + (same ? 0 : std::max<std::int64_t>(reach - a.stride, 0));
}

Dims conv_1d_transpose(const Fields& fields, const Dims& input) {
  expect_rank(fields, input, 2);
  const Along a{fields.single("kernel_size", 1), fields.single("strides", 1),
                fields.single("dilation_rate", 1)};
  std::optional<std::int64_t> more;
  if (fields.find("output_padding")) more = fields.single("output_padding", 0, 0);
  return {transposed(input[0], a, is_same(fields), more), fields.integer("filters", 1)};
}

Dims pool_1d(const Fields& fields, const Dims& input) {
  expect_rank(fields, input, 2);
  const std::int64_t window = fields.single("pool_size", 2);
  return {windows(input[0], {window, fields.single("strides", window)}, is_same(fields)), input[1]};
}

Dims upsampled_1d(const Fields& fields, const Dims& input) {
  expect_rank(fields, input, 2);
  return {input[0] == kUnknown ? kUnknown : times(input[0], fields.single("size", 2)), input[1]};
}

Dims conv_transpose(const Fields& fields, const Dims& input) {
  expect_rank(fields, input, 3);
  const Extent2 kernel = fields.pair("kernel_size", 1), stride = fields.pair("strides", 1),
                dilation = fields.pair("dilation_rate", 1);
  const bool same = is_same(fields), has_more = fields.find("output_padding") != nullptr;
  const Extent2 more = fields.pair("output_padding", 0, 0);
  const auto length = [&](std::int64_t n, Along a, std::int64_t extra) {
    return transposed(n, a, same, has_more ? std::optional(extra) : std::nullopt);
  };
  return {length(input[0], {kernel.rows, stride.rows, dilation.rows}, more.rows),
          length(input[1], {kernel.columns, stride.columns, dilation.columns}, more.columns),
          fields.integer("filters", 1)};
}

Dims pool(const Fields& fields, const Dims& input) {
  expect_rank(fields, input, 3);
  const Extent2 window = fields.pair("pool_size", 2), stride = fields.pair("strides", window);
  const bool same = is_same(fields);
  return {windows(input[0], {window.rows, stride.rows}, same),
          windows(input[1], {window.columns, stride.columns}, same), input[2]};
}

Dims global_pool(const Fields& fields, const Dims& input) {
  expect_rank(fields, input, 3);
  return fields.boolean("keepdims", false) ? Dims{1, 1, input[2]} : Dims{input[2]};
}

Dims upsampled(const Fields& fields, const Dims& input) {
  expect_rank(fields, input, 3);
  const Extent2 size = fields.pair("size", 2);
  const auto larger = [](std::int64_t n, std::int64_t factor) {
    return n == kUnknown ? n : times(n, factor);
  };
  return {larger(input[0], size.rows), larger(input[1], size.columns), input[2]};
}

Dims with_edges(const Fields& fields, const Dims& input, const char* name, std::int64_t sign) {
  expect_rank(fields, input, 3);
  const auto [top, bottom, left, right] = fields.edges(name);
  const auto changed = [&](std::int64_t n, std::int64_t by) { return n == kUnknown ? n : n + sign * by; };
  return {changed(input[0], top + bottom), changed(input[1], left + right), input[2]};
}
Dims padded(const Fields& fields, const Dims& input) { return with_edges(fields, input, "padding", 1); }
Dims cropped(const Fields& fields, const Dims& input) { return with_edges(fields, input, "cropping", -1); }

Dims dense(const Fields& fields, const Dims& input) {
  if (input.empty()) fields.refuse("it takes inputs with an axis beside the batch");
  Dims out = input;
  out.back() = fields.integer("units", 1);
  return out;
}

Dims embedding(const Fields& fields, const Dims& input) {
  Dims out = input;
  out.push_back(fields.integer("output_dim", 1));
  return out;
}

Dims recurrent(const Fields& fields, const Dims& input) {
  expect_rank(fields, input, 2);
  const std::int64_t units = fields.integer("units", 1);
  return fields.boolean("return_sequences", false) ? Dims{input[0], units} : Dims{units};
}

Dims repeated(const Fields& fields, const Dims& input) {
  expect_rank(fields, input, 1);
  return {fields.integer("n", 1), input[0]};
}

Dims flat(const Fields& fields, const Dims& input) { return {product(fields, input)}; }

Dims reshaped(const Fields& fields, const Dims& input) {
  const Json* const target = fields.find("target_shape");
  if (!target || !target->is_array() || target->size() >= kMaxRank) fields.refuse("it has no target_shape");
  Dims out;
  for (const Json& n : *target) {
    const bool is_free = n.is_number_integer() && n == -1;
    out.push_back(is_free ? kUnknown : fields.dims(Json::array({n}), false).front());
  }
  const auto free = std::find(out.begin(), out.end(), kUnknown);
  const std::int64_t all = product(fields, input);
  if (all == kUnknown) return out;
  std::int64_t others = 1;
  if (free != out.end()) *free = 1;
  others = product(fields, out);
  if (others == kUnknown || all % others != 0 || (free == out.end() && all != others))
    fields.refuse("it cannot make " + text(out) + " of " + text(input));
  if (free != out.end()) *free = all / others;
  return out;
}

Dims permuted(const Fields& fields, const Dims& input) {
  const Json* const order = fields.find("dims");
  if (!order || !order->is_array() || order->size() != input.size())
    fields.refuse("its dims do not fit the input");
  Dims out;
  for (const Json& n : *order) {
    const std::int64_t axis = fields.dims(Json::array({n}), false).front();
    if (axis < 1 || axis > std::ssize(input)) fields.refuse("its dims do not fit the input");
    out.push_back(input[static_cast<std::size_t>(axis - 1)]);
  }
  return out;
}

struct Rule {
  const char* type;
  Dims (*output)(const Fields& fields, const Dims& input);
};
constexpr auto kRules = std::to_array<Rule>({{"Dense", dense},
                                             {"Conv2D", conv_2d},
                                             {"Conv1D", conv_1d},
                                             {"Conv2DTranspose", conv_transpose},
                                             {"DepthwiseConv2D", depthwise},
                                             {"MaxPooling2D", pool},
                                             {"AveragePooling2D", pool},
                                             {"GlobalAveragePooling2D", global_pool},
                                             {"UpSampling2D", upsampled},
                                             {"ZeroPadding2D", padded},
                                             {"Cropping2D", cropped},
                                             {"Embedding", embedding},
                                             {"LSTM", recurrent},
                                             {"GRU", recurrent},
                                             {"Conv1DTranspose", conv_1d_transpose},
                                             {"MaxPooling1D", pool_1d},
                                             {"AveragePooling1D", pool_1d},
                                             {"UpSampling1D", upsampled_1d},
                                             {"RepeatVector", repeated},
                                             {"Flatten", flat},
                                             {"Reshape", reshaped},
                                             {"Permute", permuted}});

}  // namespace

std::int64_t product(const Fields& fields, const Dims& dims) {
  constexpr std::int64_t kMost = std::int64_t{1} << 50;
  std::int64_t out = 1;
  for (const std::int64_t n : dims) {
    if (n == kUnknown) return kUnknown;
    if (__builtin_mul_overflow(out, n, &out) || out > kMost) fields.refuse("its input has too many elements");
  }
  return out;
}

Dims output_dims(const std::string& type, const Fields& fields, const Dims& input) {
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  const auto* const rule =
      std::find_if(kRules.begin(), kRules.end(), [&](const Rule& r) { return type == r.type; });
  Dims out = rule == kRules.end() ? input : rule->output(fields, input);
  for (const std::int64_t n : out) {
    if (n != kUnknown && (n < 1 || n > kMost))
      fields.refuse("it makes an output " + text(out) + " of an input " + text(input));
  }
  return out;
}

}  // namespace hourglass::files::keras
