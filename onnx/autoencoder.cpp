#include <hourglass/nn/evaluating.h>
#include <hourglass/onnx/autoencoder.h>
#include <hourglass/tensor/ops/factory.h>

namespace hourglass::onnx {

namespace {

Shape shape_of_code(autoencoders::Autoencoder& model, const Shape& example) {
  const std::vector<NamedParameter> parameters = nn::parameters(model);
  const DType dtype = parameters.empty() ? float32 : parameters.front().variable.dtype();
  const nn::Evaluating evaluating(model);
  return model.encode(zeros(example.insert(0, 1), dtype)).shape().without(0);
}

}  // namespace

void save_autoencoder(const std::string& path, autoencoders::Autoencoder& model, const Shape& example,
                      Half half, const Options& options) {
  using Outputs = std::vector<NetworkOutput>;
  const auto save_call = [&](const NetworkInput& input, Forward forward) {
    save(path, model, {input}, forward, options);
  };
  switch (half) {
    case Half::both:
      return save_call({"x", example}, [&](const std::vector<Variable>& in) {
        const Variable code = model.encode(in.at(0));
        return Outputs{{"code", code}, {"reconstruction", model.decode(code)}};
      });
    case Half::encoder:
      return save_call({"x", example}, [&](const std::vector<Variable>& in) {
        return Outputs{{"code", model.encode(in.at(0))}};
      });
    case Half::decoder:
      return save_call({"code", shape_of_code(model, example)}, [&](const std::vector<Variable>& in) {
        return Outputs{{"reconstruction", model.decode(in.at(0))}};
      });
  }
}

}  // namespace hourglass::onnx
