#include <hourglass/app/service/exchange.h>
#include <hourglass/app/service/openapi.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>

namespace hourglass::service {

namespace {

using Json = nlohmann::ordered_json;

Json list_of(const Json& item) { return {{"type", "array"}, {"items", item}}; }
Json object_of(const Json& properties) { return {{"type", "object"}, {"properties", properties}}; }
const Json& number() {
  static const Json out{{"type", "number"}};
  return out;
}

// Lists in lists, as deep as the shape has axes.
Json array_of(const Shape& shape) {
  Json out = number();
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    out = list_of(out);
    out["minItems"] = shape[axis], out["maxItems"] = shape[axis];
  }
  return out;
}

Json row_of(const ServedModel& model) {
  Json properties = Json::object(), names = Json::array();
  for (const ServedModel::Column& c : model.columns()) {
    Json type = c.type == data::ColumnType::number ? number() : Json{{"type", "string"}};
    type["nullable"] = true;
    if (c.type == data::ColumnType::ordinal) {
      type["enum"] = c.categories;
      type["enum"].push_back(nullptr);
    }
    properties[c.name] = type;
    names.push_back(c.name);
  }
  Json out = object_of(properties);
  out["required"] = names, out["additionalProperties"] = false;
  return out;
}

Json content(const Json& schema) { return {{"application/json", {{"schema", schema}}}}; }

Json answers(const Json& schema, bool picture) {
  Json ok{{"description", "The answer"}, {"content", content(schema)}};
  if (picture) ok["content"]["image/png"] = {{"schema", {{"type", "string"}, {"format", "binary"}}}};
  Json out{{"200", ok}};
  const std::initializer_list<std::pair<const char*, const char*>> errors{
      {"400", "The body is wrong: the message names column and expectation"},
      {"401", "The token is missing or wrong"},
      {"413", "The body is larger than --max-body"},
      {"415", "The body is of another media type"},
      {"429", "Too much is waiting"},
      {"503", "Not now: the service is ending, or has too many connections"}};
  for (const auto& [status, text] : errors)
    out[status] = {{"description", text}, {"content", content({{"$ref", "#/components/schemas/Error"}})}};
  return out;
}

Json post(const char* about, const Json& body, const Json& answer, bool picture_in, bool picture_out) {
  Json in = content(body);
  if (picture_in) {
    const Json file{{"type", "string"}, {"format", "binary"}};
    in["image/png"] = {{"schema", file}};
    in["multipart/form-data"] = {{"schema", object_of({{"image", list_of(file)}})}};
  }
  return {{"post",
           {{"summary", about},
            {"requestBody", {{"required", true}, {"content", in}}},
            {"responses", answers(answer, picture_out)}}}};
}

Json get(const char* about, const char* type) {
  return {
      {"get",
       {{"summary", about},
        {"responses", {{"200", {{"description", "The answer"}, {"content", {{type, Json::object()}}}}}}}}}};
}

Json shape_json(const Shape& shape) { return std::vector<std::int64_t>(shape.begin(), shape.end()); }

}  // namespace

std::string openapi_of(const ServedModel& model) {
  const bool image = model.form() == Form::image, table = model.form() == Form::table;
  const Json text{{"type", "string"}}, codes = list_of(array_of({model.latent()})),
                                       numbers = list_of(number());
  const Json data =
      list_of(model.has_any_length() ? list_of(array_of({model.example()[1]})) : array_of(model.example()));
  const Json rows = table ? object_of({{"rows", list_of(row_of(model))}}) : object_of({{"data", data}});
  Json examples = rows;
  examples["properties"]["model"] = text;
  Json restored = examples;
  restored["properties"]["errors"] = numbers;
  const Json scores = object_of({{"model", text},
                                 {"scores", numbers},
                                 {"errors", numbers},
                                 {"threshold", number()},
                                 {"p_values", numbers},
                                 {"anomalies", list_of({{"type", "boolean"}})}});
  const Json whole{{"type", "integer"}, {"minimum", 0}};
  const Json error = object_of({{"status", whole}, {"message", text}, {"column", text}, {"expected", text}});
  Json paths;
  paths["/encode"] =
      post("Codes of rows", rows, object_of({{"model", text}, {"codes", codes}}), image, false);
  paths["/decode"] = post("Rows of codes", object_of({{"data", codes}}), examples, false, image);
  paths["/reconstruct"] =
      post("Rows through the code and back, and their errors", rows, restored, image, image);
  paths["/anomaly_score"] = post("How unusual rows are", rows, scores, image, false);
  paths["/explain"] = post("Why a row has its score: what each column or number has to do with it", rows,
                           {{"type", "object"}}, image, image);
  paths["/sample"] = post("New examples of a generative model", object_of({{"n", whole}, {"seed", whole}}),
                          examples, false, image);
  paths["/"] = get("The page", "text/html");
  paths["/healthz"] = get("Whether the process lives", "application/json");
  paths["/readyz"] = get("Whether requests should come", "application/json");
  paths["/metrics"] = get("Counts for Prometheus", "text/plain");
  paths["/openapi.json"] = get("This description", "application/json");
  paths["/model"] = get("The model: form, shape, columns", "application/json");
  paths["/latent"] = get("Codes of examples, with labels", "application/json");
  const Json out{{"openapi", "3.0.3"},
                 {"info", {{"title", "Hourglass: a " + model.kind()}, {"version", model.id()}}},
                 {"security", Json::array({{{"token", Json::array()}}, Json::object()})},
                 {"paths", paths},
                 {"components",
                  {{"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}}}}},
                   {"schemas", {{"Error", object_of({{"error", error}, {"request_id", text}})}}}}}};
  return out.dump();
}

std::string description_of(const ServedModel& model) {
  Json columns = Json::array();
  for (const ServedModel::Column& c : model.columns())
    columns.push_back(
        {{"name", c.name}, {"type", data::name(c.type)}, {"categories", c.categories}, {"usual", c.usual}});
  Json example = shape_json(model.example());
  if (model.has_any_length()) example[0] = nullptr;
  const double threshold = model.threshold();
  return Json{{"model", model.id()},
              {"kind", model.kind()},
              {"form", name(model.form())},
              {"example", example},
              {"latent", model.latent()},
              {"trained_on", model.data()},
              {"generative", model.is_generative()},
              {"threshold", std::isnan(threshold) ? Json(nullptr) : Json(threshold)},
              {"columns", columns}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace hourglass::service
