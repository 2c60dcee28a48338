#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/trace.h>
#include <hourglass/nn/check.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/training/internal/step.h>

#include <algorithm>
#include <cmath>

namespace hourglass::training::detail {

namespace {

// A layer that is made within the first call is older than the second, and is found then.
constexpr int kChecks = 2;

}  // namespace

Variable total_loss(nn::Module& model, LossOfBatch loss_of_batch, const void* batch) {
  Variable loss = loss_of_batch(batch);
  if (loss.size() != 1) {
    throw ShapeError("fit: the loss of a batch must be one number, got shape {}; reduce it with mean or sum",
                     loss.shape());
  }
  if (const auto penalty = nn::regularization_loss(model)) loss = loss + *penalty;
  return loss;
}

Frozen::Frozen(nn::Module& model) {
  for (const NamedParameter& p : nn::parameters(model)) {
    if (p.variable.is_leaf() && p.variable.requires_grad()) thawed_.push_back(p.variable);
  }
  for (Variable& p : thawed_) p.set_requires_grad(false);
}

Frozen::~Frozen() {
  for (Variable& p : thawed_) p.set_requires_grad(true);
}

double Step::train(LossOfBatch loss_of_batch, const void* batch, std::int64_t examples) {
  const bool check = checked_ < kChecks;
  const Trace trace(check && tracing() == Tracing::off ? Tracing::layers : tracing());
  const std::uint64_t begin = next_tick();
  const Variable loss = total_loss(model_, loss_of_batch, batch);
  const double value = loss.item();
  if (!std::isfinite(value)) {
    throw DataError(
        "fit: the loss became {}; try a lower learning rate than {}, look at the data's range, or keep an "
        "hg::Trace alive around fit(): it names the op and the layer that made it",
        value, optimizer_.learning_rate());
  }
  if (check) {
    nn::check_parameters_listed(loss, model_, begin);
    ++checked_;
  }
  if (accumulate_ == 1) {
    optimizer_.minimize(loss, nn::parameters(model_));
  } else {
    add_gradient(loss, examples);
  }
  return value;
}

// Sums over examples, Σ n · d(mean over n), of which finish() makes the mean over all.
void Step::add_gradient(const Variable& loss, std::int64_t examples) {
  const auto n = static_cast<double>(examples);
  backward(loss * n);
  position_.waiting_examples += n;
  if (++position_.waiting == accumulate_) finish();
}

void Step::finish() {
  if (position_.waiting == 0) return;
  const std::vector<NamedParameter> parameters = nn::parameters(model_);
  for (NamedParameter p : parameters) {
    if (const auto g = p.variable.gradient())
      p.variable.set_gradient(Variable(g->value() * (1.0 / position_.waiting_examples)));
  }
  optimizer_.step(parameters);
  position_.waiting = 0;
  position_.waiting_examples = 0.0;
}

std::vector<NamedTensor> Step::state() const {
  std::vector<NamedTensor> out;
  if (position_.waiting == 0) return out;
  for (const NamedParameter& p : nn::parameters(model_)) {
    if (const auto g = p.variable.gradient()) out.push_back({p.name, g->value()});
  }
  return out;
}

void Step::set_state(std::span<const NamedTensor> state) {
  const auto of = [&](const NamedParameter& p) -> const NamedTensor* {
    for (const NamedTensor& t : state) {
      if (t.name == p.name && t.value.shape() == p.variable.shape() && t.value.dtype() == p.variable.dtype())
        return &t;
    }
    return nullptr;
  };
  std::vector<NamedParameter> parameters = nn::parameters(model_);
  const auto known = std::count_if(parameters.begin(), parameters.end(), of);
  if (known != static_cast<std::ptrdiff_t>(state.size()))
    throw DataError("fit: these are not gradients of the model's parameters; do names and shapes agree?");
  for (NamedParameter& p : parameters) {
    p.variable.clear_gradient();
    if (const NamedTensor* const t = of(p)) p.variable.set_gradient(Variable(t->value.clone()));
  }
}

}  // namespace hourglass::training::detail
