#pragma once

#include <cstddef>
#include <string_view>

namespace hourglass::fuzz {

// What reads bytes from strangers in the service. Each throws Refusal or nothing, and checks that what it
// gives back fits together; else it aborts.

/// The JSON of a request's body.
void read_json(std::string_view bytes);
/// A form with boundary "b".
void read_form(std::string_view bytes);
/// A connection: requests one after the other, which must be the same in whatever pieces they come.
void read_connection(std::string_view bytes);

}  // namespace hourglass::fuzz
