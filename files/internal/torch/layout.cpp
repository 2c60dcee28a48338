#include <hourglass/files/internal/torch/layout.h>
#include <hourglass/nn/layers/conv.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/dropout.h>
#include <hourglass/nn/layers/noise.h>
#include <hourglass/nn/layers/normalization.h>
#include <hourglass/nn/layers/pool.h>
#include <hourglass/nn/layers/reshape.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace hourglass::files::torch {

namespace {

template <class... Types>
bool is_any(const nn::Module& module) {
  return ((dynamic_cast<const Types*>(&module) != nullptr) || ...);
}

bool is_element_wise(const nn::Module& m) {
  if (const auto* const f = dynamic_cast<const nn::ActivationLayer*>(&m))
    return torch::is_element_wise(f->function().name());
  return is_any<nn::LeakyReLU, nn::ELU, nn::Dropout, nn::GaussianNoise>(m);
}

// Layers of (N, H, W, C) and nothing else.
bool takes_images(const nn::Module& m) {
  return is_any<nn::Conv2D, nn::ConvTranspose2D, nn::DepthwiseConv2D, nn::MaxPool2D, nn::AveragePool2D,
                nn::GlobalAveragePool2D, nn::UpSampling2D, nn::ZeroPadding2D, nn::Cropping2D,
                nn::SpatialDropout2D>(m);
}

// The channels that a layer gives, if it says so.
std::optional<std::int64_t> channels_of(const nn::Module& m) {
  if (const auto* const l = dynamic_cast<const nn::Conv2D*>(&m)) return l->kernel.shape(3);
  if (const auto* const l = dynamic_cast<const nn::ConvTranspose2D*>(&m)) return l->kernel.shape(2);
  if (const auto* const l = dynamic_cast<const nn::DepthwiseConv2D*>(&m))
    return l->kernel.shape(2) * l->kernel.shape(3);
  if (const auto* const l = dynamic_cast<const nn::BatchNormalization*>(&m)) return l->moving_mean.size();
  return {};
}

class Planner {
 public:
  Planner(const std::vector<const nn::Module*>& chain,
          const std::function<bool(const nn::Module&)>& is_shared)
      : is_shared_(is_shared), steps_(chain.size()) {
    for (std::size_t i = 0; i < chain.size(); ++i) steps_[i].layer = chain[i];
  }

  std::vector<Step> steps() {
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      enter(i);
      steps_[i].layout = layout_;
      leave(i);
      steps_[i].gives = layout_;
    }
    return std::move(steps_);
  }

 private:
  [[nodiscard]] const nn::Module& layer(std::size_t i) const { return *steps_[i].layer; }

  // The conversion before layer i.
  void enter(std::size_t i) {
    Step& step = steps_[i];
    if (layout_ == Layout::plain && images_are_wanted(i)) {
      step.to_images = true;
      layout_ = Layout::images;
      channels_ = 0;
    }
    if (layout_ != Layout::images || stays_images(i)) return;
    step.to_plain = true;
    layout_ = Layout::plain;
  }

  // What layer i makes of its input.
  void leave(std::size_t i) {
    const nn::Module& m = layer(i);
    if (const auto channels = channels_of(m)) channels_ = *channels;
    if (is_any<nn::Flatten>(m) && layout_ == Layout::images) {
      steps_[i].natural = true;
      steps_[*dense_after(i)].in_channels = channels_;
      layout_ = Layout::flat;
    } else if (is_any<nn::Dense>(m)) {
      layout_ = Layout::plain;
    } else if (const auto* const reshape = dynamic_cast<const nn::Reshape*>(&m)) {
      claim_reshape(i, *reshape);
    } else if (const auto* const pool = dynamic_cast<const nn::GlobalAveragePool2D*>(&m)) {
      if (!pool->config().keepdims) layout_ = Layout::plain;
    }
  }

  [[nodiscard]] bool stays_images(std::size_t i) const {
    const nn::Module& m = layer(i);
    if (is_any<nn::Flatten>(m)) return dense_after(i).has_value();
    return takes_images(m) || is_element_wise(m) || is_any<nn::BatchNormalization>(m);
  }

  // Whether layer i, or the first after it that is not indifferent, takes images.
  [[nodiscard]] bool images_are_wanted(std::size_t i) const {
    for (; i < steps_.size(); ++i) {
      if (takes_images(layer(i))) return true;
      if (!is_element_wise(layer(i)) && !is_any<nn::BatchNormalization>(layer(i))) return false;
    }
    return false;
  }

  // A Dense whose weight can be put into another order.
  [[nodiscard]] bool is_free(std::size_t i) const {
    const auto* const dense = dynamic_cast<const nn::Dense*>(&layer(i));
    return dense && !is_shared_(*dense) && is_known_activation(dense->config().options.activation.name());
  }
  [[nodiscard]] std::optional<std::size_t> dense_after(std::size_t i) const {
    for (++i; i < steps_.size(); ++i) {
      if (is_free(i)) {
        const auto inputs = static_cast<const nn::Dense&>(layer(i)).kernel.shape(0);
        return channels_ > 0 && inputs % channels_ == 0 ? std::optional(i) : std::nullopt;
      }
      if (!is_element_wise(layer(i))) return {};
    }
    return {};
  }
  [[nodiscard]] std::optional<std::size_t> dense_before(std::size_t i) const {
    while (i-- > 0) {
      if (is_free(i)) return i;
      if (!is_element_wise(layer(i))) return {};
    }
    return {};
  }

  void claim_reshape(std::size_t i, const nn::Reshape& reshape) {
    const std::vector<std::int64_t> shape = reshape.config().shape;
    const std::optional<std::size_t> dense = dense_before(i);
    if (!dense || shape.size() != 3 || !images_are_wanted(i + 1)) return;
    if (*std::min_element(shape.begin(), shape.end()) < 1) return;
    const std::int64_t outputs = static_cast<const nn::Dense&>(layer(*dense)).kernel.shape(1);
    if (outputs % shape[2] != 0 || outputs / shape[2] % shape[1] != 0 ||
        outputs / shape[2] / shape[1] != shape[0])
      return;  // of several rows that the Dense gives
    steps_[*dense].out_channels = shape[2];
    steps_[i].natural = true;
    layout_ = Layout::images;
    channels_ = shape[2];
  }

  const std::function<bool(const nn::Module&)>& is_shared_;
  std::vector<Step> steps_;
  Layout layout_ = Layout::plain;
  std::int64_t channels_ = 0;  // of the present images; 0 for not known
};

}  // namespace

bool is_element_wise(const std::string& name) {
  static const std::set<std::string> names{"linear", "relu", "leaky_relu", "elu",      "selu", "sigmoid",
                                           "tanh",   "gelu", "silu",       "softplus", "exp",  "square"};
  return names.count(name) > 0;
}
bool is_known_activation(const std::string& name) {
  return is_element_wise(name) || name == "softmax" || name == "log_softmax";
}

std::vector<Step> steps_of(const std::vector<const nn::Module*>& chain,
                           const std::function<bool(const nn::Module&)>& is_shared) {
  return Planner(chain, is_shared).steps();
}

}  // namespace hourglass::files::torch
