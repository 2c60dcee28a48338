#include <hourglass/autograd/gradient.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/linalg.h>
#include <hourglass/tensor/views.h>

#include <mutex>

namespace hourglass {

namespace {

// Held for a few moves only, never while anything is computed: whoever adds takes the sum out and puts it
// back.
std::mutex& slots_mutex() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace

Tensor Unmultiplied::product() const { return matmul(transpose(a), b); }

Gradient::Gradient(const Variable& value) : value_(value.node()) {}
Gradient::Gradient(Tensor value) : value_(Variable(std::move(value)).node()) {}
Gradient::Gradient(Unmultiplied product) : product_(std::make_unique<Unmultiplied>(std::move(product))) {}

const NodePtr& Gradient::value() {
  if (product_) {
    value_ = Variable(product_->product()).node();
    product_.reset();
  }
  return value_;
}

void Gradient::add(Gradient term) {
  if (!*this) {
    *this = std::move(term);
    return;
  }
  NodePtr sum = value();
  value_ = NodePtr();
  const Variable more(term.value());
  if (!is_recording() && sum->references == 1 && sum->value.storage().is_unique() &&
      sum->value.is_contiguous()) {
    add_in_place(sum->value, more.value());
    value_ = std::move(sum);
  } else {
    value_ = (Variable(std::move(sum)) + more).node();
  }
}

void GradientSlot::add(Gradient term) {
  while (true) {
    Gradient sum;
    {
      const std::lock_guard lock(slots_mutex());
      std::swap(sum, gradient_);
      if (!sum) {
        gradient_ = std::move(term);
        return;
      }
    }
    sum.add(std::move(term));
    term = std::move(sum);
  }
}

Gradient GradientSlot::take() {
  const std::lock_guard lock(slots_mutex());
  return std::exchange(gradient_, Gradient());
}

void GradientSlot::put(Gradient gradient) {
  {
    const std::lock_guard lock(slots_mutex());
    std::swap(gradient, gradient_);
  }  // what was there is freed outside
}

std::optional<Variable> GradientSlot::value() {
  NodePtr value;
  {
    const std::lock_guard lock(slots_mutex());
    if (!gradient_) return std::nullopt;
    if (!gradient_.product()) value = gradient_.value();
  }
  if (!value) {
    Gradient all = take();
    if (!all) return std::nullopt;
    value = all.value();
    add(std::move(all));
  }
  return Variable(value);
}

}  // namespace hourglass
