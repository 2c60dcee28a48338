#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/dtype.h>

namespace hourglass {

std::string_view name(DType dtype) {
  switch (dtype) {
    case float32:
      return "float32";
    case float64:
      return "float64";
    case int64:
      return "int64";
    case uint8:
      break;
  }
  return "uint8";
}

void expect_floating(const char* op, DType dtype) {
  if (is_floating(dtype)) return;
  throw DTypeError("{}: needs float32 or float64 elements, got {}; convert with x.to(hg::float32)", op,
                   name(dtype));
}

}  // namespace hourglass
