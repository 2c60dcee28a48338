// The cases of train_step in PyTorch's C++ frontend, for comparison; built only where libtorch-dev is
// installed.
//
//   libtorch --case a --batch 128 --threads 1 [--infer] [--channels-last]
//
// One line per measurement:  case=a batch=128 threads=1 mode=libtorch … median_ms=… images_per_s=…
// peak_rss_mb=…

#include "options.h"
#include "timing.h"

#include <torch/torch.h>

#include <cmath>

#include <sys/resource.h>

#include <functional>
#include <iostream>

namespace {

namespace F = torch::nn::functional;
using torch::Tensor;

struct Options : bench::StepOptions {
  bool channels_last = false;
};

// Loss of a batch x of (B, 784) or, for convolutions, (B, 1, 28, 28).
struct Case {
  std::shared_ptr<torch::nn::Module> model;
  std::function<Tensor(const Tensor&)> loss;
  bool images = false;
};

Tensor noisy(const Tensor& x) { return (x + 0.3 * torch::randn_like(x)).clamp_(0.0, 1.0); }

Tensor summed_bce(const Tensor& y, const Tensor& x) {
  return F::binary_cross_entropy_with_logits(
      y, x, F::BinaryCrossEntropyWithLogitsFuncOptions().reduction(torch::kSum));
}

Tensor sample(const Tensor& mean, const Tensor& log_variance) {
  return mean + torch::randn_like(mean) * torch::exp(0.5 * log_variance);
}

Tensor kl(const Tensor& mean, const Tensor& log_variance) {
  return -0.5 * torch::sum(1 + log_variance - mean * mean - log_variance.exp());
}

template <class Layer>
Layer add(const std::shared_ptr<torch::nn::Module>& model, const char* name, Layer layer) {
  model->register_module(name, layer);
  return layer;
}

Case simple(bool noise, std::int64_t width) {
  const auto m = std::make_shared<torch::nn::Module>();
  auto e = add(m, "e", torch::nn::Linear(784, width)), d = add(m, "d", torch::nn::Linear(width, 784));
  return {m, [=](const Tensor& x) mutable {
            return F::mse_loss(torch::sigmoid(d(torch::relu(e(noise ? noisy(x) : x)))), x);
          }};
}

Case deep(bool noise) {
  const auto m = std::make_shared<torch::nn::Module>();
  torch::nn::Sequential net;
  const std::vector<int> widths{784, 512, 256, 32, 256, 512, 784};
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    net->push_back(torch::nn::Linear(widths[i], widths[i + 1]));
    if (i + 2 < widths.size()) net->push_back(torch::nn::ReLU());
  }
  add(m, "net", net);
  return {m, [=](const Tensor& x) mutable {
            return F::binary_cross_entropy_with_logits(net->forward(noise ? noisy(x) : x), x);
          }};
}

Case sparse() {
  const auto m = std::make_shared<torch::nn::Module>();
  auto e = add(m, "e", torch::nn::Linear(784, 1024)), d = add(m, "d", torch::nn::Linear(1024, 784));
  return {m, [=](const Tensor& x) mutable {
            const Tensor h = torch::relu(e(x));
            return F::mse_loss(torch::sigmoid(d(h)), x) + 1e-4 * h.abs().mean();
          }};
}

Case variational(std::int64_t width) {
  const auto m = std::make_shared<torch::nn::Module>();
  auto e = add(m, "e", torch::nn::Linear(784, width)), mean = add(m, "mean", torch::nn::Linear(width, 20)),
       variance = add(m, "variance", torch::nn::Linear(width, 20)),
       d1 = add(m, "d1", torch::nn::Linear(20, width)), d2 = add(m, "d2", torch::nn::Linear(width, 784));
  return {m, [=](const Tensor& x) mutable {
            const Tensor h = torch::relu(e(x)), mu = mean(h), log_variance = variance(h);
            const Tensor y = d2(torch::relu(d1(sample(mu, log_variance))));
            return (summed_bce(y, x) + kl(mu, log_variance)) / x.size(0);
          }};
}

