#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hourglass::service {

/// The contents of the parts of a form (RFC 7578), as `curl -F image=@7.png` sends it, each as a view of the
/// body. Throws Refusal (400) for a body of another form, no part, or more than 1024.
[[nodiscard]] std::vector<std::string_view> parts_of_form(std::string_view body,
                                                          std::string_view content_type);

}  // namespace hourglass::service
