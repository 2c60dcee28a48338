#include <hourglass/app/service/batcher.h>
#include <hourglass/app/service/error.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/views.h>

#include <algorithm>

namespace hourglass::service {

using Clock = std::chrono::steady_clock;

struct Batcher::Job {
  Model model{};
  Op op = Op::encode;
  Tensor rows{};
  std::function<void()> function{};  // instead of rows
  Answer answer{};
  std::exception_ptr error{};
  bool done = false;
  Clock::time_point since = Clock::now();

  [[nodiscard]] std::int64_t size() const { return function ? 0 : rows.shape(0); }
  [[nodiscard]] bool goes_with(const Job& other) const {
    return !function && !other.function && model == other.model && op == other.op &&
           rows.shape().without(0) == other.rows.shape().without(0);
  }
};

Batcher::Expected::Expected(Batcher& batcher, bool on) : batcher_(batcher), counted_(on) {
  const std::lock_guard lock(batcher_.mutex_);
  if (counted_) ++batcher_.expected_;
}

Batcher::Expected::~Expected() {
  const std::lock_guard lock(batcher_.mutex_);
  batcher_.no_longer_expected(*this);
}

void Batcher::no_longer_expected(Expected& expected) {
  if (!expected.counted_) return;
  expected.counted_ = false;
  if (--expected_ == 0) come_.notify_one();
}

std::int64_t Batcher::waiting_rows() const {
  const std::lock_guard lock(mutex_);
  return waiting_rows_;
}

Batcher::Answer Batcher::compute(const Model& model, Op op, const Tensor& rows, Expected& expected) {
  const std::int64_t n = rows.shape(0);
  {
    const std::lock_guard lock(mutex_);
    no_longer_expected(expected);
    if (waiting_rows_ > 0 && waiting_rows_ + n > options_.most_waiting)
      throw Refusal(429, "too many rows are waiting to be computed; try again in a second");
  }
  if (n <= options_.most_rows) return compute_piece(model, op, rows);
  std::vector<std::vector<Tensor>> pieces;  // [result][piece]
  Answer out;
  for (std::int64_t begin = 0; begin < n; begin += options_.most_rows) {
    const std::int64_t end = std::min(n, begin + options_.most_rows);
    Answer answer = compute_piece(model, op, slice(rows, 0, {begin, end}));
    out.batch_rows = std::max(out.batch_rows, answer.batch_rows);
    pieces.resize(answer.results.size());
    for (std::size_t i = 0; i < pieces.size(); ++i) pieces[i].push_back(std::move(answer.results[i]));
  }
  for (const auto& of_one : pieces) out.results.push_back(concat(of_one));
  return out;
}

Batcher::Answer Batcher::compute_piece(const Model& model, Op op, const Tensor& rows) {
  Job job{.model = model, .op = op, .rows = rows};
  std::unique_lock lock(mutex_);
  wait_for(job, lock);
  if (job.error) std::rethrow_exception(job.error);
  return std::move(job.answer);
}

void Batcher::run(const std::function<void()>& f, Expected& expected) {
  Job job{.function = f};
  std::unique_lock lock(mutex_);
  no_longer_expected(expected);
  wait_for(job, lock);
  if (job.error) std::rethrow_exception(job.error);
}

// Whoever waits while nobody computes computes the next batch, which need not be with its own job.
void Batcher::wait_for(Job& job, std::unique_lock<std::mutex>& lock) {
  queue_.push_back(&job);
  waiting_rows_ += job.size();
  come_.notify_one();
  while (!job.done) {
    if (is_computing_) {
      done_.wait(lock, [&] { return job.done || !is_computing_; });
      continue;
    }
    is_computing_ = true;
    const std::vector<Job*> batch = take_batch(lock);
    lock.unlock();
    work(batch);
    lock.lock();
    for (Job* const j : batch) j->done = true;
    is_computing_ = false;
    done_.notify_all();
  }
}

// What is computed next: the first in the queue, and what goes with it.
std::vector<Batcher::Job*> Batcher::take_batch(std::unique_lock<std::mutex>& lock) {
  if (!queue_.front()->function)
    come_.wait_until(lock, queue_.front()->since + options_.patience,
                     [&] { return expected_ == 0 || waiting_rows_ >= options_.most_rows; });
  std::vector<Job*> batch{queue_.front()};
  queue_.pop_front();
  std::int64_t rows = batch[0]->size();
  for (auto i = queue_.begin(); i != queue_.end() && rows < options_.most_rows;) {
    if (batch[0]->goes_with(**i) && rows + (*i)->size() <= options_.most_rows) {
      rows += (*i)->size();
      batch.push_back(*i);
      i = queue_.erase(i);
    } else {
      ++i;
    }
  }
  waiting_rows_ -= rows;
  return batch;
}

void Batcher::work(const std::vector<Job*>& batch) {
  const auto alone = [](Job& job) {
    try {
      if (job.function) {
        job.function();
      } else {
        compute_batch({&job});
      }
    } catch (...) {
      job.error = std::current_exception();
    }
  };
  if (batch.size() == 1) return alone(*batch[0]);
  try {
    compute_batch(batch);
  } catch (...) {  // the others shall not suffer for one
    for (Job* const job : batch) alone(*job);
  }
}

void Batcher::compute_batch(const std::vector<Job*>& batch) {
  std::vector<Tensor> rows;
  rows.reserve(batch.size());
  for (const Job* const job : batch) rows.push_back(job->rows);
  const Tensor all = rows.size() == 1 ? rows[0] : concat(rows);
  const std::vector<Tensor> results = batch[0]->model->compute(batch[0]->op, all);
  std::int64_t begin = 0;
  for (Job* const job : batch) {
    const std::int64_t end = begin + job->size();
    job->answer.batch_rows = all.shape(0);
    job->answer.results.clear();
    for (const Tensor& r : results)
      job->answer.results.push_back(batch.size() == 1 ? r : slice(r, 0, {begin, end}).contiguous());
    begin = end;
  }
}

}  // namespace hourglass::service
