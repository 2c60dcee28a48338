#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/steps.h>
#include <hourglass/nn/layers/bidirectional.h>
#include <hourglass/tensor/base/error.h>

namespace hourglass::nn {

Bidirectional::Bidirectional(const Part& forward_layer, const Part& backward_layer,
                             const BidirectionalOptions& options)
    : options_(options) {
  layers_.add(forward_layer), layers_.add(backward_layer);
  const Recurrent &a = this->forward_layer(), &b = this->backward_layer();
  const bool same_units = a.units() == b.units() || options.merge == BidirectionalMerge::concat;
  if (a.features() == b.features() && a.returns_sequences() == b.returns_sequences() && same_units) return;
  throw ShapeError("Bidirectional: {} and {} do not go together; give both the same sizes and options",
                   a.describe(), b.describe());
}

Variable Bidirectional::merged(const Variable& a, const Variable& b) const {
  switch (options_.merge) {
    case BidirectionalMerge::concat:
      return concat({a, b}, -1);
    case BidirectionalMerge::sum:
      return a + b;
    case BidirectionalMerge::mul:
      return a * b;
    case BidirectionalMerge::ave:
      return (a + b) / 2.0;
  }
  throw DataError("Bidirectional: there is no such merge; take one of enum BidirectionalMerge");
}

Variable Bidirectional::forward(const Variable& x) {
  const Variable there = forward_layer()(x), back = backward_layer()(reverse_steps(x));
  return merged(there, forward_layer().returns_sequences() ? reverse_steps(back) : back);
}

RecurrentOutput Bidirectional::operator()(const Variable& x, const RecurrentCall& call) {
  RecurrentOutput out;
  (void)run([&] {
    const std::vector<Variable>& given = call.initial_state;
    const auto half = static_cast<std::ptrdiff_t>(forward_layer().state_count());
    if (!given.empty() && std::ssize(given) != half + std::ssize(given) / 2)
      throw ShapeError("{}: an initial state has the parts of both directions, got {}; give each its own",
                       describe(), given.size());
    RecurrentCall first{.lengths = call.lengths}, second{.lengths = call.lengths};
    if (!given.empty()) {
      first.initial_state.assign(given.begin(), given.begin() + half);
      second.initial_state.assign(given.begin() + half, given.end());
    }
    const Variable reversed = reverse_steps(call.lengths ? mask_steps(x, *call.lengths) : x, call.lengths);
    const RecurrentOutput a = forward_layer()(x, first), b = backward_layer()(reversed, second);
    out.y = merged(a.y, forward_layer().returns_sequences() ? reverse_steps(b.y, call.lengths) : b.y);
    out.state = a.state;
    out.state.insert(out.state.end(), b.state.begin(), b.state.end());
    return out.y;
  });
  return out;
}

std::string Bidirectional::details() const {
  return forward_layer().describe() + ", " +
         enum_names(options_.merge)[static_cast<std::size_t>(options_.merge)];
}

}  // namespace hourglass::nn
