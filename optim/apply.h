#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/optim/piece.h>

#include <span>
#include <string>
#include <vector>

namespace hourglass::optim {

/// One parameter of a step: the gradient stands in the variable.
struct Update {
  std::string name;
  Variable variable;
  std::span<Tensor> slots;
  double rate;
};
/// An optimizer's formula on one piece, for each type of parameters; see Optimizer::update.
struct Formulas {
  FunctionRef<bool(const Piece<float>&, double rate)> of_float;
  FunctionRef<bool(const Piece<double>&, double rate)> of_double;
};

/// Changes all parameters by their formula, in parallel: in stretches of elements or, where a gradient is a
/// product that is not multiplied yet, in blocks of it. `who` does it, for texts. Throws DataError if an
/// element of a parameter is not finite afterwards; all parameters are changed then.
void apply(const char* who, std::span<Update> updates, const Formulas& formulas);

/// Whether updating a kernel while its gradient is multiplied saves time.
[[nodiscard]] bool takes_product(const Tensor& kernel);
/// Multiplies gradients that are still products if they read one of the parameters, which a step changes.
void multiply_if_read(std::span<const NamedParameter> parameters);

}  // namespace hourglass::optim
