#pragma once

#include <string_view>

namespace hourglass::service {

/// The page at `/`: app/page/page.html as it was when the program was built.
[[nodiscard]] std::string_view page_html();

}  // namespace hourglass::service
