#pragma once

// The autoencoder for tables: rows of numbers and one-hot categories as a data::Preprocessor makes them, some
// of whose entries may be missing (nan). With P the entries that are there,
//
//     min 1/|P| Σ_P  (x - y)²          for a number, y what the decoder gives,
//                    -Σ_c x_c log p_c  for a category, p the softmax of what the decoder gives,
//
// or, of a category that is given by its index i, -log p_i, the encoder getting a vector of an nn::Embedding,
// so that each column of the table counts alike, however many columns of the tensor it has, and holes count
// nothing: it is trained on incomplete rows, and fills them in. Corrupted rows make it a denoising one
// (Vincent et al. 2008); entries swapped between rows are noise that stays within each column's distribution.

#include <hourglass/autoencoders/architectures.h>
#include <hourglass/autoencoders/corruption.h>
#include <hourglass/nn/layers/embedding.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace hourglass::autoencoders {

/// A column of the table: a number, `width` tensor columns of which one is 1, or the index of a category.
struct TableColumn {
  std::int64_t width = 1;
  bool one_hot = false;
  std::int64_t categories = 0;  // of an index, which is in [0, categories); 0 for other columns
  [[nodiscard]] bool is_category() const { return one_hot || categories > 0; }
};
template <class V>
void visit(TableColumn& o, V&& v) {
  v("width", o.width), v("one_hot", o.one_hot), v("categories", o.categories);
}

/// What is done to a row before it is to be restored, column by column.
struct TableNoise {
  enum class Kind : std::uint8_t {
    gaussian,  // numbers: x + s · N(0, 1); s >= 0. Nothing is clipped
    hide,      // an entry is a hole with probability s
    swap,      // an entry is that of another row of the batch, drawn at random, with probability s
  };
  Kind kind = Kind::swap;
  double strength = 0.0;
};
constexpr auto enum_names(TableNoise::Kind /*of*/) {
  return std::to_array<const char*>({"gaussian", "hide", "swap"});
}
template <class V>
void visit(TableNoise& o, V&& v) {
  v("kind", o.kind), v("strength", o.strength);
}

struct TabularOptions {
  std::vector<TableColumn> columns{};    // of the table; see columns_of
  std::vector<std::int64_t> hidden{64};  // widths between input and code; the decoder mirrors them
  std::int64_t latent = 8;
  nn::Activation number_activation = nn::Activation::linear;  // of numbers given back: tanh for [-1, 1], …
  TableNoise noise{};                                         // in training mode
  bool sees_holes = false;     // the encoder also gets 1 for each hole and 0 else: `features` inputs more
  std::int64_t embedding = 8;  // numbers that the encoder gets for a category given by its index
  DType dtype = float32;
};
template <class V>
void visit(TabularOptions& o, V&& v) {
  v("columns", o.columns), v("hidden", o.hidden), v("latent", o.latent);
  v("number_activation", o.number_activation), v("noise", o.noise), v("sees_holes", o.sees_holes);
  v("embedding", o.embedding), v("dtype", o.dtype);
}

/// The columns of a table as they stand in its tensor: columns_of(prepare.places()).
template <class Places>
[[nodiscard]] std::vector<TableColumn> columns_of(const Places& places) {
  std::vector<TableColumn> out;
  out.reserve(places.size());
  for (const auto& p : places)
    out.push_back({p.end - p.begin, p.one_hot, p.index ? std::ssize(p.categories) : 0});
  return out;
}

/// The autoencoder for tables.    (N, features) -> (N, latent) -> (N, features)
///
/// A hole is 0 in the encoder's input, which are the tensor columns but indices, then an embedding for each
/// index, then the holes. The decoder gives a number for each tensor column, of an index for each category.
/// All layers but the last are relu, the code is linear. decode() gives numbers, of a one-hot category
/// probabilities, and of an index the most likely one. Throws ShapeError for a width below 1 or rows of
/// another width, DataError for columns that are none or a strength out of range, IndexError for an index
/// that is out of range.
class TabularAutoencoder final : public Autoencoder {
 public:
  explicit TabularAutoencoder(const TabularOptions& options);
  explicit TabularAutoencoder(Halves halves, const TabularOptions& options);

  [[nodiscard]] Variable encode(const Variable& x) override;
  [[nodiscard]] Variable decode(const Variable& code) override;
  /// Per entry that is there; of corrupted rows in training mode.
  [[nodiscard]] Loss loss(const Variable& x) override;
  /// The same, of rows x restored from others.
  [[nodiscard]] Loss restoring_loss(const Variable& from, const Tensor& x);

  /// The error of each entry, its term of the loss: (x - y)² or nats; nan for a hole.    -> (N, columns)
  [[nodiscard]] Tensor column_errors(const Tensor& x);
  /// The rows with the values it expects in their holes, of a category the most likely; what is there stays,
  /// and so does the type. A data::Preprocessor's imputer:
  ///     prepare.set_imputer([&](const Tensor& x) { return model.fill_in(x); });
  [[nodiscard]] Tensor fill_in(const Tensor& x);

  [[nodiscard]] std::int64_t features() const { return features_; }
  [[nodiscard]] const TabularOptions& options() const { return options_; }
  using Config = TabularOptions;
  [[nodiscard]] const Config& config() const { return options_; }
  [[nodiscard]] std::optional<Form> form() const override;
  void visit(nn::Visitor& v) override {
    v("encoder", encoder), v("decoder", decoder), v("embedding", embedding);
  }

  nn::Sequential encoder, decoder;
  std::optional<nn::Embedding> embedding;  // of all indices; those of a column come after those before it

 private:
  [[nodiscard]] Tensor checked(const Tensor& x) const;
  [[nodiscard]] Variable input(const Variable& x);
  [[nodiscard]] Variable embedded(const Tensor& values, const Tensor& present);
  [[nodiscard]] Variable meant(const Variable& y) const;
  [[nodiscard]] Variable numbers(const Variable& y) const;
  [[nodiscard]] Tensor is_number() const;

  TabularOptions options_;
  std::int64_t features_ = 0;
};

/// Rows with noise from the default generator; a hole stays one unless an entry is put there. Throws
/// DataError for a strength out of range.
[[nodiscard]] Tensor corrupt(const Tensor& x, const TableNoise& noise,
                             const std::vector<TableColumn>& columns);

}  // namespace hourglass::autoencoders
