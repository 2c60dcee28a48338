#include "draw.h"

#include <limits>

// What exists for tensors alone: making them, looking at them, comparing.
namespace hourglass::fuzz {

namespace {

const std::vector<Row> kFactoryRows{
    {"Tensor",
     [](Draw& d) {
       const Shape s = d.shape();
       d.use(Tensor(s, d.dtype()).shape());
     }},
    {"zeros",
     [](Draw& d) {
       const Shape s = d.shape();
       d.use(zeros(s, d.dtype()));
     }},
    {"ones",
     [](Draw& d) {
       const Shape s = d.shape();
       d.use(ones(s, d.dtype()));
     }},
    {"full",
     [](Draw& d) {
       const Shape s = d.shape();
       const double v = d.number();
       d.use(full(s, v, d.dtype()));
     }},
    {"zeros_like", [](Draw& d) { d.use(zeros_like(d.tensor())); }},
    {"ones_like", [](Draw& d) { d.use(ones_like(d.tensor())); }},
    {"full_like",
     [](Draw& d) {
       const Tensor x = d.tensor();
       d.use(full_like(x, d.number()));
     }},
    {"arange",
     [](Draw& d) {
       const double start = d.number(), stop = d.once_in(3) ? static_cast<double>(d.size()) : d.number();
       const double step = d.number();
       d.use(arange(start, stop, step, d.dtype()));
     }},
    {"linspace",
     [](Draw& d) {
       const double start = d.number(), stop = d.number();
       const std::int64_t n = d.size();
       d.use(linspace(start, stop, n, d.dtype()));
     }},
    {"eye",
     [](Draw& d) {
       const std::int64_t n = d.size();
       d.use(eye(n, d.dtype()));
     }},
    {"tensor",
     [](Draw& d) {
       const double n = d.number();
       d.use(tensor({{n, 1}, {2, n}}, d.dtype()));
     }},
    {"tensor ragged",
     [](Draw& d) {
       d.use(d.flag() ? tensor({{1, 2}, {3}}) : tensor({{1}, 2}));
     }},
    {"from_span",
     [](Draw& d) {
       const std::vector<double> values = d.list(6, [&] { return d.number(); });
       d.use(from_span(std::span(values), d.shape()));
     }},
    {"uniform",
     [](Draw& d) {
       const Shape s = d.shape();
       const double low = d.number(), high = d.number();
       d.use(uniform(s, low, high, default_generator(), d.dtype()));
     }},
    {"normal",
     [](Draw& d) {
       const Shape s = d.shape();
       const double mean = d.number(), deviation = d.number();
       d.use(normal(s, mean, deviation, default_generator(), d.dtype()));
     }},
    {"bernoulli",
     [](Draw& d) {
       const Shape s = d.shape();
       const double p = d.number();
       d.use(bernoulli(s, p, default_generator(), d.dtype()));
     }},
    {"permutation", [](Draw& d) { d.use(permutation(d.size())); }},
    {"Generator",
     [](Draw& d) {
       Generator g(static_cast<std::uint64_t>(d.size()), static_cast<std::uint64_t>(d.size()));
       const auto seed = static_cast<std::uint64_t>(d.size()), draws = static_cast<std::uint64_t>(d.size());
       if (d.flag()) g.set_state({seed, g.state().stream, draws});
       d.use(uniform(d.shape(), 0.0, 1.0, g));
     }},
    {"set_seed",
     [](Draw& d) {
       set_seed(static_cast<std::uint64_t>(d.size()));
       d.use(normal({2}));
     }},
};

const std::vector<Row> kHandleRows{
    {"Shape",
     [](Draw& d) {
       const Shape s = d.shape();
       d.use(s.str());
       d.use(static_cast<double>(s[d.axis()]));
     }},
    {"Shape::with",
     [](Draw& d) {
       const Shape s = d.shape();
       const int a = d.axis();
       d.use(s.with(a, d.size()));
     }},
    {"Shape::without",
     [](Draw& d) {
       const Shape s = d.shape();
       d.use(s.without(d.axis()));
     }},
    {"Shape::insert",
     [](Draw& d) {
       const Shape s = d.shape();
       const int a = d.axis();
       d.use(s.insert(a, d.size()));
     }},
    {"contiguous_strides", [](Draw& d) { d.use(static_cast<double>(contiguous_strides(d.shape())[0])); }},
    {"broadcast_shapes",
     [](Draw& d) {
       const Shape a = d.shape();
       d.use(broadcast_shapes("fuzz", a, d.shape()));
     }},
    {"checked_sum",
     [](Draw& d) {
       const std::int64_t a = d.size();
       d.use(static_cast<double>(checked_sum("fuzz", a, d.size())));
     }},
    {"checked_product",
     [](Draw& d) {
       const std::int64_t a = d.size();
       d.use(static_cast<double>(checked_product("fuzz", a, d.size())));
     }},
    {"normalized_axes",
     [](Draw& d) {
       const Shape s = d.shape();
       d.use(static_cast<double>(normalized_axes("fuzz", s, d.axes().list).size()));
     }},
    {"Tensor::item", [](Draw& d) { d.use(d.tensor().item()); }},
    {"Tensor::clone", [](Draw& d) { d.use(d.tensor().clone()); }},
    {"Tensor::contiguous", [](Draw& d) { d.use(d.tensor().contiguous()); }},
    {"Tensor::to",
     [](Draw& d) {
       const Tensor x = d.tensor();
       d.use(x.to(d.dtype()));
     }},
    {"Tensor::[]",
     [](Draw& d) {
       const Tensor x = d.tensor();
       d.use(x[d.size()]);
     }},
    {"Tensor::str", [](Draw& d) { d.use(d.tensor().str()); }},
    {"Tensor::str of numbers",
     [](Draw& d) {
       const std::vector<double> values = d.list(6, [&] { return d.number(); });
       d.use(
           from_span(std::span(values), Shape{static_cast<std::int64_t>(values.size())}).to(d.dtype()).str());
     }},
    {"Tensor::data",
     [](Draw& d) {
       const Tensor x = d.tensor();
       d.use(x.data<float>() == nullptr ? 1.0 : 0.0);
     }},
    {"Tensor::fill",
     [](Draw& d) {
       Tensor x = d.tensor().clone();
       x.fill(d.number());
       d.use(x);
     }},
    {"Tensor::copy_from",
     [](Draw& d) {
       Tensor x = d.tensor().clone();
       x.copy_from(d.like(x));
       d.use(x);
     }},
    {"Tensor::copy_from a view of itself",
     [](Draw& d) {
       Tensor x = d.tensor().clone();
       if (x.rank() > 1) x.copy_from(transpose(x));
       d.use(x);
     }},
    {"add_in_place",
     [](Draw& d) {
       Tensor x = d.tensor().clone();
       add_in_place(x, d.like(x));
       d.use(x);
     }},
    {"set_num_threads",
     [](Draw& d) {
       const std::int64_t n = std::clamp<std::int64_t>(d.size(), std::numeric_limits<int>::min(),
                                                       std::numeric_limits<int>::max());
       if (n > 0 && n <= kMaxThreads) return;  // starting threads is slow, and allowed
       set_num_threads(static_cast<int>(n));
     }},
    {"expect_floating", [](Draw& d) { expect_floating("fuzz", d.dtype()); }},
    {"all_finite", [](Draw& d) { d.use(all_finite(d.tensor()) ? 1.0 : 0.0); }},
    {"eigh",
     [](Draw& d) {
       const std::int64_t n = d.extent();
       const Eigen e = eigh(d.of({n, n}, float64));
       d.use(e.values);
       d.use(e.vectors);
     }},
    {"expect_unit_interval", [](Draw& d) { expect_unit_interval("fuzz", d.tensor()); }},
    {"expect_range",
     [](Draw& d) {
       const double least = d.number();
       expect_range("fuzz", {least, d.number()});
     }},
};

const std::vector<Row> kComparisonRows{
    {"equal",
     [](Draw& d) {
       const Tensor a = d.tensor();
       d.use(equal(a, d.like(a)));
     }},
    {"not_equal",
     [](Draw& d) {
       const Tensor a = d.tensor();
       d.use(not_equal(a, d.like(a)));
     }},
    {"less",
     [](Draw& d) {
       const Tensor a = d.tensor();
       d.use(less(a, d.like(a)));
     }},
    {"less_equal",
     [](Draw& d) {
       const Tensor a = d.tensor();
       d.use(less_equal(a, d.like(a)));
     }},
    {"greater",
     [](Draw& d) {
       const Tensor a = d.tensor();
       d.use(greater(a, d.like(a)));
     }},
    {"greater_equal",
     [](Draw& d) {
       const Tensor a = d.tensor();
       d.use(greater_equal(a, d.like(a)));
     }},
    {"equal number",
     [](Draw& d) {
       const Tensor a = d.tensor();
       d.use(equal(a, d.number()));
     }},
    {"not_equal number",
     [](Draw& d) {
       const Tensor a = d.tensor();
       d.use(not_equal(a, d.number()));
     }},
    {"less number",
     [](Draw& d) {
       const Tensor a = d.tensor();
       d.use(less(a, d.number()));
     }},
    {"less_equal number",
     [](Draw& d) {
       const Tensor a = d.tensor();
       d.use(less_equal(a, d.number()));
     }},
    {"greater number",
     [](Draw& d) {
       const Tensor a = d.tensor();
       d.use(greater(a, d.number()));
     }},
    {"greater_equal number",
     [](Draw& d) {
       const Tensor a = d.tensor();
       d.use(greater_equal(a, d.number()));
     }},
};

}  // namespace

std::vector<Row> tensor_rows() { return joined({kFactoryRows, kHandleRows, kComparisonRows}); }

}  // namespace hourglass::fuzz