// log 1/K Σ_k p(x|z_k) p(z_k) / q(z_k|x), K samples of each code.
Case importance_weighted() {
  constexpr std::int64_t kSamples = 5, kLatent = 50;
  const auto m = std::make_shared<torch::nn::Module>();
  auto e1 = add(m, "e1", torch::nn::Linear(784, 200)), e2 = add(m, "e2", torch::nn::Linear(200, 200)),
       mean = add(m, "mean", torch::nn::Linear(200, kLatent)),
       variance = add(m, "variance", torch::nn::Linear(200, kLatent)),
       d1 = add(m, "d1", torch::nn::Linear(kLatent, 200)), d2 = add(m, "d2", torch::nn::Linear(200, 200)),
       d3 = add(m, "d3", torch::nn::Linear(200, 784));
  return {m, [=](const Tensor& x) mutable {
            const std::int64_t n = x.size(0);
            const Tensor h = torch::tanh(e2(torch::tanh(e1(x)))), mu = mean(h), log_variance = variance(h);
            const Tensor epsilon = torch::randn({kSamples, n, kLatent});
            const Tensor z = mu + torch::exp(0.5 * log_variance) * epsilon;
            const Tensor y = d3(torch::tanh(d2(torch::tanh(d1(z.view({kSamples * n, kLatent}))))));
            const Tensor log_p =
                (x * y.view({kSamples, n, 784}) - F::softplus(y).view({kSamples, n, 784})).sum(2);
            const Tensor log_ratio = 0.5 * (log_variance + epsilon.square() - z.square()).sum(2);
            return -(torch::logsumexp(log_p + log_ratio, 0) - std::log(static_cast<double>(kSamples))).mean();
          }};
}

torch::nn::Conv2d conv(std::int64_t in, std::int64_t out, int stride) {
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 3).stride(stride).padding(1));
}

torch::nn::ConvTranspose2d transposed(std::int64_t in, std::int64_t out, int stride) {
  return torch::nn::ConvTranspose2d(
      torch::nn::ConvTranspose2dOptions(in, out, 3).stride(stride).padding(1).output_padding(stride - 1));
}

Case pooled() {
  const auto m = std::make_shared<torch::nn::Module>();
  auto c1 = add(m, "c1", conv(1, 16, 1)), c2 = add(m, "c2", conv(16, 8, 1)),
       c3 = add(m, "c3", conv(16, 1, 1));
  auto t1 = add(m, "t1", transposed(8, 8, 2)), t2 = add(m, "t2", transposed(8, 16, 2));
  return {m,
          [=](const Tensor& x) mutable {
            const Tensor h = torch::max_pool2d(torch::relu(c2(torch::max_pool2d(torch::relu(c1(x)), 2))), 2);
            return F::mse_loss(torch::sigmoid(c3(torch::relu(t2(torch::relu(t1(h)))))), x);
          },
          true};
}

Case strided(bool is_variational, std::int64_t few) {
  const std::int64_t many = 2 * few;
  const auto m = std::make_shared<torch::nn::Module>();
  auto c1 = add(m, "c1", conv(1, few, 2)), c2 = add(m, "c2", conv(few, many, 2));
  auto encoded = add(m, "encoded", torch::nn::Linear(49 * many, is_variational ? 32 : 16)),
       decoded = add(m, "decoded", torch::nn::Linear(16, 49 * many));
  auto t1 = add(m, "t1", transposed(many, many, 2)), t2 = add(m, "t2", transposed(many, few, 2)),
       t3 = add(m, "t3", transposed(few, 1, 1));
  return {
      m,
      [=](const Tensor& x) mutable {
        Tensor z = encoded(torch::relu(c2(torch::relu(c1(x)))).flatten(1)), divergence = torch::zeros({});
        if (is_variational) {
          const std::vector<Tensor> halves = z.chunk(2, 1);
          z = sample(halves[0], halves[1]);
          divergence = kl(halves[0], halves[1]);
        }
        const Tensor y = t3(torch::relu(t2(torch::relu(t1(torch::relu(decoded(z)).view({-1, many, 7, 7}))))));
        return (summed_bce(y, x) + divergence) / x.size(0);
      },
      true};
}

