#pragma once

#include <hourglass/app/service/model.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace hourglass::service {

struct BatcherOptions {
  std::int64_t most_rows = 256;             // computed together
  std::int64_t most_waiting = 65'536;       // rows; more is refused (429)
  std::chrono::microseconds patience{300};  // for requests that are being read
};

/// Computes what requests ask for, one batch at a time, the rows of those that arrive together as one.
///
/// A batch begins when the one before it is done, on the thread of one of its requests, so that one that
/// comes alone is computed at once and by itself. It takes what has been waiting; if further requests are
/// just being read it waits for them, until the first of its rows has waited `patience`.
///
/// A model's answer to a row is the same to the last bit, whatever rows are computed beside it: see
/// ServedModel::compute.
class Batcher {
 public:
  using Model = std::shared_ptr<const ServedModel>;
  explicit Batcher(BatcherOptions options = {}) : options_(options) {}
  Batcher(const Batcher&) = delete;
  Batcher& operator=(const Batcher&) = delete;

  /// While it lives, a request is being read that will ask for rows.
  class Expected {
   public:
    /// Only if `on`: requests of other kinds are not waited for.
    explicit Expected(Batcher& batcher, bool on = true);
    ~Expected();
    Expected(const Expected&) = delete;
    Expected& operator=(const Expected&) = delete;

   private:
    friend class Batcher;
    Batcher& batcher_;
    bool counted_;
  };

  struct Answer {
    std::vector<Tensor> results{};  // each (N, …)
    std::int64_t batch_rows = 0;    // of the largest batch that its rows were in
  };
  /// Waits for the answer. More than most_rows are computed in pieces, between which others have their turn.
  /// Throws what the model throws; Refusal (429) if too much is waiting.
  [[nodiscard]] Answer compute(const Model& model, Op op, const Tensor& rows, Expected& expected);
  /// Runs a function in its turn: what the library does not let run beside a model's work.
  void run(const std::function<void()>& f, Expected& expected);

  [[nodiscard]] std::int64_t waiting_rows() const;

 private:
  struct Job;
  void wait_for(Job& job, std::unique_lock<std::mutex>& lock);
  [[nodiscard]] std::vector<Job*> take_batch(std::unique_lock<std::mutex>& lock);
  static void work(const std::vector<Job*>& batch);
  static void compute_batch(const std::vector<Job*>& batch);
  [[nodiscard]] Answer compute_piece(const Model& model, Op op, const Tensor& rows);
  void no_longer_expected(Expected& expected);

  BatcherOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable come_, done_;
  std::deque<Job*> queue_;
  std::int64_t waiting_rows_ = 0, expected_ = 0;
  bool is_computing_ = false;
};

}  // namespace hourglass::service
