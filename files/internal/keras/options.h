#pragma once

#include <hourglass/files/internal/keras/fields.h>
#include <hourglass/nn/initializer.h>
#include <hourglass/nn/layers/activation.h>
#include <hourglass/nn/regularizer.h>
#include <hourglass/tensor/ops/conv.h>

#include <optional>
#include <string>

/// Activations, initialisers, regularisers, paddings: ours and Keras's.
namespace hourglass::files::keras {

/// Keras's name of a function that gives the same values; nullopt for one that Keras has not. (Its leaky_relu
/// has another slope: a layer LeakyReLU says ours.)
[[nodiscard]] std::optional<std::string> activation_name(const nn::Activation& f);
/// The function that a configuration's "activation" names; nullopt for Keras's leaky_relu, which has a slope
/// of 0.2, as LeakyReLU(0.2) has. Throws FileError for one that we have not.
[[nodiscard]] std::optional<nn::Activation> activation_of(const Fields& fields);

[[nodiscard]] Json to_json(const nn::Initializer& initializer);
/// The initialiser, or the fallback for one that we have not: values come from the file.
[[nodiscard]] nn::Initializer initializer_of(const Fields& fields, const char* name,
                                             nn::Initializer fallback);

[[nodiscard]] Json to_json(const nn::Regularizer& regularizer);
[[nodiscard]] nn::Regularizer regularizer_of(const Fields& fields, const char* name);

/// "valid" or "same". Throws FileError for another.
[[nodiscard]] Padding padding_of(const Fields& fields);

[[nodiscard]] Json to_json(const Extent2& extent);

}  // namespace hourglass::files::keras
