#include <hourglass/app/page/page.h>
#include <hourglass/app/service/error.h>
#include <hourglass/app/service/json_text.h>
#include <hourglass/app/service/openapi.h>
#include <hourglass/app/service/service.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/views.h>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <new>

namespace hourglass::service {

namespace {

constexpr const char* kJson = "application/json";

// {"error": {"status": 400, "message": "…", "column": "…", "expected": "…"}, "request_id": "…"}
std::string error_text(int status, const std::string& id, const std::string& text, const std::string& column,
                       const std::string& expected) {
  std::string out = fmt::format("{{\"error\":{{\"status\":{},\"message\":{}", status, json_quoted(text));
  if (!column.empty()) out.append(",\"column\":").append(json_quoted(column));
  if (!expected.empty()) out.append(",\"expected\":").append(json_quoted(expected));
  return out.append("},\"request_id\":").append(json_quoted(id)).append("}");
}

void page(Exchange& e) {
  e.response.set_header(
      "Content-Security-Policy",
      "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: "
      "blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  e.response.set_content(std::string(page_html()), "text/html; charset=utf-8");
}

void health(Exchange& e) { e.answer_json("{\"status\":\"ok\"}"); }
void openapi(Exchange& e) { e.answer_json(openapi_of(*e.model)); }
void describe(Exchange& e) { e.answer_json(description_of(*e.model)); }

}  // namespace

/// What is done for a path, and how it may be asked for.
struct Service::Route {
  bool posts = false;                    // POST; else GET and HEAD
  bool is_public = false;                // needs no token
  void (*compute)(Exchange&) = nullptr;  // needs a body, and the batcher
  void (*tell)(Exchange&) = nullptr;
  void (Service::*own)(Exchange&) = nullptr;
};

const std::map<std::string, Service::Route, std::less<>>& Service::routes() {
  static const std::map<std::string, Route, std::less<>> all{
      {"/", {.is_public = true, .tell = page}},
      {"/healthz", {.is_public = true, .tell = health}},
      {"/readyz", {.is_public = true, .own = &Service::readiness}},
      {"/metrics", {.own = &Service::metrics_text}},
      {"/openapi.json", {.tell = openapi}},
      {"/model", {.tell = describe}},
      {"/latent", {.own = &Service::latent}},
      {"/encode", {.posts = true, .compute = encode}},
      {"/decode", {.posts = true, .compute = decode}},
      {"/reconstruct", {.posts = true, .compute = reconstruct}},
      {"/anomaly_score", {.posts = true, .compute = anomaly_score}},
      {"/explain", {.posts = true, .compute = explain}},
      {"/sample", {.posts = true, .compute = sample}},
  };
  return all;
}

Service::Service(const ServiceOptions& options)
    : log_(options.log),
      auth_(options.token_file.empty() ? Auth() : Auth(options.token_file)),
      models_(options.model, log_, metrics_),
      batcher_({.most_rows = options.most_batch_rows}),
      examples_(options.examples) {}

http::Application Service::application() {
  return {[this](const httplib::Request& q, httplib::Response& a) { answer(q, a); },
          [this](int status, const std::string& why, const std::string& peer) {
            return refuse(status, why, peer);
          }};
}

std::string Service::refuse(int status, const std::string& why, const std::string& peer) {
  const std::string id = request_id("");
  metrics_.request("other", status, 0.0);
  log_.info("refused", {{"request_id", id}, {"status", status}, {"error", why}, {"client", peer}});
  return error_text(status, id, why, "", "");
}

void Service::answer(const httplib::Request& request, httplib::Response& response) {
  const auto begun = std::chrono::steady_clock::now();
  const std::string id = request_id(request.get_header_value("X-Request-Id"));
  Batcher::Expected expected(batcher_, routes().contains(request.path) && request.method == "POST");
  Exchange e{request, response, batcher_, expected, models_.current(), metrics_};
  response.status = 200;
  response.set_header("X-Request-Id", id);
  response.set_header("X-Content-Type-Options", "nosniff");
  response.set_header("Cache-Control", "no-store");
  std::string why;
  const auto fail = [&](int status, const std::string& text, const std::string& column = {},
                        const std::string& wanted = {}) {
    response.status = status, why = text;
    response.set_content(error_text(status, id, text, column, wanted), kJson);
    if (status == 429 || status == 503) response.set_header("Retry-After", "1");
  };
  try {
    route(e);
  } catch (const Refusal& r) {
    fail(r.status, r.what(), r.column, r.expected);
  } catch (const MemoryError& error) {
    fail(503, error.message());
  } catch (const std::bad_alloc&) {
    fail(503, "there is not enough memory for this request now; send fewer rows");
  } catch (const Error& error) {
    fail(400, error.message());
  } catch (const std::exception& error) {
    fail(500, "the service could not answer; its log says why");
    why = error.what();
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begun;
  metrics_.request(routes().contains(request.path) ? request.path : "other", response.status, taken.count());
  constexpr std::size_t kShown = 200;
  Log::Fields fields{{"request_id", id},
                     {"client", request.remote_addr},
                     {"method", request.method.substr(0, kShown)},
                     {"path", request.path.substr(0, kShown)},
                     {"status", response.status},
                     {"ms", std::round(taken.count() * 1e6) / 1e3},
                     {"bytes_in", request.body.size()},
                     {"bytes_out", response.body.size()},
                     {"model", e.model->id()}};
  if (e.rows > 0) fields["rows"] = e.rows;
  if (e.batch_rows > 0) fields["batch_rows"] = e.batch_rows;
  if (!why.empty()) fields["error"] = why.substr(0, 2 * kShown);
  log_.info("request", fields);
}

void Service::route(Exchange& e) {
  const httplib::Request& q = e.request;
  const auto found = routes().find(q.path);
  const bool is_public = found != routes().end() && found->second.is_public;
  // Before anything is said about what there is.
  if (!is_public && !auth_.allows(q.get_header_value("Authorization"))) {
    e.response.set_header("WWW-Authenticate", "Bearer");
    throw Refusal(401, "the token is missing or wrong; send the header Authorization: Bearer TOKEN");
  }
  if (found == routes().end())
    throw Refusal(404, "there is no such path; GET /openapi.json lists those there are");
  const Route& r = found->second;
  if (r.posts ? q.method != "POST" : q.method != "GET" && q.method != "HEAD") {
    e.response.set_header("Allow", r.posts ? "POST" : "GET, HEAD");
    throw Refusal(405, fmt::format("this path takes {} alone; use that", r.posts ? "POST" : "GET"));
  }
  const std::string coding = q.get_header_value("Content-Encoding");
  if (!coding.empty() && coding != "identity")
    throw Refusal(415, "the body is compressed, which is not read here; send it as it is");
  if (r.own) {
    (this->*r.own)(e);
  } else {
    (r.compute ? r.compute : r.tell)(e);
  }
}

void Service::readiness(Exchange& e) {
  if (!is_ready_()) throw Refusal(503, "the service is ending; ask another");
  e.answer_json(fmt::format("{{\"status\":\"ready\",\"model\":{}}}", json_quoted(e.model->id())));
}

void Service::metrics_text(Exchange& e) {
  e.response.set_content(metrics_.text({.model = e.model->id(),
                                        .kind = e.model->kind(),
                                        .threshold = e.model->threshold(),
                                        .training_scores = e.model->training_scores(),
                                        .waiting_rows = batcher_.waiting_rows(),
                                        .connections = static_cast<std::int64_t>(connections_()),
                                        .is_ready = is_ready_()}),
                         "text/plain; version=0.0.4; charset=utf-8");
}

// The codes of the examples: computed when they are asked for first, and again for another model.
void Service::latent(Exchange& e) {
  const std::lock_guard lock(latent_mutex_);
  if (latent_model_ != e.model->id()) latent_text_ = latent_of(e.model, e), latent_model_ = e.model->id();
  e.answer_json(latent_text_);
}

std::string Service::latent_of(const Batcher::Model& model, Exchange& e) {
  const Examples examples = examples_(*model);
  const std::int64_t most = std::clamp(kMostCodeNumbers / model->latent(), std::int64_t{50}, kMostExamples);
  const std::int64_t n = std::min(examples.rows.shape(0), most);
  std::string out = fmt::format("{{\"model\":{},\"source\":{},\"codes\":", json_quoted(model->id()),
                                json_quoted(examples.source));
  append_numbers(out, n > 0 ? e.compute(Op::encode, slice(examples.rows, 0, {0, n}))[0] : Tensor{});
  out += ",\"labels\":[";
  for (std::size_t i = 0; i < examples.labels.size() && i < static_cast<std::size_t>(n); ++i)
    out.append(i > 0 ? "," : "").append(json_quoted(examples.labels[i]));
  return out + "]}";
}

}  // namespace hourglass::service
