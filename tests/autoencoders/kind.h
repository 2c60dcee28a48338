#pragma once

#include <hourglass/autoencoders/autoencoder.h>

#include <functional>
#include <memory>
#include <string>

/// A kind as kinds_test.cpp tries it.
namespace hourglass::autoencoders {

enum class Gradient {
  of_the_value,
  first_order,  // the kind says that there is no second
  surrogate,    // another than that of the loss, by design; a test of the kind's own holds it against its
                // formula
};

struct Kind {
  std::string name;
  std::function<std::unique_ptr<Autoencoder>(DType)> make;
  Gradient gradient = Gradient::of_the_value;
};

template <class Model, class... Arguments>
std::unique_ptr<Autoencoder> owned(Arguments&&... arguments) {
  return std::make_unique<Model>(std::forward<Arguments>(arguments)...);
}

// A kind with these options, of the type asked for.
template <class Model>
std::function<std::unique_ptr<Autoencoder>(DType)> with(typename Model::Config options) {
  return [options](DType dtype) mutable {
    options.dtype = dtype;
    return owned<Model>(options);
  };
}

}  // namespace hourglass::autoencoders
