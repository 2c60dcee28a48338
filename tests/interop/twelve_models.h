#pragma once

#include <hourglass/nn/module.h>
#include <hourglass/optim/optimizer.h>

#include <memory>
#include <string>
#include <vector>

/// Small models that together use every layer and kind that files and other libraries have to carry, trained
/// on seeded data: the same bits at every call.
namespace hourglass::interop {

struct Example {
  std::string name;
  std::unique_ptr<nn::Layer> model;
  Tensor inputs;   // (64, …)
  Tensor targets;  // what the model is to make of them; an autoencoder's are the inputs
};

/// dense, convolutional, normalized, depthwise, lstm, nested, tied, functional, denoising, variational,
/// convolutional_variational, sparse_k, float64.
[[nodiscard]] std::vector<std::string> example_names();
/// The model as it is initialised, and its data. Images are (8, 12, 2): a mistaken axis shows. Throws
/// DataError for another name.
[[nodiscard]] Example make_example(const std::string& name);

/// An autoencoder's own loss; of another model the mean squared error, and its regularisers' penalties.
[[nodiscard]] Variable loss_of(nn::Layer& model, const Tensor& inputs, const Tensor& targets);
/// Steps first to first + count − 1 of a training, each on 16 examples; the noise of step i is drawn from
/// seed i, so that a run may be cut anywhere. The model is in training mode afterwards.
void train(nn::Layer& model, optim::Optimizer& optimizer, const Example& example, int first, int count);
/// make_example, after 50 steps of Adam, in evaluation mode.
[[nodiscard]] Example trained_example(const std::string& name);

/// NumPy's format, version 1.0. Throws FileError.
void write_npy(const std::string& path, const Tensor& x);
/// Writes inputs.npy, outputs.npy and, of an autoencoder, codes.npy and decoded.npy (of codes.npy) into a
/// folder, which is made. The model is put into evaluation mode.
void write_outputs(const std::string& folder, Example& example);

}  // namespace hourglass::interop
