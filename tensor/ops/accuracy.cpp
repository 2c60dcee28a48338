#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/missing.h>
#include <hourglass/tensor/ops/accuracy.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/reduce.h>

namespace hourglass {

double accuracy(const Tensor& scores_or_classes, const Tensor& labels) {
  const Tensor& y = scores_or_classes;
  if (is_floating(labels.dtype())) {
    throw DTypeError(
        "accuracy: labels must be int64 or uint8, got {}; of one-hot labels, give argmax(labels, -1){}",
        name(labels.dtype()), detail::note_if_missing(y.shape(), labels.shape()));
  }
  const bool scores = is_floating(y.dtype());
  const bool fits =
      scores ? y.rank() > 0 && y.shape().without(-1) == labels.shape() : y.shape() == labels.shape();
  if (!fits) {
    throw ShapeError("accuracy: {} of shape {} do not fit labels of shape {}; expected {}",
                     scores ? "scores" : "classes", y.shape(), labels.shape(),
                     scores ? "(…, classes) for labels (…)" : "the labels' shape");
  }
  if (labels.size() == 0)
    throw DataError("accuracy: there is no example, the labels have shape {}; leave empty batches out",
                    labels.shape());
  const Tensor classes = scores ? argmax(y, -1) : y.to(int64);
  return sum(equal(classes, labels.to(int64))).item() / static_cast<double>(labels.size());
}

}  // namespace hourglass
