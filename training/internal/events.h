#pragma once

#include <hourglass/tensor/tensor.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The events files that TensorBoard reads: records of tensorflow.Event in protobuf's wire format.
/// tensorflow/core/util/event.proto, framework/summary.proto and lib/io/record_writer.cc define them.
namespace hourglass::training::detail {

/// data framed as a record:  u64 length, masked CRC-32C of it, data, masked CRC-32C of them; little-endian.
[[nodiscard]] std::string event_record(std::string_view data);
/// How many bytes at the beginning of a file are whole and undamaged records.
[[nodiscard]] std::size_t whole_event_records(std::string_view contents);

/// The event that a file begins with.
[[nodiscard]] std::string version_event(double wall_time);
/// Says that what earlier files of the folder hold from `step` on is void.
[[nodiscard]] std::string restart_event(double wall_time, std::int64_t step);
/// An event with a summary of these values; wall_time in seconds since 1970.
[[nodiscard]] std::string summary_event(double wall_time, std::int64_t step,
                                        const std::vector<std::string>& values);

[[nodiscard]] std::string scalar_value(std::string_view tag, double value);
/// A histogram of 30 bins of one width over all elements that are finite; of one bin if they are equal.
[[nodiscard]] std::string histogram_value(std::string_view tag, const Tensor& values);
/// An image (H, W), (H, W, 1) or (H, W, 3) as PNG. Throws as data::encode_png does.
[[nodiscard]] std::string image_value(std::string_view tag, const Tensor& image);

}  // namespace hourglass::training::detail
