#pragma once

#include <hourglass/tensor/tensor.h>

namespace hourglass {

/// The fraction of examples that are classified as their labels say: of scores (…, C), floating, the class is
/// the index of the largest along the last axis; classes (…), int64 or uint8, are taken as they are.
/// labels (…), int64 or uint8. Throws ShapeError if the shapes do not fit, DTypeError for labels of another
/// type, DataError without any example.
[[nodiscard]] double accuracy(const Tensor& scores_or_classes, const Tensor& labels);

}  // namespace hourglass
