#include <hourglass/tensor.h>
#include <hourglass/tensor/base/memory.h>
#include <hourglass/tensor/base/threads.h>

#include <support/expect_error.h>

#include <array>
#include <cstdlib>
#include <functional>
#include <limits>
#include <thread>

// Numbers that no caller should give: whatever they are, an error of the library comes back, and soon.
namespace hourglass {
namespace {

constexpr std::int64_t kHuge = std::int64_t{1} << 62, kLeast = std::numeric_limits<std::int64_t>::min(),
                       kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::array kAbsurd{
    kLeast, -kHuge, std::int64_t{-1}, std::int64_t{0}, std::int64_t{1} << 31, std::int64_t{1} << 40,
    kHuge,  kMost};

// What is too large is so on every machine.
struct Limited {
  Limited() { memory::set_limit(std::int64_t{1} << 30); }
  ~Limited() { memory::set_limit(0); }
};

// One field of the options of a windowed op.
struct Field {
  const char* name;
  void (*set)(Conv2DOptions& o, std::int64_t n);
  bool of_pooling;
};
constexpr std::array<Field, 8> kFields{{
    {"stride", [](Conv2DOptions& o, std::int64_t n) { o.stride = n; }, true},
    {"stride.rows", [](Conv2DOptions& o, std::int64_t n) { o.stride.rows = n; }, true},
    {"dilation", [](Conv2DOptions& o, std::int64_t n) { o.dilation = n; }, false},
    {"dilation.columns", [](Conv2DOptions& o, std::int64_t n) { o.dilation.columns = n; }, false},
    {"groups", [](Conv2DOptions& o, std::int64_t n) { o.groups = n; }, false},
    {"padding", [](Conv2DOptions& o, std::int64_t n) { o.padding = n; }, true},
    {"padding.top",
     [](Conv2DOptions& o, std::int64_t n) {
       o.padding = {n, 0, 0, 0};
     },
     true},
    {"padding.right",
     [](Conv2DOptions& o, std::int64_t n) {
       o.padding = {0, 0, 0, n};
     },
     true},
}};

struct WindowedOp {
  const char* name;
  bool pooling;
  void (*call)(const Tensor& x, const Conv2DOptions& o);
};
Pool2DOptions pooling(const Conv2DOptions& o) {
  return {.window = 2, .stride = o.stride, .padding = o.padding};
}
Conv1DOptions along(const Conv2DOptions& o) {
  return {.stride = o.stride.rows, .padding = o.padding, .dilation = o.dilation.columns, .groups = o.groups};
}
const std::array<WindowedOp, 9> kWindowed{{
    {"conv2d", false,
     [](const Tensor& x, const Conv2DOptions& o) {
       (void)conv2d(x, ones({2, 2, 3, 4}), nullptr, o);
     }},
    {"conv1d", false,
     [](const Tensor& x, const Conv2DOptions& o) {
       (void)conv1d(reshape(x, {2, 16, 3}), ones({2, 3, 4}), nullptr, along(o));
     }},
    {"conv2d_input_grad", false,
     [](const Tensor& x, const Conv2DOptions& o) {
       (void)conv2d_input_grad(x, ones({2, 2, 4, 3}), 5, o);
     }},
    {"conv2d_kernel_grad", false,
     [](const Tensor& x, const Conv2DOptions& o) {
       (void)conv2d_kernel_grad(x, ones({2, 3, 3, 4}), 2, o);
     }},
    {"max_pool2d", true, [](const Tensor& x, const Conv2DOptions& o) { (void)max_pool2d(x, pooling(o)); }},
    {"average_pool2d", true,
     [](const Tensor& x, const Conv2DOptions& o) { (void)average_pool2d(x, pooling(o)); }},
    {"max_pool2d_grad", true,
     [](const Tensor& x, const Conv2DOptions& o) {
       (void)max_pool2d_grad(ones({2, 2, 2, 3}), x, ones({2, 2, 2, 3}), pooling(o));
     }},
    {"average_pool2d_grad", true,
     [](const Tensor& x, const Conv2DOptions& o) {
       (void)average_pool2d_grad(ones({2, 2, 2, 3}), x.shape(), pooling(o));
     }},
    {"with_explicit_padding", false,
     [](const Tensor&, const Conv2DOptions& o) {
       (void)with_explicit_padding(o, {4, 4}, {2, 2});
     }},
}};

TEST(BadInput, WindowedOpsTakeAnyNumberInAnyOption) {
  const Limited limited;
  const Tensor x = ones({2, 4, 4, 3});
  for (const WindowedOp& op : kWindowed) {
    for (const Field& field : kFields) {
      if (op.pooling && !field.of_pooling) continue;
      for (const Padding& padding : {Padding::valid, Padding::same, Padding(1)}) {
        for (const std::int64_t n : kAbsurd) {
          SCOPED_TRACE(std::string(op.name) + ", " + field.name + " = " + std::to_string(n));
          Conv2DOptions o{.padding = padding};
          field.set(o, n);
          try {
            op.call(x, o);
            const bool may_be_absurd = n > 0 || std::string(field.name).starts_with("padding");
            EXPECT_TRUE(may_be_absurd || std::string(op.name) == "with_explicit_padding") << "no error";
          } catch (const Error& error) {
            EXPECT_NE(std::string(error.what()), "");
          }
        }
      }
    }
  }
}

TEST(BadInput, PoolingSaysWhichOptionIsWrong) {
  EXPECT_THROW_TEXT((void)max_pool2d(ones({1, 4, 4, 1}), {.stride = Extent2(0), .padding = Padding::same}),
                    ShapeError, "max_pool2d: strides must be at least 1, got (0, 0)");
  EXPECT_THROW_TEXT(
      (void)average_pool2d(ones({1, 4, 4, 1}), {.window = kHuge, .padding = Padding::same}), ShapeError,
      "average_pool2d: (4611686018427387904, 4611686018427387904) are more taps than the 4194304");
  EXPECT_THROW_TEXT((void)conv2d_input_grad(ones({1, 1, 1, 1}), ones({1, 1, 1, 1}), 1000, {.stride = 1000}),
                    ShapeError, "cut the image into 1000 x 1000 grids, more than 65536");
}

TEST(BadInput, UpsamplingTakesAnyFactor) {
  const Limited limited;
  for (const Interpolation kind : {Interpolation::nearest, Interpolation::bilinear}) {
    for (const std::int64_t n : kAbsurd) {
      EXPECT_THROW((void)upsample2d(ones({1, 2, 2, 1}), {n, 1}, kind), Error) << n;
      EXPECT_THROW((void)upsample2d(ones({1, 2, 2, 1}), {1, n}, kind), Error) << n;
      EXPECT_THROW((void)upsample2d(ones({1, 2, 4, 1}), {1, n}, kind), Error) << n;
      EXPECT_THROW((void)upsample2d_grad(ones({1, 2, 2, 1}), {n, 1}, kind), Error) << n;
    }
  }
}

// Each takes one extent, count, pad or bound from the caller.
using Calls = std::vector<std::pair<const char*, std::function<void(std::int64_t)>>>;
const Calls kMade{
    {"zeros", [](std::int64_t n) { (void)zeros({n}); }},
    {"zeros, last of two",
     [](std::int64_t n) {
       (void)zeros({3, n}, float64);
     }},
    {"zeros, beside 0",
     [](std::int64_t n) {
       (void)zeros({0, n, n, n});
     }},
    {"eye", [](std::int64_t n) { (void)eye(n); }},
    {"arange", [](std::int64_t n) { (void)arange(0, n > 0 ? static_cast<double>(n) : 0x1p62); }},
    {"linspace", [](std::int64_t n) { (void)linspace(0, 1, n); }},
    {"uniform",
     [](std::int64_t n) {
       (void)uniform({n, 2});
     }},
    {"normal",
     [](std::int64_t n) {
       (void)normal({n, 2});
     }},
    {"bernoulli",
     [](std::int64_t n) {
       (void)bernoulli({n, 2}, 0.5);
     }},
    {"permutation", [](std::int64_t n) { (void)permutation(n); }},
};
const Calls kReshaped{
    {"reshape",
     [](std::int64_t n) {
       (void)reshape(ones({4}), {n, n, -1});
     }},
    {"pad before",
     [](std::int64_t n) {
       (void)pad(ones({2}), {{n, kHuge}});
     }},
    {"pad after",
     [](std::int64_t n) {
       (void)pad(ones({2}), {{kMost, n}});
     }},
    {"split", [](std::int64_t n) { (void)split(ones({0}), n == 0 ? kHuge : n); }},
    {"split into",
     [](std::int64_t n) {
       (void)split(ones({4}), {n, n, n});
     }},
    {"put_add", [](std::int64_t n) { (void)put_add(ones({1}), zeros({1}, int64), 0, n); }},
    {"broadcast_to and clone",
     [](std::int64_t n) {
       (void)broadcast_to(ones({2}), {n, 2}).clone();
     }},
    {"broadcast twice",
     [](std::int64_t n) {
       (void)(broadcast_to(ones({1}), {n, 1}) + broadcast_to(ones({1}), {n}));
     }},
    {"concat",
     [](std::int64_t n) {
       const Tensor x = broadcast_to(ones({1}), {n});
       (void)concat(std::vector<Tensor>{x, x, x});
     }},
    {"keep_top_k", [](std::int64_t n) { (void)keep_top_k(ones({3}), n); }},
    {"unslice",
     [](std::int64_t n) {
       (void)unslice(ones({2}), {n}, {Slice{0, 2}});
     }},
};

TEST(BadInput, SizesOverflowNothing) {
  const Limited limited;
  for (const Calls& calls : {kMade, kReshaped}) {
    for (const auto& [name, call] : calls) {
      for (const std::int64_t n : kAbsurd) {
        if (n == 0) continue;
        EXPECT_THROW(call(n), Error) << name << " with " << n;
      }
    }
  }
}

TEST(BadInput, EmptyTensorsMayBeAsWideAsTheyLike) {
  const Tensor none = broadcast_to(zeros({0, 1}), {0, std::int64_t{1} << 60});
  EXPECT_EQ(none.clone().shape(), none.shape());
  EXPECT_EQ((none + none).size(), 0);
  EXPECT_EQ(transpose(none).contiguous().size(), 0);
  EXPECT_THROW_TEXT((void)all_but_last(std::numeric_limits<int>::max()), ShapeError,
                    "needs a rank from 0 to 8");
}

TEST(BadInput, SlicesTakeAnyBounds) {
  const Tensor x = arange(0, 5);
  for (const std::int64_t start : kAbsurd) {
    for (const std::int64_t stop : kAbsurd) {
      for (const std::int64_t step : kAbsurd) {
        if (step == 0) continue;
        const Tensor part = slice(x, 0, Slice{start, stop, step});
        EXPECT_LE(part.size(), 5);
        EXPECT_TRUE(part.size() == 0 || all_finite(part.clone()));
      }
    }
  }
  EXPECT_EQ(slice(x, 0, Slice{.step = kLeast}).str(), "[4.]");
  EXPECT_EQ(var(x, {}, {.ddof = kMost}).item(), std::numeric_limits<double>::infinity());
  EXPECT_EQ(var(x, {}, {.ddof = kLeast}).item(), static_cast<double>(static_cast<float>(10 / 0x1p63)));
}

TEST(BadInput, NoShapeOverflowsWhateverIsDoneToIt) {
  EXPECT_THROW_TEXT(Shape({0, kHuge, kHuge}), ShapeError, "has more elements than can be counted");
  EXPECT_THROW_TEXT((void)Shape({kHuge}).with(0, -1), ShapeError, "has a negative extent");
  EXPECT_THROW_TEXT((void)Shape({kHuge}).insert(0, 2), ShapeError,
                    "(2, 4611686018427387904) has more elements");
  EXPECT_THROW_TEXT((void)broadcast_shapes("add", {kHuge, 1}, {1, 4}), ShapeError, "add: the extent");
  const Tensor wide = broadcast_to(ones({1}), {1, 1, kHuge});
  EXPECT_EQ(transpose(wide, 0, 2).shape(), Shape({kHuge, 1, 1}));
  EXPECT_EQ(permute(wide, {2, 0, 1}).shape(), Shape({kHuge, 1, 1}));
}

TEST(BadInput, MemoryThatIsNotThereIsAskedForWithATextAndWithoutHarm) {
  EXPECT_THROW_TEXT((void)zeros({std::int64_t{1} << 50}), MemoryError,
                    "tensor: shape (1125899906842624,) of float32 needs 4503599627370496 bytes; memory:");
  EXPECT_THROW_TEXT((void)zeros({kHuge}, float64), MemoryError, "needs more bytes than can be counted");
  EXPECT_GT(memory::limit(), 0);
  const std::int64_t in_use = memory::stats().bytes_in_use;
  memory::set_limit(in_use + (64 << 20));
  EXPECT_EQ(ones({1 << 20}).size(), 1 << 20);
  EXPECT_THROW_TEXT((void)zeros({1 << 25}), MemoryError, "try smaller batches or shapes");
  const Tensor first = ones({1 << 23});  // 32 MB: a second one does not fit any more
  EXPECT_THROW((void)zeros({1 << 23}), MemoryError);
  memory::set_limit(0);
  EXPECT_EQ(zeros({1 << 25}).size(), 1 << 25);
  EXPECT_THROW_TEXT(memory::set_limit(-1), DataError,
                    "memory::set_limit: the limit must not be negative, got -1");
}

TEST(BadInput, GradientsOfFusedOpsCheckWhatTheyAreGiven) {
  const Tensor a = ones({2, 3}), b = ones({3, 4}), y = ones({2, 4}), other = ones({3, 4}),
               other64 = ones({3, 4}, float64);
  EXPECT_THROW_TEXT((void)affine_grad(y, other, &a, &b, Epilogue::relu), ShapeError,
                    "affine_grad: needs dy and y");
  EXPECT_THROW_TEXT((void)affine_grad(y, y, &a, &other64, Epilogue::relu), DTypeError, "affine_grad");
  const Tensor x = ones({1, 4, 4, 2}), w = ones({3, 3, 2, 8}), z = ones({1, 2, 2, 8});
  EXPECT_THROW_TEXT((void)conv2d_gradients(ones({1, 1, 1, 8}), z, x, w, {}, Epilogue::none, true), ShapeError,
                    "conv2d_gradients: the convolution of an image");
  EXPECT_THROW_TEXT((void)conv2d_input_grad_gradients(x, x, ones({1, 2, 2, 7}), w, {}, Epilogue::none, true),
                    ShapeError, "conv2d_input_grad_gradients: the convolution of an image");
  const Tensor gates = ones({2, 3, 8}), u = ones({2, 8}), c = ones({2, 3, 2});
  EXPECT_THROW_TEXT((void)lstm_grad(ones({1, 3, 2}), u, c, gates), ShapeError,
                    "lstm_grad: needs a tensor of shape");
  EXPECT_THROW_TEXT((void)lstm_grad(c, u, c.to(float64), gates), DTypeError, "lstm_grad");
}

TEST(BadInput, ExtremeNumbersArePrinted) {
  EXPECT_EQ(tensor(5e-324, float64).str(), "5.e-324");
  EXPECT_EQ(tensor(std::numeric_limits<double>::max(), float64).str(), "1.79769313e+308");
  EXPECT_EQ(tensor(std::numeric_limits<double>::min(), float64).str(), "2.22507386e-308");
  using F = std::numeric_limits<float>;
  using D = std::numeric_limits<double>;
  for (const DType dtype : {float32, float64}) {
    for (const double size :
         {0.0, double{F::denorm_min()}, double{F::min()}, double{F::max()}, 1e-5, 9.99999999e7, 1e8,
          D::denorm_min(), 3e-310, D::min(), D::max() / 1e300, D::infinity(), D::quiet_NaN()}) {
      for (const double sign : {1.0, -1.0}) {
        const Tensor one = full({1}, sign * size, dtype),
                     beside = concat(std::vector<Tensor>{one, ones({2}, dtype)});
        EXPECT_NE(one.str(), "") << size;
        EXPECT_NE(beside.str(), "") << size;
      }
    }
  }
  EXPECT_EQ(tensor(D::lowest(), float64).str(), "-1.79769313e+308");
  Tensor ends({2}, int64);
  ends.mutable_data<std::int64_t>()[0] = kLeast, ends.mutable_data<std::int64_t>()[1] = kMost;
  EXPECT_EQ(ends.str(), "[-9223372036854775808  9223372036854775807]");
  EXPECT_EQ(tensor({0, 255}, uint8).str(), "[  0 255]");
}

void say_threads(const char* text) {
  setenv("HOURGLASS_NUM_THREADS", text, 1);  // NOLINT(concurrency-mt-unsafe)
  try {
    parallel_for(4, [](std::int64_t) {});
    std::fprintf(stderr, "%d threads", num_threads());
  } catch (const DataError& error) {
    std::fprintf(stderr, "%s", error.what());
    set_num_threads(2);  // helps
    parallel_for(4, [](std::int64_t) {});
  }
  std::exit(0);  // NOLINT(concurrency-mt-unsafe)
}

TEST(BadInput, TheNumberOfThreadsIsBounded) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // a process of its own for each
  for (const char* text :
       {"abc", "-1", "0", "1025", "100000", "3000000000", "99999999999999999999", "2x", " 2", "1.5"}) {
    EXPECT_EXIT(
        say_threads(text), testing::ExitedWithCode(0),
        std::string("HOURGLASS_NUM_THREADS: needs a number between 1 and 1024, got \"") + text + "\"");
  }
  EXPECT_EXIT(say_threads("3"), testing::ExitedWithCode(0), "3 threads");
  for (const int n : {0, -1, 1025, std::numeric_limits<int>::max(), std::numeric_limits<int>::min()}) {
    EXPECT_THROW_TEXT(set_num_threads(n), DataError, "set_num_threads: needs between 1 and 1024 threads");
  }
}

std::string drawn_in_a_thread(std::function<void()> first) {
  std::string text;
  std::thread([&] {
    first();
    text = normal({4}).str();
  }).join();
  return text;
}

TEST(Generator, ThreadsDrawApart) {
  const auto nothing = [] {};
  set_seed(5);
  const std::string here = normal({4}).str(), one = drawn_in_a_thread(nothing),
                    two = drawn_in_a_thread(nothing);
  EXPECT_NE(here, one);
  EXPECT_NE(here, two);
  EXPECT_NE(one, two);
  // The bits of a seed that is set are those of Generator(seed), in every thread.
  Generator five(5);
  EXPECT_EQ(normal({4}, 0.0, 1.0, five).str(), here);
  EXPECT_EQ(drawn_in_a_thread([] { set_seed(5); }), here);
  // Threads that have not drawn yet follow the main thread's seed, not that of another thread.
  std::uint64_t seed = 0;
  std::thread([&] { seed = default_generator().state().seed; }).join();
  EXPECT_EQ(seed, 5U);
  std::thread([] { set_seed(99); }).join();
  std::thread([&] { seed = default_generator().state().seed; }).join();
  EXPECT_EQ(seed, 5U);
  EXPECT_THROW_TEXT(Generator(1, Generator::kStreams), DataError, "Generator: needs a stream below 16777216");
  set_seed(0);
}

}  // namespace
}  // namespace hourglass
