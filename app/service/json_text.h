#pragma once

#include <hourglass/data/tables/table.h>
#include <hourglass/tensor/tensor.h>

#include <string>
#include <string_view>

namespace hourglass::service {

/// "text" as JSON, with its quotes; bytes that are not UTF-8 are replaced.
[[nodiscard]] std::string json_quoted(std::string_view text);

/// A number with the shortest digits that give its bits back; null for what is not finite.
void append_number(std::string& out, double value);
void append_number(std::string& out, float value);
/// A tensor as nested lists.    float32 or float64
void append_numbers(std::string& out, const Tensor& x);
/// Rows by column: [{"age": 41, "city": "Bern"}, …], null for a missing entry.
void append_rows(std::string& out, const data::Table& table);

}  // namespace hourglass::service
