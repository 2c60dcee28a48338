#pragma once

#include <hourglass/app/service/batcher.h>
#include <hourglass/app/service/models.h>

#include <httplib.h>

#include <string>

namespace hourglass::service {

/// A request while it is being answered.
struct Exchange {
  const httplib::Request& request;
  httplib::Response& response;
  Batcher& batcher;
  Batcher::Expected& expected;
  Batcher::Model model;
  Metrics& metrics;
  std::int64_t rows = 0, batch_rows = 0;  // for the log

  /// Rows through the batcher.
  [[nodiscard]] std::vector<Tensor> compute(Op op, const Tensor& x);
  /// Whether the client wants an image; throws Refusal (400) where the model makes none.
  [[nodiscard]] bool wants_picture() const;
  void answer_json(std::string text) const { response.set_content(text, "application/json"); }
};

/// What the paths that compute do: they read the request's body and fill in the response. Throw Refusal.
void encode(Exchange& e);
void decode(Exchange& e);
void reconstruct(Exchange& e);
void anomaly_score(Exchange& e);
void explain(Exchange& e);
void sample(Exchange& e);

/// What is behind GET /model: all that a client has to know to make requests; JSON.
[[nodiscard]] std::string description_of(const ServedModel& model);

}  // namespace hourglass::service
