#include "draw.h"

// Variables, backward and what walks over a graph; and the ops that exist for variables alone.
namespace hourglass::fuzz {

namespace {

// A variable computed from others, or not.
Variable computed(Draw& d) {
  const Variable x = d.any<Variable>();
  return d.once_in(3) ? x : d.flag() ? sum(x * x) : x * 2.0;
}

BackwardOptions backward_options(Draw& d) { return {.create_graph = d.flag(), .retain_graph = d.flag()}; }

std::optional<Variable> maybe(Draw& d, std::int64_t channels) {
  if (d.flag()) return std::nullopt;
  return d.variable(d.of({channels}));
}

const std::vector<Row> kVariableRows{
    {"Variable::parameter", [](Draw& d) { d.use(Variable::parameter(d.tensor())); }},
    {"Variable::set_value",
     [](Draw& d) {
       Variable x = computed(d);
       x.set_value(d.like(x.value()));
       d.use(x);
     }},
    {"Variable::mutable_value",
     [](Draw& d) {
       Variable x = computed(d);
       x.mutable_value().fill(d.number());
       d.use(x);
     }},
    {"Variable::set_requires_grad",
     [](Draw& d) {
       Variable x = computed(d);
       x.set_requires_grad(d.flag());
       d.use(x);
     }},
    {"Variable::set_gradient",
     [](Draw& d) {
       Variable x = computed(d);
       x.set_gradient(d.like(x));
       d.use(x.gradient()->value());
     }},
    {"Variable::gradient",
     [](Draw& d) {
       Variable x = computed(d);
       x.clear_gradient();
       if (x.gradient()) d.use(*x.gradient());
     }},
    {"Variable::item", [](Draw& d) { d.use(computed(d).item()); }},
    {"Variable::detach", [](Draw& d) { d.use(computed(d).detach()); }},
    {"Variable::shape",
     [](Draw& d) {
       const Variable x = computed(d);
       d.use(static_cast<double>(x.shape(d.axis())));
     }},
    {"changed in place",
     [](Draw& d) {
       Tensor x = d.of({2, 3});
       const Variable p = Variable::parameter(x), y = square(p);
       if (d.flag()) x.fill(d.number());
       backward(sum(y));
     }},
    {"backward",
     [](Draw& d) {
       const Variable y = computed(d);
       backward(y, backward_options(d));
     }},
    {"backward twice",
     [](Draw& d) {
       const Variable y = computed(d);
       backward(y, backward_options(d));
       backward(y, backward_options(d));
     }},
    {"backward with dy",
     [](Draw& d) {
       const Variable y = computed(d);
       backward(y, d.like(y), backward_options(d));
     }},
    {"grad",
     [](Draw& d) {
       const Variable y = computed(d);
       d.use(grad(y, d.any<Variable>(), {.create_graph = d.flag()}));
     }},
    {"grad with output gradients",
     [](Draw& d) {
       const Variable x = d.any<Variable>(), y = x * x;
       GradOptions o{.create_graph = d.flag(), .retain_graph = d.flag()};
       o.output_gradients = d.list(2, [&] { return d.like(y); });
       d.use(grad(y, x, o));
     }},
    {"to_dot", [](Draw& d) { d.use(to_dot(computed(d))); }},
    {"Trace",
     [](Draw& d) {
       const Trace trace(d.one_of({Tracing::off, Tracing::layers, Tracing::non_finite}));
       d.use(log(d.any<Variable>()));
     }},
    {"no_grad", [](Draw& d) { d.use(no_grad([&] { return computed(d); })); }},
    {"to",
     [](Draw& d) {
       const Variable x = d.any<Variable>();
       d.use(to(x, d.dtype()));
     }},
    {"record",
     [](Draw& d) {
       const Variable x = d.any<Variable>();
       const Tensor wrong = d.like(x.value());
       d.use(record("mine", d.like(x.value()),
                    {{x, [wrong](const Variable&, const Variable&) { return Variable(wrong); }}}));
     }},
};

const std::vector<Row> kOpOfVariablesRows{
    {"batch_norm",
     [](Draw& d) {
       const std::int64_t channels = d.extent();
       const Variable x = d.variable(d.of({d.extent(), 3, channels}));
       const auto gamma = maybe(d, channels), beta = maybe(d, channels);
       d.use(batch_norm(x, gamma, beta, {.epsilon = d.number()}));
     }},
    {"batch_norm_with_moments",
     [](Draw& d) {
       const Variable x = d.variable(d.of({d.extent(), 3}));
       const auto gamma = maybe(d, 3), beta = maybe(d, 3);
       d.use(batch_norm_with_moments(x, gamma, beta).moments.mean);
     }},
    {"batch_norm of given moments",
     [](Draw& d) {
       const Variable x = d.variable(d.of({d.extent(), 3}));
       const Moments moments{d.of({3}), d.of({3})};
       const auto gamma = maybe(d, 3), beta = maybe(d, 3);
       d.use(batch_norm(x, moments, gamma, beta, {.epsilon = d.number()}));
     }},
    {"layer_norm",
     [](Draw& d) {
       const std::int64_t features = d.extent();
       const Variable x = d.variable(d.of({d.extent(), features}));
       const auto gamma = maybe(d, features), beta = maybe(d, features);
       d.use(layer_norm(x, gamma, beta, {.epsilon = d.number()}));
     }},
    {"lstm",
     [](Draw& d) {
       const std::int64_t features = d.extent(3);
       const Variable x = d.variable(d.of({d.extent(3), 2, features})), w = d.variable(d.of({features, 8}));
       const Variable u = d.variable(d.of({2, 8}));
       d.use(lstm(x, w, u, maybe(d, 8)));
     }},
    {"epilogue_grad",
     [](Draw& d) {
       const Formula f = epilogue_grad(d.epilogue());
       const Variable dy = d.any<Variable>();
       if (f) d.use(f(dy, d.like(dy)));
     }},
};

}  // namespace

std::vector<Row> autograd_rows() { return joined({kVariableRows, kOpOfVariablesRows}); }

}  // namespace hourglass::fuzz
