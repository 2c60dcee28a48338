#include <hourglass/app/service/error.h>
#include <hourglass/app/service/exchange.h>
#include <hourglass/app/service/json_text.h>
#include <hourglass/app/service/multipart.h>
#include <hourglass/app/service/pictures.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <fmt/format.h>

#include <cmath>

namespace hourglass::service {

namespace {

constexpr const char* kPng = "image/png";

std::string begin_of(const ServedModel& model) { return "{\"model\":" + json_quoted(model.id()); }

// The media type, without its parameters.
std::string type_of(const httplib::Request& request) {
  std::string out = request.get_header_value("Content-Type");
  out = out.substr(0, out.find_first_of("; \t"));
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

struct Rows {
  Tensor x;
  Shape shape;  // as the client sent them
};

Body json_of(const Exchange& e, const std::vector<std::string>& fields = {}) {
  if (type_of(e.request) != "application/json")
    throw Refusal(415, "the body must be JSON; send the header Content-Type: application/json");
  return parse_body(e.request.body, fields);
}

Rows rows_in(const Exchange& e) {
  const std::string type = type_of(e.request);
  Rows out;
  if (type == kPng) {
    out.x = rows_of_pictures(*e.model, {e.request.body});
  } else if (type == "multipart/form-data") {
    out.x =
        rows_of_pictures(*e.model, parts_of_form(e.request.body, e.request.get_header_value("Content-Type")));
  } else if (type == "application/json") {
    const Body body = parse_body(e.request.body, {});
    out.x = e.model->rows_of(body);
    if (e.model->form() != Form::table) out.shape = Shape(body.shape);
  } else {
    throw Refusal(415,
                  "the body must be JSON, or PNG for a model of images; send the header Content-Type: "
                  "application/json or image/png");
  }
  if (out.shape.size() != out.x.size()) out.shape = out.x.shape();
  return out;
}

// ,"rows": [{…}] of a table, ,"data": [[…]] of anything else.
void append_examples(std::string& out, const ServedModel& model, const Tensor& rows, const Shape& shape) {
  if (model.form() == Form::table) {
    out += ",\"rows\":";
    append_rows(out, model.entries_of(rows));
  } else {
    out += ",\"data\":";
    append_numbers(out, reshape(model.own_range(rows), shape));
  }
}

// The mean over the entries that are there of each row.
std::vector<double> row_means(const Tensor& x) {
  const Tensor rows = flatten(x.to(float64), 1).contiguous();
  std::vector<double> out;
  for (std::int64_t i = 0; i < rows.shape(0); ++i) {
    double total = 0.0, count = 0.0;
    for (std::int64_t j = 0; j < rows.shape(1); ++j) {
      const double v = rows.data<double>()[i * rows.shape(1) + j];
      if (!std::isnan(v)) total += v, count += 1.0;
    }
    out.push_back(count > 0.0 ? total / count : 0.0);
  }
  return out;
}

void append_list(std::string& out, const std::vector<double>& values) {
  out += '[';
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += ',';
    append_number(out, values[i]);
  }
  out += ']';
}

std::vector<double> values_of(const Tensor& x) {
  const Tensor whole = x.to(float64).contiguous();
  return {whole.data<double>(), whole.data<double>() + whole.size()};
}

// (N, T, F) of sequences, else as the model gives rows.
Shape usual_shape(const ServedModel& model, const Tensor& rows) {
  const bool in_steps = model.form() == Form::sequence && model.example().size() == model.width();
  return in_steps ? model.example().insert(0, rows.shape(0)) : rows.shape();
}

void answer_examples(const Exchange& e, const Tensor& rows, const Shape& shape) {
  if (e.wants_picture()) {
    e.response.set_content(picture_of_rows(*e.model, rows), kPng);
    return;
  }
  std::string out = begin_of(*e.model);
  append_examples(out, *e.model, rows, shape);
  e.answer_json(out + "}");
}

}  // namespace

std::vector<Tensor> Exchange::compute(Op op, const Tensor& x) {
  rows = x.shape(0);
  Batcher::Answer answer = batcher.compute(model, op, x, expected);
  batch_rows = answer.batch_rows;
  metrics.batch(batch_rows);
  return std::move(answer.results);
}

bool Exchange::wants_picture() const {
  if (request.get_header_value("Accept").find(kPng) != 0) return false;
  if (model->form() != Form::image)
    throw Refusal(400, "this model is not one of images and answers with no PNG; accept application/json");
  return true;
}

void encode(Exchange& e) {
  const Tensor codes = e.compute(Op::encode, rows_in(e).x)[0];
  std::string out = begin_of(*e.model) + ",\"codes\":";
  append_numbers(out, codes);
  e.answer_json(out + "}");
}

void decode(Exchange& e) {
  const Tensor rows = e.compute(Op::decode, e.model->codes_of(json_of(e)))[0];
  answer_examples(e, rows, usual_shape(*e.model, rows));
}

void reconstruct(Exchange& e) {
  const Rows in = rows_in(e);
  const std::vector<Tensor> results = e.compute(Op::reconstruct, in.x);
  const std::vector<double> errors = row_means(results[1]);
  e.metrics.rows(e.model->id(), {}, errors);
  if (e.wants_picture()) return answer_examples(e, results[0], in.shape);
  std::string out = begin_of(*e.model);
  append_examples(out, *e.model, results[0], in.shape);
  out += ",\"errors\":";
  append_list(out, errors);
  if (e.model->form() == Form::table) {
    std::vector<std::string> names;
    for (const auto& c : e.model->columns()) names.push_back(c.name);
    out += ",\"column_errors\":";
    append_rows(out, data::Table::from_tensor(results[1], names));
  }
  e.answer_json(out + "}");
}

void anomaly_score(Exchange& e) {
  const std::vector<Tensor> results = e.compute(Op::score, rows_in(e).x);
  const std::vector<double> scores = values_of(results[0]), errors = values_of(results[1]);
  e.metrics.rows(e.model->id(), scores, errors);
  std::string out = begin_of(*e.model) + ",\"scores\":";
  append_list(out, scores);
  out += ",\"errors\":";
  append_list(out, errors);
  const double threshold = e.model->threshold();
  out += ",\"threshold\":";
  append_number(out, threshold);
  if (!std::isnan(threshold)) {
    out += ",\"p_values\":";
    append_list(out, e.model->p_values(scores));
    out += ",\"anomalies\":[";
    for (std::size_t i = 0; i < scores.size(); ++i)
      out.append(i > 0 ? "," : "").append(scores[i] > threshold ? "true" : "false");
    out += "]";
  }
  e.answer_json(out + "}");
}

namespace {

void append_explanation(std::string& out, const anomaly::Explanation& x) {
  out += "{\"score\":";
  append_number(out, x.score);
  out += ",\"threshold\":";
  append_number(out, x.threshold);
  out += ",\"p_value\":";
  append_number(out, x.p_value);
  out += ",\"shares\":[";
  for (std::size_t i = 0; i < x.shares.size(); ++i) {
    const auto& s = x.shares[i];
    out.append(i > 0 ? "," : "").append("{\"column\":").append(json_quoted(s.column)).append(",\"share\":");
    append_number(out, s.share);
    out.append(",\"value\":")
        .append(json_quoted(s.value))
        .append(",\"expected\":")
        .append(json_quoted(s.expected))
        .append("}");
  }
  out.append("],\"text\":").append(json_quoted(x.str())).append("}");
}

// Of arrays: each number's share of the squared error.
void explain_array(Exchange& e) {
  const Rows in = rows_in(e);
  const std::vector<Tensor> results = e.compute(Op::reconstruct, in.x);
  const std::vector<double> errors = row_means(results[1]);
  e.metrics.rows(e.model->id(), {}, errors);
  if (e.wants_picture()) {  // the brightest pixel is the largest error
    const Tensor most = maximum(max(results[1], 1, {.keepdims = true}), full({1, 1}, 1e-12));
    e.response.set_content(picture_of_rows(*e.model, results[1] / most), kPng);
    return;
  }
  std::string out = begin_of(*e.model) + ",\"errors\":";
  append_list(out, errors);
  out += ",\"shares\":";
  const Tensor flat = flatten(results[1], 1);
  const Tensor total = maximum(sum(flat, 1, {.keepdims = true}), full({1, 1}, 1e-30));
  append_numbers(out, reshape(flat / total, in.shape));
  append_examples(out, *e.model, results[0], in.shape);
  e.answer_json(out + "}");
}

}  // namespace

void explain(Exchange& e) {
  if (e.model->form() != Form::table) return explain_array(e);
  constexpr std::int64_t kMost = 32;  // each is some ten scores of all its columns
  const data::Table table = e.model->checked_table_of(json_of(e));
  if (table.rows() > kMost) throw Refusal(400, "at most 32 rows are explained at once; send fewer");
  e.rows = table.rows();
  std::string out = begin_of(*e.model) + ",\"explanations\":[";
  for (std::int64_t i = 0; i < table.rows(); ++i) {
    anomaly::Explanation explanation;
    e.batcher.run([&] { explanation = e.model->explain(table, i); }, e.expected);
    if (i > 0) out += ",";
    append_explanation(out, explanation);
  }
  e.answer_json(out + "]}");
}

void sample(Exchange& e) {
  constexpr double kMost = 1024;
  const Body body = json_of(e, {"n", "seed"});
  if (!body.shape.empty() || body.has_rows)
    throw Refusal(400, "no rows are expected here; send {\"n\": 8, \"seed\": 1}");
  const auto whole = [&](const char* field, double usual, double least, double most) {
    const auto found = body.fields.find(field);
    const double v = found == body.fields.end() ? usual : found->second;
    if (!(v >= least && v <= most) || v != std::floor(v))
      throw Refusal(
          400, fmt::format("\"{}\" must be a whole number from {} to {}; leave it out for the default", field,
                           least, most));
    return v;
  };
  const auto n = static_cast<std::int64_t>(whole("n", 1, 1, kMost));
  const auto seed = static_cast<std::uint64_t>(whole("seed", 0, 0, 9007199254740992.0));
  if (!e.model->is_generative())
    throw Refusal(
        400, fmt::format("a {} makes no examples of its own; a variational model does, and /decode turns "
                         "codes of your choice into examples",
                         e.model->kind()));
  Tensor rows;
  e.batcher.run([&] { rows = e.model->sample(n, seed); }, e.expected);
  e.rows = n;
  answer_examples(e, rows, usual_shape(*e.model, rows));
}

}  // namespace hourglass::service
