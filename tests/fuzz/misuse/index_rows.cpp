#include "either.h"

// Picking, sorting, drawing, diagonals and einsum, of tensors and of variables.
namespace hourglass::fuzz {

namespace {

SortOptions order(Draw& d) { return {.descending = d.flag()}; }

template <class X>
const std::vector<Row> kMatrixRows{
    one<X>("tril", [](Draw& d, const X& x) { return tril(x, d.size()); }),
    one<X>("triu", [](Draw& d, const X& x) { return triu(x, d.size()); }),
    one<X>("diag", [](Draw& d, const X& x) { return diag(x, d.size()); }),
    one<X>("diagonal",
           [](Draw& d, const X& x) {
             const std::int64_t k = d.size();
             const int a = d.axis();
             return diagonal(x, k, a, d.axis());
           }),
    one<X>("put_diagonal",
           [](Draw& d, const X& x) {
             const Shape s = d.shape();
             return put_diagonal(x, s, d.size());
           }),
    two<X>("outer", [](Draw&, const X& a, const X& b) { return outer(a, b); }),
    two<X>("dot", [](Draw&, const X& a, const X& b) { return dot(a, b); }),
    two<X>("einsum",
           [](Draw& d, const X& a, const X& b) {
             return einsum(d.one_of({"ij,ij->i", "ij,kj->ik", "i,i", "ii->i", "...i,...i->...", "ab,bc",
                                     "i->ii", "", "i,j->", ",", "ij"}),
                           std::vector<X>{a, b});
           }),
};

template <class X>
const std::vector<Row> kIndexRows{
    one<X>("gather",
           [](Draw& d, const X& x) {
             const Tensor at = d.flag() ? zeros(d.shape(), int64) : d.indices(3);
             return gather(x, at, d.axis());
           }),
    one<X>("scatter_add",
           [](Draw& d, const X& x) {
             const Tensor at = d.flag() ? zeros(x.shape(), int64) : d.indices(3);
             const int a = d.axis();
             return scatter_add(x, at, a, d.shape());
           }),
    one<X>("nonzero", [](Draw&, const X& x) { return nonzero(x); }),
    one<X>("sort",
           [](Draw& d, const X& x) {
             const int a = d.axis();
             return sort(x, a, order(d));
           }),
    one<X>("argsort",
           [](Draw& d, const X& x) {
             const int a = d.axis();
             return argsort(x, a, order(d));
           }),
    one<X>("accuracy", [](Draw& d, const X& x) { return accuracy(x, d.indices(3)); }),
    one<X>("floor", [](Draw&, const X& x) { return floor(x); }),
    one<X>("ceil", [](Draw&, const X& x) { return ceil(x); }),
    one<X>("round", [](Draw&, const X& x) { return round(x); }),
    one<X>("center", [](Draw& d, const X& x) { return center(x, d.axes()); }),
    two<X>("comparisons",
           [](Draw&, const X& a, const X& b) {
             return (a < b) + (a <= b) + (a > b) + (a >= b) + (a == b) + (a != b);
           }),
    two<X>("normal_log_prob",
           [](Draw& d, const X& a, const X& b) { return normal_log_prob(a, b, d.like(a)); }),
    two<X>("bernoulli_log_prob", [](Draw&, const X& a, const X& b) { return bernoulli_log_prob(a, b); }),
};

const std::vector<Row> kOfTensorsRows{
    {"one_hot",
     [](Draw& d) {
       const Tensor at = d.indices(4);
       const std::int64_t n = d.size();
       d.use(one_hot(at, n, d.dtype()));
     }},
    {"randint",
     [](Draw& d) {
       const Shape s = d.shape();
       const std::int64_t low = d.size();
       d.use(randint(s, low, d.size()));
     }},
    {"multinomial",
     [](Draw& d) {
       const Tensor w = d.tensor();
       const std::int64_t n = d.size();
       d.use(multinomial(w, n, {.replacement = d.flag()}));
     }},
    {"normal_cdf", [](Draw& d) { d.use(normal_cdf(d.tensor())); }},
    {"normal_pdf", [](Draw& d) { d.use(normal_pdf(d.tensor())); }},
    {"epilogue_grad",
     [](Draw& d) {
       const Tensor y = d.tensor();
       d.use(epilogue_grad(d.like(y), y, d.epilogue()));
     }},
    {"example_count", [](Draw& d) { d.use(example_count("fuzz", d.shape())); }},
};

}  // namespace

std::vector<Row> index_rows() {
  return joined(
      {kMatrixRows<Tensor>, kMatrixRows<Variable>, kIndexRows<Tensor>, kIndexRows<Variable>, kOfTensorsRows});
}

}  // namespace hourglass::fuzz
