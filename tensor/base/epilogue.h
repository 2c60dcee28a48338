#pragma once

#include <cstdint>

namespace hourglass {

/// What is applied to each element of a product or a convolution on its way to memory.
enum class Epilogue : std::uint8_t { none, relu, sigmoid, tanh };

}  // namespace hourglass
