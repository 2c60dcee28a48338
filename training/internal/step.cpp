#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/trace.h>
#include <hourglass/nn/check.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/training/internal/step.h>

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

double Step::train(LossOfBatch loss_of_batch, const void* batch) {
  const bool check = checked_ < kChecks;
  const Trace trace(check && tracing() == Tracing::off ? Tracing::layers : tracing());
  const std::uint64_t begin = next_tick();
  const Variable loss = total_loss(model_, loss_of_batch, batch);
  const double value = loss.item();
  if (!std::isfinite(value)) {
    throw NotFiniteError(
        "fit: the loss became {}; try a lower learning rate than {}, look at the data's range, or keep an "
        "hg::Trace alive around fit(): it names the op and the layer that made it",
        value, optimizer_.learning_rate());
  }
  if (check) {
    nn::check_parameters_listed(loss, model_, begin);
    ++checked_;
  }
  optimizer_.minimize(loss, nn::parameters(model_));
  return value;
}

}  // namespace hourglass::training::detail
