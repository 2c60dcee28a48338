#pragma once

#include <hourglass/files/internal/keras/fields.h>

namespace hourglass::files::keras {

/// What a layer makes of an input of these extents, by its configuration; nothing is computed. Unknown ones
/// stay unknown. Throws FileError where the layer does not take such an input, or for extents beyond 2⁴⁰.
[[nodiscard]] Dims output_dims(const std::string& type, const Fields& fields, const Dims& input);

/// The same for layers that merge several tensors (Add, Concatenate, …).
[[nodiscard]] bool merges(const std::string& type);
[[nodiscard]] Dims merged_dims(const std::string& type, const Fields& fields,
                               const std::vector<Dims>& inputs);

/// The product of extents; unknown if one of them is. Throws FileError beyond 2⁵⁰.
[[nodiscard]] std::int64_t product(const Fields& fields, const Dims& dims);

}  // namespace hourglass::files::keras
