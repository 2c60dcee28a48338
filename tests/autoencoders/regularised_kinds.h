#pragma once

#include "autoencoders/kind.h"

#include <hourglass/autoencoders/adversarial.h>
#include <hourglass/autoencoders/contractive.h>
#include <hourglass/autoencoders/masked.h>
#include <hourglass/autoencoders/regularized.h>
#include <hourglass/autoencoders/stacked.h>
#include <hourglass/autoencoders/top_k.h>
#include <hourglass/autoencoders/unet.h>
#include <hourglass/autoencoders/vae_gan.h>
#include <hourglass/autoencoders/vector_quantized.h>
#include <hourglass/autoencoders/wasserstein.h>
#include <hourglass/autoencoders/winner_take_all.h>

#include <vector>

/// Kinds for kinds_test.cpp: those with a penalty, a mask or a codebook, and those with a prior over all
/// codes.
namespace hourglass::autoencoders {

inline std::vector<Kind> regularised() {
  const auto quantized = [](nn::VectorQuantizerOptions quantizer) {
    return [quantizer](DType dtype) mutable {
      quantizer.dtype = dtype;
      return owned<VectorQuantizedAutoencoder>(VectorQuantizedOptions{
          .image = {4, 4}, .latent = 3, .codes = 4, .filters = 2, .variance = 0.1, .quantizer = quantizer});
    };
  };
  return {
      {"contractive", with<ContractiveAutoencoder>({.features = 16, .latent = 4, .strength = 0.1})},
      {"contractive_deep",
       with<ContractiveAutoencoder>({.features = 16, .hidden = {6}, .latent = 3, .strength = 0.1})},
      {"contractive_estimate", with<ContractiveAutoencoder>({.features = 16,
                                                             .hidden = {6},
                                                             .latent = 3,
                                                             .strength = 0.1,
                                                             .jacobian = {.exact_up_to = 1, .probes = 2}})},
      {"regularized_l2", with<RegularizedAutoencoder>(
                             {.features = 16, .hidden = {5}, .latent = 3, .beta = 0.1, .strength = 0.1})},
      {"regularized_gradient_penalty",
       with<RegularizedAutoencoder>({.features = 16,
                                     .hidden = {5},
                                     .latent = 2,
                                     .beta = 0.1,
                                     .strength = 0.1,
                                     .penalty = RegularizedOptions::Penalty::gradient_penalty})},
      {"winner_take_all", with<WinnerTakeAllAutoencoder>({.features = 16, .latent = 8, .share = 0.4})},
      {"top_k_auxiliary", with<TopKAutoencoder>({.features = 16, .latent = 12, .k = 3, .k_aux = 2})},
      {"masked", with<MaskedAutoencoder>({.image = {4, 4}, .patch = 2, .hidden = {8}, .latent = 4})},
      {"stacked_denoising", with<StackedDenoisingAutoencoder>({.features = 16, .hidden = {6}, .latent = 4})},
      {"unet", with<UNetAutoencoder>({.image = {4, 4}, .filters = 1})},
      {"vector_quantized", quantized({}), Gradient::surrogate},
      {"vector_quantized_moving_average", quantized({.moving_average = 0.9}), Gradient::surrogate},
  };
}

inline std::vector<Kind> with_priors() {
  return {
      {"wasserstein_imq", with<WassersteinAutoencoder>({.features = 16, .hidden = {6}, .latent = 2})},
      {"wasserstein_rbf",
       with<WassersteinAutoencoder>(
           {.features = 16, .hidden = {6}, .latent = 2, .mmd = {.kernel = nn::MMDKernel::rbf}})},
      {"adversarial",
       with<AdversarialAutoencoder>({.features = 16, .hidden = {6}, .latent = 2, .critic = {5}})},
      {"vae_gan",
       with<VaeGan>(
           {.features = 16, .hidden = {6}, .latent = 2, .gamma = 0.5, .critic_features = 4, .critic = {5}})},
  };
}

}  // namespace hourglass::autoencoders
