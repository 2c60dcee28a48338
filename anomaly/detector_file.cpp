#include <hourglass/anomaly/detector.h>
#include <hourglass/files/model.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/json.h>

#include <cmath>

namespace hourglass::anomaly {

namespace ae = autoencoders;

namespace {

// What a file says of a detector beside its model and its tensors.
struct Saved {
  DetectorOptions options{};
  double threshold = 0.0;
};
template <class V>
void visit(Saved& o, V&& v) {
  v("options", o.options), v("threshold", o.threshold);
}

}  // namespace

void Detector::save(const std::string& path) const {
  expect_fitted("save()");
  files::ModelNotes notes{.loss = is_usual() ? "restored rows" : "the kind's own", .seed = options_.seed};
  notes.documents["detector"] = to_json(Saved{options_, threshold_});
  files::save_model(path, *model_,
                    {.notes = std::move(notes),
                     .sections = {{"preprocessor", prepare_->state()}, {"detector", scorer_.state()}}});
}

Detector Detector::load(const std::string& path) {
  const files::ModelFile file(path);
  const files::ModelNotes notes = file.notes();
  const auto text = notes.documents.find("detector");
  const files::Section *const preparation = file.section("preprocessor"), *const figures =
                                                                              file.section("detector");
  if (text == notes.documents.end() || !preparation || !figures)
    throw FileError("Detector: {} holds a model, but no detector; Detector::save writes one", path);
  const auto saved = options_from_json<Saved>(text->second, path);
  if (!std::isfinite(saved.threshold))
    throw FileError("Detector: {} has the threshold {}; was it changed by hand?", path, saved.threshold);
  Detector out(saved.options);
  out.given_ = true;  // a second fit() trains this model on
  out.model_ = files::load_model<ae::Autoencoder>(path);
  out.model_->eval();
  out.prepare_ = std::make_shared<data::Preprocessor>(data::Preprocessor({.columns = {{.column = "any"}}}));
  out.prepare_->set_state(preparation->tensors);
  out.scorer_.set_state(ae::columns_of(out.prepare_->places()), figures->tensors);
  out.threshold_ = saved.threshold, out.fitted_ = true;
  return out;
}

}  // namespace hourglass::anomaly
