#pragma once

#include <cstdint>

/// Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
/// SC 2011).
///
/// Element i of a sequence is a pure function of (seed, stream, i). So any part of it can be filled at any
/// time and by any thread, with the same result: out[j] of a call with `first` is element first + j.
/// Different seeds and different streams give independent sequences. The three fills and random_below draw
/// from the same bits: to be independent of one another they need different streams.
namespace hourglass {

/// 32 random bits per element.
///
/// Element 64 g + 16 w + c is word w of the Philox block with the counter (16 g + c, stream) and the key
/// seed, each as two 32-bit words, low one first. (Sixteen blocks are made side by side in vector registers;
/// this order needs no shuffle.)
void fill_bits(std::uint32_t* out, std::int64_t first, std::int64_t n, std::uint64_t seed,
               std::uint64_t stream);

/// Uniform in [0, 1): the multiples of 2⁻²⁴ (float) or 2⁻⁵³ (double).
void fill_uniform(float* out, std::int64_t first, std::int64_t n, std::uint64_t seed, std::uint64_t stream);
void fill_uniform(double* out, std::int64_t first, std::int64_t n, std::uint64_t seed, std::uint64_t stream);

/// N(0, 1) by Box and Muller (1958):  √(-2 ln u) (cos 2πv, sin 2πv),  u in (0, 1]. |z| is at most 6.6 (float)
/// or 8.6 (double). The last bits depend on whether the CPU has fused multiply-add.
void fill_normal(float* out, std::int64_t first, std::int64_t n, std::uint64_t seed, std::uint64_t stream);
void fill_normal(double* out, std::int64_t first, std::int64_t n, std::uint64_t seed, std::uint64_t stream);

/// An integer in [0, bound), uniform up to a bias of bound / 2⁶⁴; bound > 0.
[[nodiscard]] std::int64_t random_below(std::int64_t bound, std::uint64_t seed, std::uint64_t stream,
                                        std::int64_t index);

}  // namespace hourglass
