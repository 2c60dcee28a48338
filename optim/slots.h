#pragma once

#include <hourglass/autograd/variable.h>

#include <map>
#include <span>
#include <string>
#include <vector>

namespace hourglass::optim {

/// What is kept for each parameter, by its name: tensors of its form, such as Adam's moments m and v.
///
/// It knows whose they are: a name stands for the parameter that it stood for first, whatever its value is
/// replaced by.
class Slots {
 public:
  /// `names` of what is kept for each parameter; all elements begin as `first`.
  explicit Slots(std::vector<std::string> names, double first = 0.0);

  [[nodiscard]] std::size_t count() const { return names_.size(); }
  [[nodiscard]] bool contains(std::string_view parameter) const {
    return kept_.find(parameter) != kept_.end();
  }
  /// Those of one parameter, made when they are first asked for. `who` keeps them, for texts. Throws
  /// ShapeError if the parameter has another form than what is kept, DataError if it is another parameter of
  /// that name.
  std::vector<Tensor>& of(const char* who, const NamedParameter& parameter);
  /// Drops what is kept for parameters whose names begin so.
  void forget(std::string_view prefix);

  /// Copies, as "<parameter>.<slot>".
  void append_to(std::vector<NamedTensor>& state) const;
  /// Takes a copy of an entry of a state; false if its name ends in none of the slots' or it is not floating.
  bool take(const NamedTensor& entry);
  /// The names of parameters of which parts are missing or differ in shape, for texts.
  [[nodiscard]] std::string incomplete() const;

 private:
  struct Kept {
    std::uint64_t owner = 0;  // the tick of the parameter's node; 0 until it is known
    std::vector<Tensor> tensors;
  };
  std::vector<std::string> names_;
  double first_;
  std::map<std::string, Kept, std::less<>> kept_;
};

}  // namespace hourglass::optim
