#pragma once

#include <hourglass/nn/layers/activation.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace hourglass::nn {

class Sequential;

/// A model of two halves that says what it does with them, for formats that know layers but no kinds of
/// autoencoders. A kind derives from it beside Module; one that does something else says nothing.
class EncoderDecoder {
 public:
  /// What of the encoder's output is the code.
  enum class Code : std::uint8_t {
    all,
    mean,   // the first half of (N, 2 L): mean and log variance
    top_k,  // the k largest of each row, the others become 0
  };
  /// A column of a table: features of the decoder's output that are one thing.
  struct Column {
    std::int64_t width = 1;
    bool is_category = false;  // it goes through a softmax, others through number_activation
  };
  struct Form {
    const Sequential* encoder = nullptr;
    const Sequential* decoder = nullptr;
    Code code = Code::all;
    std::int64_t k = 0;             // of top_k
    bool logits = false;            // the decoder's output goes through a sigmoid
    std::vector<Column> columns{};  // of tables: rows whose nan become 0 before they are encoded
    Activation number_activation{};
    bool sees_holes = false;  // and stand beside them as 1, others as 0
  };
  virtual ~EncoderDecoder() = default;
  [[nodiscard]] virtual std::optional<Form> form() const { return {}; }

 protected:
  EncoderDecoder() = default;
  EncoderDecoder(EncoderDecoder&&) noexcept = default;
  EncoderDecoder(const EncoderDecoder&) = default;
  EncoderDecoder& operator=(EncoderDecoder&&) noexcept = default;
  EncoderDecoder& operator=(const EncoderDecoder&) = default;
};

}  // namespace hourglass::nn
