// A network of one's own, with a gate that no layer of the library has, written for other programs.
//
//     export_onnx FILE
#include <hourglass/hourglass.h>
#include <hourglass/onnx.h>

#include <cstdio>
#include <filesystem>

namespace hg = hourglass;
namespace nn = hourglass::nn;

struct Gated : nn::Layer {
  nn::Dense value{16, 8}, gate{16, 8, {.activation = hg::sigmoid}}, out{8, 16};

  hg::Variable forward(const hg::Variable& x) override { return out(tanh(value(x)) * gate(x)); }
  void visit(nn::Visitor& v) override { v("value", value), v("gate", gate), v("out", out); }
};

int main(int argc, char** argv) {
  if (argc != 2) {
    std::puts("usage: export_onnx FILE");
    return 2;
  }
  try {
    Gated model;
    hg::onnx::save(argv[1], model, {16});
    const auto bytes = std::filesystem::file_size(argv[1]);
    std::printf("%lld parameters in a file of %lld bytes\n",
                static_cast<long long>(nn::parameter_count(model)), static_cast<long long>(bytes));
    return static_cast<std::int64_t>(bytes) > 4 * nn::parameter_count(model) ? 0 : 1;
  } catch (const hg::Error& error) {
    std::printf("%s\n", error.what());
    return 2;
  }
}
