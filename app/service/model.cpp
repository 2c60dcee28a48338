#include <hourglass/app/service/model.h>
#include <hourglass/autoencoders/generative.h>
#include <hourglass/files/model.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/json.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <nlohmann/json.hpp>

#include <cmath>

namespace hourglass::service {

namespace ae = autoencoders;
using Json = nlohmann::json;

namespace {

// What a file says of the scores of its training rows, as anomaly::Detector writes it.
struct SavedScores {
  anomaly::DetectorOptions options{};
  double threshold = 0.0;
};
template <class V>
void visit(SavedScores& o, V&& v) {
  v("options", o.options), v("threshold", o.threshold);
}

// How the numbers of an array become a model's: (x - offset) · scale.
struct ArrayForm {
  std::vector<std::int64_t> shape{};
  double offset = 0.0, scale = 1.0;
  std::vector<std::string> label_names{};
};
template <class V>
void visit(ArrayForm& o, V&& v) {
  v("shape", o.shape), v("offset", o.offset), v("scale", o.scale), v("label_names", o.label_names);
}

// The options of a kind, whatever it is.
Json config_of(const nn::Module& model) {
  const files::internal::Type* const type = files::internal::find_type(typeid(model));
  return type && type->config ? Json::parse(type->config(model)) : Json::object();
}

std::int64_t number(const Json& config, const char* name) {
  const auto found = config.find(name);
  return found != config.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

// (H, W) or (H, W, C) of a kind that says it; () if it does not.
Shape image_of(const Json& config) {
  const auto found = config.find("image");
  if (found == config.end()) return {};
  const Json& image = *found;
  if (image.is_number_integer()) return {image.get<std::int64_t>(), image.get<std::int64_t>()};
  if (!image.is_object()) return {};
  const std::int64_t h = number(image, "rows"), w = number(image, "columns"), c = number(config, "channels");
  return h < 1 || w < 1 ? Shape{} : c > 1 ? Shape{h, w, c} : Shape{h, w};
}

}  // namespace

const char* name(Form form) {
  constexpr std::array<const char*, 4> kNames{"vector", "image", "sequence", "table"};
  return kNames[static_cast<std::size_t>(form)];
}

ServedModel::ServedModel(const std::string& path) {
  read_file(path);
  model_->eval();
  kind_ = model_->type_name();
  constexpr std::size_t kDigits = 12;
  id_ = files::weights_sha256(*model_).substr(0, kDigits);
  find_shapes(path);
  if (scorer_) training_scores_ = scorer_->training_scores();
  if (prepare_) describe_columns();
}

void ServedModel::read_file(const std::string& path) {
  const files::ModelFile file(path);
  const files::ModelNotes notes = file.notes();
  data_ = notes.data;
  const auto scores = notes.documents.find("detector");
  const files::Section* const preparation = file.section("preprocessor");
  const files::Section* const figures = file.section("detector");
  const bool has_scores = scores != notes.documents.end() && figures && !figures->tensors.empty();
  if (has_scores && preparation) {
    detector_ = anomaly::Detector::load(path);
    model_ = std::shared_ptr<ae::Autoencoder>(&detector_->model(), [](ae::Autoencoder*) {});
    prepare_ = detector_->preprocessor(), scorer_ = detector_->scorer(), threshold_ = detector_->threshold();
    return;
  }
  model_ = files::load_model<ae::Autoencoder>(path);
  if (preparation) {
    prepare_.emplace(data::PreprocessorOptions{.columns = {{.column = "any"}}});
    prepare_->set_state(preparation->tensors);
  }
  if (const auto array = notes.documents.find("array"); array != notes.documents.end()) {
    const auto form = options_from_json<ArrayForm>(array->second, path);
    if (!form.shape.empty()) example_ = Shape(form.shape);
    offset_ = form.offset, scale_ = form.scale;
  }
  if (!has_scores) return;
  const auto saved = options_from_json<SavedScores>(scores->second, path);
  scorer_.emplace(saved.options.score);
  scorer_->set_state({{.width = example_.size()}}, figures->tensors);
  threshold_ = saved.threshold;
}

// Whether the model turns one such row into a code and back; else why not.
bool ServedModel::takes(const Shape& row, std::string* why) {
  if (row.size() < 1) return false;
  const nn::Evaluating evaluating(*model_);
  try {
    const Shape one = row.insert(0, 1);
    const Variable code = model_->encode(zeros(one));
    if (model_->decode(code).shape() != one) return false;
    row_ = row, code_ = code.shape().without(0);
    return true;
  } catch (const Error& e) {
    if (why) *why = e.message();
    return false;
  }
}

// What a row is: as the file says, as the kind's options say, or as the first layer is wide.
void ServedModel::find_shapes(const std::string& path) {
  const Json config = config_of(*model_);
  const Shape image = image_of(config);
  const std::int64_t features = number(config, "features");
  const std::int64_t steps = number(config, "steps") * features;  // numbers in a sequence
  std::int64_t first = 0;                                         // rows of the first kernel
  for (const auto& p : nn::parameters(*model_)) {
    if (p.variable.value().rank() == 2) first = p.variable.value().shape(0);
    break;
  }
  constexpr std::int64_t kTried = 16;  // steps of a sequence
  const std::int64_t known = prepare_ ? prepare_->width() : example_.size();
  std::string why = "its file does not say how many numbers a row has";
  const bool found = takes(Shape{known}, known > 0 ? &why : nullptr) || takes(example_) ||
                     takes(Shape{steps}) || takes(Shape{first}) || takes(Shape{image.size()}) ||
                     takes(Shape{features}, features > 0 ? &why : nullptr);
  any_length_ = !found && features > 0 && takes(Shape{kTried, features});
  if (!found && !any_length_)
    throw FileError(
        "serve: {} holds a {} whose rows cannot be told ({}); save it by `hourglass train`, which writes "
        "down what a row is",
        path, kind_, why);
  latent_ = code_.size();
  const bool is_sequence = any_length_ || (steps > 0 && row_.size() == steps);
  if (is_sequence && !any_length_) example_ = Shape{steps / features, features};
  const auto digits = Shape{28, 28};
  const bool drawn = (data_ == "mnist" || data_ == "strokes") && row_.size() == digits.size();
  if (example_.size() != row_.size()) example_ = image.size() == row_.size() ? image : drawn ? digits : row_;
  form_ = prepare_      ? Form::table
          : is_sequence ? Form::sequence
          : example_.rank() == 2 || (example_.rank() == 3 && (example_[2] == 1 || example_[2] == 3))
              ? Form::image
              : Form::vector;
}

void ServedModel::describe_columns() {
  const Tensor kept = kept_rows();
  const Tensor usual = kept.shape(0) > 0 ? mean(kept, 0, {.keepdims = true}) : zeros(row_.insert(0, 1));
  const data::Table entries = prepare_->inverse(usual);
  for (const data::Column& c : entries.columns())
    columns_.push_back({c.name(), c.type(), c.categories(), c.text(0)});
}

bool ServedModel::is_generative() const { return ae::find_generative(*model_) != nullptr; }

Tensor ServedModel::kept_rows() const {
  if (scorer_ && scorer_->reference().rows().rank() == 2) return scorer_->reference().rows();
  return Tensor(row_.insert(0, 0), float32);
}

}  // namespace hourglass::service
