#include <hourglass/nn/evaluating.h>
#include <hourglass/nn/internal/keep_generator.h>
#include <hourglass/nn/internal/layer_call.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/factory.h>

#include <algorithm>
#include <atomic>

namespace hourglass::nn {

namespace {

constexpr std::array<std::int64_t, 2> kTried{64, 96};  // for extents that may be any

Shape example_of(const ExampleShape& shape, std::int64_t any) {
  std::vector<std::int64_t> extents{1};
  for (const std::int64_t extent : shape) extents.push_back(extent == -1 ? any : extent);
  return Shape(extents);
}

}  // namespace

std::vector<Variable> internal::outputs_of(Layer& layer, const std::vector<Variable>& x) {
  if (auto* const multi = dynamic_cast<MultiLayer*>(&layer)) return (*multi)(x);
  if (x.size() == 1) return {layer(x[0])};
  throw DataError("{}: takes one tensor, got {}; merge them first, as with nn::concatenate({a, b})",
                  layer.describe(), x.size());
}

std::string str(const ExampleShape& shape) {
  std::string out = "(None";
  for (const std::int64_t extent : shape) out += extent == -1 ? ", None" : ", " + std::to_string(extent);
  return out + (shape.empty() ? ",)" : ")");
}

internal::LayerCall::LayerCall() {
  static std::atomic<std::uint64_t> last{0};
  number = ++last;
}

// Long chains are let go of one by one, not each inside the other.
internal::LayerCall::~LayerCall() {
  std::vector<SymbolicTensor> left = std::move(inputs);
  while (!left.empty()) {
    const std::shared_ptr<const LayerCall> call = std::move(left.back().call_);
    left.pop_back();
    if (call && call.use_count() == 1) {
      auto& its = const_cast<LayerCall&>(*call).inputs;
      for (SymbolicTensor& x : its) left.push_back(std::move(x));
      its.clear();
    }
  }
}

void internal::LayerCall::find_outputs() {
  Layer& layer = part->layer();
  const internal::KeepGenerator keep;
  const auto run = [&](std::size_t example) {
    const Evaluating evaluating(layer);
    std::vector<Variable> x;
    for (const SymbolicTensor& in : inputs) {
      const Output& of = in.call_->outputs[in.output_];
      x.emplace_back(zeros(of.examples[example], of.dtype));
    }
    std::vector<Variable> y = outputs_of(layer, x);
    for (const NamedModule& m : modules(layer)) (void)m.module->take_penalty();
    return y;
  };
  try {
    const bool same = std::all_of(inputs.begin(), inputs.end(), [](const SymbolicTensor& x) {
      const Output& of = x.call_->outputs[x.output_];
      return of.examples[0] == of.examples[1];
    });
    const std::vector<Variable> small = run(0), large = same ? small : run(1);
    for (std::size_t i = 0; i < small.size(); ++i) {
      const Shape a = small[i].shape(), b = large[i].shape();
      if (a.rank() < 1 || a.rank() != b.rank())
        throw ShapeError("{}: gives a tensor of shape {}, without a batch axis; use it outside of the graph",
                         layer.describe(), a);
      Output output{{}, small[i].dtype(), {a, b}};
      for (int axis = 1; axis < a.rank(); ++axis) output.shape.push_back(a[axis] == b[axis] ? a[axis] : -1);
      outputs.push_back(std::move(output));
    }
  } catch (Error& error) {
    std::string on;
    for (const SymbolicTensor& x : inputs) on += (on.empty() ? "called on " : ", ") + str(x.shape());
    std::vector<Error::Frame> trail = error.trail();
    trail.push_back({nullptr, "a graph", part->name(), on});
    error.set_trail(std::move(trail));
    throw;
  }
}

const ExampleShape& SymbolicTensor::shape() const { return call_->outputs[output_].shape; }
DType SymbolicTensor::dtype() const { return call_->outputs[output_].dtype; }

SymbolicTensor SymbolicTensor::then(const Part& layer) const { return merge(layer, {*this}); }

SymbolicTensor input(ExampleShape shape, const InputOptions& options) {
  for (const std::int64_t extent : shape) {
    if (extent < 1 && extent != -1)
      throw ShapeError("input: an extent is {}; give those of one example, -1 for one that may be any",
                       extent);
  }
  auto call = std::make_shared<internal::LayerCall>();
  call->input_name = options.name;
  const std::array<Shape, 2> examples{example_of(shape, kTried[0]), example_of(shape, kTried[1])};
  call->outputs.push_back({std::move(shape), options.dtype, examples});
  return {std::move(call), 0};
}

std::vector<SymbolicTensor> call(Part layer, const std::vector<SymbolicTensor>& x) {
  auto call = std::make_shared<internal::LayerCall>();
  call->part = std::move(layer);
  call->inputs = x;
  call->find_outputs();
  std::vector<SymbolicTensor> out;
  for (std::size_t i = 0; i < call->outputs.size(); ++i) out.push_back({call, i});
  return out;
}

SymbolicTensor merge(const Part& layer, const std::vector<SymbolicTensor>& x) {
  const std::vector<SymbolicTensor> y = call(layer, x);
  if (y.size() == 1) return y.front();
  throw DataError("{}: gives {} tensors where one is expected; nn::call(layer, {x}) gives them all",
                  layer.layer().describe(), y.size());
}

SymbolicTensor add(const std::vector<SymbolicTensor>& x) { return merge(Add(), x); }
SymbolicTensor subtract(const SymbolicTensor& a, const SymbolicTensor& b) {
  return merge(Subtract(), {a, b});
}
SymbolicTensor multiply(const std::vector<SymbolicTensor>& x) { return merge(Multiply(), x); }
SymbolicTensor average(const std::vector<SymbolicTensor>& x) { return merge(Average(), x); }
SymbolicTensor maximum(const std::vector<SymbolicTensor>& x) { return merge(Maximum(), x); }
SymbolicTensor minimum(const std::vector<SymbolicTensor>& x) { return merge(Minimum(), x); }
SymbolicTensor concatenate(const std::vector<SymbolicTensor>& x, int axis) {
  return merge(Concatenate(axis), x);
}
SymbolicTensor dot(const SymbolicTensor& a, const SymbolicTensor& b, const DotOptions& options) {
  return merge(Dot(options), {a, b});
}

}  // namespace hourglass::nn
