#pragma once

#include <hourglass/files/internal/torch/layers.h>
#include <hourglass/nn/encoder_decoder.h>
#include <hourglass/nn/graph.h>

/// Goes through a model and collects its Plan.
namespace hourglass::files::torch {

/// What a module itself names, in order.
struct Member {
  std::string name;
  const nn::Module* module = nullptr;
  const Variable* parameter = nullptr;
  const Tensor* state = nullptr;
};
[[nodiscard]] std::vector<Member> members_of(const nn::Module& module);

[[nodiscard]] bool is_sequence(const nn::Module& module);

class Planner {
 public:
  explicit Planner(const nn::Module& model);
  Plan plan;

 private:
  // A sequence, kind or graph that stands by itself: what it is given and gives is as ours.
  PyModule module(const std::string& path, const std::string& name, const nn::Module& m);
  // The layers of a sequence in the order in which they are called, with what PyTorch needs between them.
  std::vector<PyModule> sequence(const std::string& path, const nn::Module& m);
  void layers_of(const std::string& path, const nn::Module& m, const std::vector<Step>& steps,
                 std::size_t& next, std::vector<PyModule>& into);
  void layer(const std::string& path, const std::string& name, const nn::Module& m, const Step& step,
             std::vector<PyModule>& into);
  // One layer whose parts stand beside each other, all of them plain.
  std::vector<PyModule> single(const std::string& path, const std::string& name, const nn::Module& m);
  void convert(const char* helper, const std::string& name, std::vector<PyModule>& into);
  // A module whose forward only its own C++ knows: its values keep their names.
  void unknown(const std::string& path, const nn::Module& m);

  PyModule encoder_decoder(const std::string& path, const std::string& name, const nn::Module& m,
                           const nn::EncoderDecoder::Form& form);
  // Its methods, and what stands in its __init__ for the columns of a table.
  std::string encode_method(const std::string& encoded, const nn::EncoderDecoder::Form& form);
  std::string decode_method(const std::string& decoded, const nn::EncoderDecoder::Form& form);
  std::vector<std::string> columns_of(const nn::EncoderDecoder::Form& form);
  PyModule graph(const std::string& path, const std::string& name, const nn::Graph& g);
  // "self.code_relu(self.code(v1))": a node of a graph; its layer's parts by the layer's name.
  std::string call_of(const nn::GraphNode& node, const std::vector<std::string>& inputs,
                      const std::map<std::string, std::vector<PyModule>>& parts);

  [[nodiscard]] std::string class_name(const nn::Module& m) const;
  void expect_name(const std::string& path, const std::string& name);
  void expect_different_names(const std::string& path, const std::vector<PyModule>& parts);

  std::map<const void*, int> uses_;  // how often each parameter is part of the model
  std::map<const void*, Known> known_;
};

}  // namespace hourglass::files::torch
