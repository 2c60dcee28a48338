#include <hourglass/tensor/missing.h>

namespace hourglass::detail {

std::string note_if_missing(const Shape& a, const Shape& b) {
  const Shape missing{0};
  if (a == b || !(a == missing || b == missing)) return {};
  return "; one of them is an empty tensor, as batch.y is where no targets were given: Batches(x, y)";
}

}  // namespace hourglass::detail