Case recurrent() {
  constexpr std::int64_t kSteps = 28, kFeatures = 28, kUnits = 64;
  const auto m = std::make_shared<torch::nn::Module>();
  const auto lstm = [](std::int64_t in) {
    return torch::nn::LSTM(torch::nn::LSTMOptions(in, kUnits).batch_first(true));
  };
  auto encoder = add(m, "encoder", lstm(kFeatures)), decoder = add(m, "decoder", lstm(kUnits));
  auto out = add(m, "out", torch::nn::Linear(kUnits, kFeatures));
  return {m,
          [=](const Tensor& images) mutable {
            const Tensor x = images.view({-1, kSteps, kFeatures});
            const Tensor last = std::get<0>(std::get<1>(encoder(x)))[0];
            const Tensor h = std::get<0>(decoder(last.unsqueeze(1).expand({-1, kSteps, -1})));
            return F::mse_loss(out(h), x);
          },
          false};
}

Case make_case(const std::string& name, std::int64_t width) {
  const auto or_own = [width](std::int64_t own) { return width > 0 ? width : own; };
  if (name == "a" || name == "ca") return simple(name == "ca", or_own(64));
  if (name == "b" || name == "cb") return deep(name == "cb");
  if (name == "d") return sparse();
  if (name == "e") return variational(or_own(400));
  if (name == "f1") return pooled();
  if (name == "f2" || name == "f2v") return strided(name == "f2v", or_own(32));
  if (name == "g") return recurrent();
  if (name == "iw") return importance_weighted();
  throw std::invalid_argument("libtorch: no case \"" + name +
                              "\"; the cases are a, b, ca, cb, d, e, f1, f2, f2v, g and iw");
}

void measure(const std::string& name, std::int64_t batch, const Options& o) {
  torch::manual_seed(1);
  Case c = make_case(name, o.width);
  const std::int64_t batches = std::max<std::int64_t>(12800 / batch, 1);
  Tensor images = torch::rand({batches * batch, 784});
  images = images * (images >= 0.8);
  if (c.images) images = images.view({-1, 1, 28, 28});
  if (c.images && o.channels_last) {
    images = images.contiguous(torch::MemoryFormat::ChannelsLast);
    for (Tensor& p : c.model->parameters()) {
      if (p.dim() == 4) p.set_data(p.contiguous(torch::MemoryFormat::ChannelsLast));
    }
  }
  torch::optim::Adam adam(c.model->parameters(), torch::optim::AdamOptions(1e-3));
  std::int64_t next = 0;
  const auto step = [&] {
    const std::int64_t at = next++ % batches * batch;
    const Tensor x = images.slice(0, at, at + batch);
    if (o.infer) {
      const torch::NoGradGuard no_grad;
      (void)c.loss(x);
      return;
    }
    adam.zero_grad();
    c.loss(x).backward();
    adam.step();
  };
  for (int i = 0; i < 12; ++i) step();
  const bench::Timing time = bench::time_of(step, o.repeats, o.block);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::cout << "case=" << name << " batch=" << batch << " threads=" << o.threads << " mode=libtorch"
            << (o.infer ? "+infer" : "") << (o.channels_last ? " channels_last=1" : "")
            << " median_ms=" << time.median * 1e3 << " min_ms=" << time.least * 1e3
            << " images_per_s=" << static_cast<double>(batch) / time.median
            << " peak_rss_mb=" << usage.ru_maxrss / 1024 << std::endl;
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app{"Training throughput of the same autoencoders in PyTorch's C++ frontend"};
  Options options;
  options.add_to(app);
  app.add_flag("--channels-last", options.channels_last, "images and kernels with their channels last");
  CLI11_PARSE(app, argc, argv);
  torch::set_num_threads(options.threads);
  at::globalContext().setFlushDenormal(true);
  for (const std::string& name : options.cases) {
    for (const std::int64_t batch : options.batches) measure(name, batch, options);
  }
  return 0;
} catch (const std::exception& error) {
  std::cerr << error.what() << "\n";
  return 2;
}
