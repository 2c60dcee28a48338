#pragma once

#include <hourglass/nn/module.h>

#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// A model as PyTorch would have it: the modules of a Python program, and how its state_dict holds our
/// values.
namespace hourglass::files::torch {

/// A tensor of ours, and those of a state_dict that hold it.
struct Binding {
  std::string ours;                 // "encoder.0.kernel"; empty: a constant of theirs
  std::vector<std::string> theirs;  // "encoder.0.weight"; of an LSTM's bias two
  Tensor value;                     // ours, not a copy; or the constant
  std::function<std::vector<Tensor>(const Tensor&)> to_theirs;
  std::function<Tensor(std::span<const Tensor>)> to_ours;  // none for a constant
  bool may_be_missing = false, may_differ = false;         // in files that are read
};

/// A module of the Python program: an expression, or a sequence of parts.
struct PyModule {
  std::string name;
  std::string expression{};  // "nn.Linear(20, 12)"; empty for an nn.Sequential of the parts
  std::vector<PyModule> parts{};
};

/// A class of the Python program, with the methods as they stand in it.
struct PyClass {
  std::string name, base, document;
  std::vector<PyModule> members{};
  std::string methods{};
  std::vector<std::string> statements{};  // at the end of __init__
};

struct Plan {
  std::vector<Binding> bindings;
  std::map<std::string, std::string> aliases;  // other names of their tensors -> the name they are written by
  std::vector<PyClass> classes;                // the model's own last
  std::set<std::string> helpers;               // classes of python.cpp that the expressions use
  std::vector<std::string> ties;               // statements at the end of the model's __init__
  std::vector<std::string> unsayable;          // why there can be no such program
};

/// What PyTorch makes of a model. `with_program` is false where only the state_dict is asked for.
[[nodiscard]] Plan plan_of(const nn::Module& model);

/// The Python program of a plan. Throws DataError, which lists all that cannot be said in it.
[[nodiscard]] std::string program(const Plan& plan, const std::string& title);

/// "\"a name\"", as Python writes it.
[[nodiscard]] std::string python_text(const std::string& text);
/// Whether it can stand behind "self.".
[[nodiscard]] bool is_python_name(const std::string& text);

}  // namespace hourglass::files::torch
