#pragma once

#include <hourglass/nn/module.h>

#include <map>
#include <span>
#include <string>
#include <vector>

/// The format in which PyTorch's users pass weights on: a header of names, types and shapes as JSON, then the
/// bytes (https://github.com/huggingface/safetensors).
namespace hourglass::files {

/// What is in such a file.
struct Safetensors {
  std::vector<NamedTensor> tensors;               // in the order of their bytes
  std::map<std::string, std::string> metadata{};  // free texts: "format" is "pt" in PyTorch's files
};

/// Reads a file as strictly as the reference implementation: a header of at most 100 MB that is one object
/// of JSON, no name twice, whole elements, offsets that leave no hole, do not overlap and end with the file.
/// Types are F32, F64, I64 and U8. Throws FileError, which says what is wrong and where.
///
/// Files from strangers are safe to read: memory stays below 64 MB or four times the file.
[[nodiscard]] Safetensors read_safetensors(const std::string& path);
/// Writes a file, with write_atomically. The bytes begin at a multiple of 8 and those of larger elements come
/// first, so that a reader can map them. Throws FileError for a name that is there twice, is not UTF-8 or is
/// "__metadata__".
void write_safetensors(const std::string& path, std::span<const NamedTensor> tensors,
                       const std::map<std::string, std::string>& metadata = {});

/// Writes a model as the state_dict of the same network in PyTorch: what save_torch (files/torch.h) writes a
/// Python module for, and what one would write by hand.
///
/// - A layer's tensors have PyTorch's names and shapes: Dense is Linear (weight (out, in)), Conv2D and
///   DepthwiseConv2D are Conv2d (out, in/groups, kh, kw), ConvTranspose2D (in, out, kh, kw), Conv1D (out,
///   in/groups, k), BatchNormalization has weight, bias, running_mean, running_var and num_batches_tracked
///   (0), LSTM weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0 (gates i f g o; the second bias is 0).
///   Anything else keeps its name and shape.
///
/// - PyTorch's images are channels first. Where a Flatten comes after an image and a Dense after it, with
///   nothing between them but element-wise functions and dropout, the columns of the Dense's weight are in
///   the order of PyTorch's flatten; before a Reshape to an image its rows are. Sequences stay (N, T, F).
///
/// - A tied parameter is there once, by its first name.
///
/// Throws as write_safetensors.
void save_safetensors(const std::string& path, const nn::Module& model);
/// Gives a model the values of such a file, ours or PyTorch's:
///     safetensors.torch.save_file(net.state_dict(), "net.safetensors")
/// The biases of an LSTM are added up; num_batches_tracked may be missing and counts for nothing; a tied
/// parameter may have any of its names. Strict: throws FileError that lists all names that are missing,
/// unexpected, or of another shape or type, and changes nothing then.
void load_safetensors(const std::string& path, nn::Module& model);

}  // namespace hourglass::files
