#pragma once

#include <stdexcept>
#include <string>
#include <utility>

/// The service: a model behind HTTP.
namespace hourglass::service {

/// Why a request is not answered: an HTTP status, a text with what to try, and, where a column is to blame,
/// its name and what was expected there.
struct Refusal : std::runtime_error {
  Refusal(int http_status, const std::string& text, std::string of_column = {}, std::string wanted = {})
      : std::runtime_error(text),
        status(http_status),
        column(std::move(of_column)),
        expected(std::move(wanted)) {}

  int status;
  std::string column, expected;
};

}  // namespace hourglass::service
