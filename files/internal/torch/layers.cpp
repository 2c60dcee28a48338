#include <hourglass/files/internal/torch/layers.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/dropout.h>
#include <hourglass/nn/layers/embedding.h>
#include <hourglass/nn/layers/gru.h>
#include <hourglass/nn/layers/lstm.h>
#include <hourglass/nn/layers/noise.h>
#include <hourglass/nn/layers/normalization.h>
#include <hourglass/nn/layers/reshape.h>
#include <hourglass/nn/layers/tied_dense.h>
#include <hourglass/tensor/ops/factory.h>

#include <algorithm>

namespace hourglass::files::torch {

namespace {

int channel_axis(const Step& step) { return step.layout == Layout::images ? 1 : -1; }

// A Dense, or one turned around: the two may share their kernel (rows, columns).
void say_linear(Out& out, Binding kernel, const Variable& variable, bool turned,
                const std::optional<Variable>& bias, ImageAxis outputs) {
  const std::int64_t in = variable.shape(turned ? 1 : 0), features = variable.shape(turned ? 0 : 1);
  const std::string options = bias_argument(bias.has_value()) + dtype_argument(variable.dtype());
  const std::optional<std::string> other =
      out.bind(std::move(kernel), variable, turned ? "linear turned" : "linear");
  if (other) {
    out.use("TiedLinear");
    out.layer(fmt::format("TiedLinear({}{})", features, options));
    const std::string owner = other->substr(0, other->rfind('.'));
    out.plan.ties.push_back("self.get_submodule(" + python_text(out.path) +
                            ").other.append(self.get_submodule(" + python_text(owner) + "))");
  } else {
    out.layer(fmt::format("nn.Linear({}, {}{})", in, features, options));
  }
  if (bias)
    out.bind(with_image_axis(same(out.at("bias"), out.at("bias"), bias->value()), outputs), *bias, "same");
}

void say(const nn::Dense& l, const Step& step, Out& out) {
  Binding kernel = permuted(out.at("kernel"), out.at("weight"), l.kernel.value(), {1, 0});
  kernel = with_image_axis(std::move(kernel), {1, step.in_channels});
  kernel = with_image_axis(std::move(kernel), {0, step.out_channels});
  say_linear(out, std::move(kernel), l.kernel, false, l.bias, {0, step.out_channels});
  out.activation(l.config().options.activation, -1);
}

void say(const nn::TiedDense& l, const Step& /*step*/, Out& out) {
  say_linear(out, same(out.at("kernel"), out.at("weight"), l.kernel.value()), l.kernel, true, l.bias, {});
  out.activation(l.config().options.activation, -1);
}

void say(const nn::ActivationLayer& l, const Step& step, Out& out) {
  if (l.function().is_linear()) return out.layer("nn.Identity()");
  out.activation(l.function(), channel_axis(step));
  if (!out.into.empty()) out.into.back().name = out.name;
}
void say(const nn::LeakyReLU& l, const Step& /*step*/, Out& out) {
  out.layer(fmt::format("nn.LeakyReLU({})", l.config().alpha));
}
void say(const nn::ELU& l, const Step& /*step*/, Out& out) {
  out.layer(fmt::format("nn.ELU({})", l.config().alpha));
}
void say(const nn::Softmax& l, const Step& /*step*/, Out& out) {
  out.layer(fmt::format("nn.Softmax(dim={})", l.config().axis));
}
void say(const nn::Dropout& l, const Step& /*step*/, Out& out) {
  out.layer(fmt::format("nn.Dropout({})", l.config().rate));
}
void say(const nn::GaussianNoise& l, const Step& /*step*/, Out& out) {
  out.use("GaussianNoise");
  out.layer(fmt::format("GaussianNoise({})", l.config().stddev));
}

void say(const nn::BatchNormalization& l, const Step& step, Out& out) {
  const auto& o = l.config().options;
  const bool images = step.layout == Layout::images;
  if (!images) out.use("BatchNorm");
  out.layer(fmt::format("{}({}, eps={}, momentum={:.12g}{}{})", images ? "nn.BatchNorm2d" : "BatchNorm",
                        l.moving_mean.size(), o.epsilon, 1.0 - o.momentum,
                        l.gamma || l.beta ? "" : ", affine=False", dtype_argument(o.dtype)));
  out.scale_and_shift(l.gamma, l.beta, l.moving_mean.size(), o.dtype);
  out.bind(same(out.at("moving_mean"), out.at("running_mean"), l.moving_mean), &l.moving_mean, "same");
  out.bind(same(out.at("moving_variance"), out.at("running_var"), l.moving_variance), &l.moving_variance,
           "same");
  Binding batches = constant(out.at("num_batches_tracked"), zeros({}, int64));
  batches.may_be_missing = batches.may_differ = true;
  out.plan.bindings.push_back(std::move(batches));
}

void say(const nn::LayerNormalization& l, const Step& /*step*/, Out& out) {
  const nn::LayerNormalization::Config c = l.config();
  out.layer(fmt::format("nn.LayerNorm({}, eps={}{}{})", c.features, c.options.epsilon,
                        l.gamma || l.beta ? "" : ", elementwise_affine=False",
                        dtype_argument(c.options.dtype)));
  out.scale_and_shift(l.gamma, l.beta, c.features, c.options.dtype);
}

// The options that both kinds have.
std::string recurrent_arguments(const nn::Recurrent& l) {
  return fmt::format("({}, {}, sequences={}{}{})", l.features(), l.units(),
                     l.returns_sequences() ? "True" : "False", bias_argument(l.bias.has_value()),
                     dtype_argument(l.kernel.dtype()));
}

void say(const nn::LSTM& l, const Step& /*step*/, Out& out) {
  out.use("LSTM");
  out.layer("LSTM" + recurrent_arguments(l));
  const std::vector<int> turned{1, 0};
  out.bind(permuted(out.at("kernel"), out.at("weight_ih_l0"), l.kernel.value(), turned), l.kernel, "linear");
  out.bind(permuted(out.at("recurrent_kernel"), out.at("weight_hh_l0"), l.recurrent_kernel.value(), turned),
           l.recurrent_kernel, "linear");
  if (l.bias) {
    out.bind(sum_of_two(out.at("bias"), out.at("bias_ih_l0"), out.at("bias_hh_l0"), l.bias->value()), *l.bias,
             "lstm");
  }
}

// PyTorch has the reset gate first, and no form with the reset before the product.
void say(const nn::GRU& l, const Step& /*step*/, Out& out) {
  if (!l.config().options.reset_after)
    out.refuse(l.describe() +
               " resets before the product, which PyTorch's does not; make it with reset_after");
  out.use("GRU");
  out.layer("GRU" + recurrent_arguments(l));
  const auto kernel = [&](const char* ours, const char* theirs, const Variable& v) {
    out.bind(first_two_changed(permuted(out.at(ours), out.at(theirs), v.value(), {1, 0}), 0), v, "gru");
  };
  kernel("kernel", "weight_ih_l0", l.kernel);
  kernel("recurrent_kernel", "weight_hh_l0", l.recurrent_kernel);
  if (!l.bias) return;
  const Tensor value = l.bias->value();
  Binding bias = l.config().options.reset_after
                     ? two_rows(out.at("bias"), out.at("bias_ih_l0"), out.at("bias_hh_l0"), value)
                     : sum_of_two(out.at("bias"), out.at("bias_ih_l0"), out.at("bias_hh_l0"), value);
  out.bind(first_two_changed(std::move(bias), 0), *l.bias, "gru bias");
}

void say(const nn::Embedding& l, const Step& /*step*/, Out& out) {
  const nn::Embedding::Config c = l.config();
  out.layer(fmt::format("nn.Embedding({}, {}{})", c.in, c.out, dtype_argument(c.options.dtype)));
  out.bind(same(out.at("embeddings"), out.at("weight"), l.embeddings.value()), l.embeddings, "same");
}

void say(const nn::Flatten& /*l*/, const Step& /*step*/, Out& out) { out.layer("nn.Flatten()"); }

void say(const nn::Reshape& l, const Step& step, Out& out) {
  const std::vector<std::int64_t> shape = l.config().shape;
  if (step.natural)
    return out.layer(fmt::format("nn.Unflatten(1, ({}, {}, {}))", shape[2], shape[0], shape[1]));
  std::string extents;
  for (const std::int64_t extent : shape) extents += (extents.empty() ? "" : ", ") + std::to_string(extent);
  out.use("Reshape");
  out.layer("Reshape(" + extents + ")");
}

void say(const nn::RepeatVector& l, const Step& /*step*/, Out& out) {
  out.use("RepeatVector");
  out.layer(fmt::format("RepeatVector({})", l.config().n));
}

const char* activation_module(const std::string& name) {
  static const std::map<std::string, const char*> modules{{"relu", "nn.ReLU()"},
                                                          {"leaky_relu", "nn.LeakyReLU(0.01)"},
                                                          {"elu", "nn.ELU()"},
                                                          {"selu", "nn.SELU()"},
                                                          {"gelu", "nn.GELU()"},
                                                          {"silu", "nn.SiLU()"},
                                                          {"sigmoid", "nn.Sigmoid()"},
                                                          {"tanh", "nn.Tanh()"},
                                                          {"exp", "Function(torch.exp)"},
                                                          {"softplus", "nn.Softplus()"},
                                                          {"square", "Function(torch.square)"}};
  const auto found = modules.find(name);
  return found == modules.end() ? nullptr : found->second;
}

}  // namespace

std::string dtype_argument(DType dtype) { return dtype == float64 ? ", dtype=torch.float64" : ""; }

std::string pair(Extent2 e) { return fmt::format("({}, {})", e.rows, e.columns); }

void Out::layer(const std::string& expression) { into.push_back({name, expression, {}}); }

void Out::beside(const std::string& ending, const std::string& expression) {
  into.push_back({name + "_" + ending, expression, {}});
}

std::optional<std::string> Out::bind(Binding binding, const void* identity, const std::string& form) {
  const auto [found, is_new] = known.try_emplace(identity, Known{binding.theirs, form});
  if (is_new) {
    plan.bindings.push_back(std::move(binding));
    return {};
  }
  const Known& first = found->second;
  if (form != first.form) {
    const bool linear = form.rfind("linear", 0) == 0 && first.form.rfind("linear", 0) == 0;
    if (linear) return first.theirs[0];
    refuse("\"" + binding.theirs[0] + "\" is tied to \"" + first.theirs[0] +
           "\", which PyTorch holds in another form; give each a parameter of its own");
    return {};
  }
  const auto member = [](const std::string& theirs) {
    const std::size_t dot = theirs.rfind('.');
    if (dot == std::string::npos) return "self." + theirs;
    return "self.get_submodule(" + python_text(theirs.substr(0, dot)) + ")." + theirs.substr(dot + 1);
  };
  for (std::size_t i = 0; i < binding.theirs.size(); ++i) {
    plan.aliases.emplace(binding.theirs[i], first.theirs[i]);
    plan.ties.push_back(member(binding.theirs[i]) + " = " + member(first.theirs[i]));
  }
  return {};
}

void Out::scale_and_shift(const std::optional<Variable>& gamma, const std::optional<Variable>& beta,
                          std::int64_t features, DType dtype) {
  if (!gamma && !beta) return;
  const auto fix = [&](const char* member, const Tensor& value) {  // PyTorch has it, and is not to train it
    plan.bindings.push_back(constant(at(member), value));
    plan.ties.push_back("self.get_submodule(" + python_text(path) + ")." + member + ".requires_grad_(False)");
  };
  if (gamma) bind(same(at("gamma"), at("weight"), gamma->value()), *gamma, "same");
  if (!gamma) fix("weight", ones({features}, dtype));
  if (beta) bind(same(at("beta"), at("bias"), beta->value()), *beta, "same");
  if (!beta) fix("bias", zeros({features}, dtype));
}

void Out::activation(const nn::Activation& f, int channel_axis) {
  if (f.is_linear()) return;
  const std::string& f_name = f.name();
  if (f_name == "softmax" || f_name == "log_softmax") {
    beside(f_name,
           fmt::format("nn.{}(dim={})", f_name == "softmax" ? "Softmax" : "LogSoftmax", channel_axis));
  } else if (const char* const module = activation_module(f_name)) {
    if (std::string_view(module).substr(0, 2) != "nn") use("Function");
    beside(f_name, module);
  } else {
    refuse(
        "the function \"" + f_name + "\" of layer \"" + path +
        "\" is one of your own; put relu, tanh or another of the library's in its place, or save the weights "
        "alone with save_safetensors");
    beside(f_name, "nn.Identity()");
  }
}

bool say_layer(const nn::Module& layer, const Step& step, Out& out) {
  return say_image_layer(layer, step, out) || try_say<nn::Dense>(layer, step, out, say) ||
         try_say<nn::TiedDense>(layer, step, out, say) ||
         try_say<nn::ActivationLayer>(layer, step, out, say) ||
         try_say<nn::LeakyReLU>(layer, step, out, say) || try_say<nn::ELU>(layer, step, out, say) ||
         try_say<nn::Softmax>(layer, step, out, say) || try_say<nn::Dropout>(layer, step, out, say) ||
         try_say<nn::GaussianNoise>(layer, step, out, say) ||
         try_say<nn::BatchNormalization>(layer, step, out, say) ||
         try_say<nn::LayerNormalization>(layer, step, out, say) || try_say<nn::LSTM>(layer, step, out, say) ||
         try_say<nn::GRU>(layer, step, out, say) || try_say<nn::Embedding>(layer, step, out, say) ||
         try_say<nn::Flatten>(layer, step, out, say) || try_say<nn::Reshape>(layer, step, out, say) ||
         try_say<nn::RepeatVector>(layer, step, out, say);
}

}  // namespace hourglass::files::torch
