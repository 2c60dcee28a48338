#include <hourglass/tensor/base/error.h>
#include <hourglass/training/callback.h>

namespace hourglass::training {

void Callback::set_state(std::span<const NamedTensor> state) {
  if (state.empty()) return;
  throw DataError("{}: a checkpoint has a state for it, \"{}\" …, but it takes none; override set_state()",
                  name(), state.front().name);
}

}  // namespace hourglass::training
