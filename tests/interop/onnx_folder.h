#pragma once

#include "twelve_models.h"

#include <hourglass/autoencoders.h>
#include <hourglass/nn.h>
#include <hourglass/onnx.h>

#include <filesystem>

namespace hourglass::interop {

namespace ae = autoencoders;
namespace fs = std::filesystem;
using nn::Sequential;

/// A folder that models are written into: each as model.onnx, with its inputs and our outputs.
class Folder {
 public:
  explicit Folder(std::string root) : root_(std::move(root)) {}

  /// A layer of examples of this shape.
  void add(const std::string& name, nn::Layer& model, const Shape& example,
           const onnx::Options& options = {}) {
    unsettle(model);
    const DType dtype = nn::parameters(model).empty() ? float32 : nn::parameters(model)[0].variable.dtype();
    add(name, model, numbers(example.insert(0, 5), dtype), options);
  }
  void add(const std::string& name, nn::Layer& model, const Tensor& x, const onnx::Options& options = {}) {
    const std::string folder = make(name);
    onnx::save(folder + "/model.onnx", model, x.shape().without(0), options);
    const nn::Evaluating evaluating(model);
    write_npy(folder + "/in.x.npy", as_written(x, options));
    write_npy(folder + "/out.y.npy", as_written(model(x).value(), options));
  }
  void add(const std::string& name, Sequential model, const Shape& example) {
    add(name, static_cast<nn::Layer&>(model), example);
  }

  /// An autoencoder, whole and its halves.
  void add_kind(const std::string& name, ae::Autoencoder& model, const Tensor& x) {
    const nn::Evaluating evaluating(model);
    const Tensor code = model.encode(x).value(), y = model.decode(code).value();
    const auto write = [&](const char* part, onnx::Half half) {
      const std::string folder = make(name + part);
      onnx::save_autoencoder(folder + "/model.onnx", model, x.shape().without(0), half);
      write_npy(folder + (half == onnx::Half::decoder ? "/in.code.npy" : "/in.x.npy"),
                half == onnx::Half::decoder ? code : x);
      if (half != onnx::Half::decoder) write_npy(folder + "/out.code.npy", code);
      if (half != onnx::Half::encoder) write_npy(folder + "/out.reconstruction.npy", y);
    };
    write("", onnx::Half::both), write(".encoder", onnx::Half::encoder),
        write(".decoder", onnx::Half::decoder);
  }
  template <class Kind>
  void add_kind(const std::string& name, Kind model, const Shape& example) {
    unsettle(model);
    add_kind(name, static_cast<ae::Autoencoder&>(model), numbers(example.insert(0, 5), float32));
  }

  std::string make(const std::string& name) {
    std::string folder = root_ + "/" + name;
    fs::create_directories(folder);
    ++count_;
    return folder;
  }
  [[nodiscard]] int count() const { return count_; }

  Tensor numbers(const Shape& shape, DType dtype) { return normal(shape, 0.0, 1.0, generator_, dtype); }

 private:
  static Tensor as_written(const Tensor& x, const onnx::Options& options) {
    return options.dtype && is_floating(x.dtype()) ? x.to(*options.dtype) : x;
  }
  // Biases, moments, γ and β that are not what they begin with.
  struct Unsettle final : nn::Visitor {
    explicit Unsettle(Generator& of) : generator(of) {}
    void on_parameter(const std::string& /*path*/, Variable& p) override {
      if (p.rank() == 1) p.set_value(p.value() + uniform(p.shape(), -0.3, 0.3, generator, p.dtype()));
    }
    void on_state(const std::string& /*path*/, Tensor& s) override {
      s = s + uniform(s.shape(), 0.0, 0.5, generator, s.dtype());
    }
    Generator& generator;
  };
  void unsettle(nn::Module& model) { Unsettle(generator_).walk(model); }

  std::string root_;
  Generator generator_{5};
  int count_ = 0;
};

}  // namespace hourglass::interop
