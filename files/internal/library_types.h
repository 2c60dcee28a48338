#pragma once

namespace hourglass::files::internal {

/// Registers the layers of nn/. The kinds of autoencoders register themselves, above.
void add_library_types();

}  // namespace hourglass::files::internal
