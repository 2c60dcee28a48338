#include <hourglass/app/service/models.h>
#include <hourglass/tensor/base/memory.h>

#include <fmt/format.h>
#include <sys/stat.h>

#include <chrono>

namespace hourglass::service {

namespace {

// Which file it is, how large, and when it was last written; "" where there is none.
std::string look_of(const std::string& path) {
  struct stat s {};
  if (::stat(path.c_str(), &s) != 0) return {};
  return fmt::format("{} {} {} {}.{}", s.st_dev, s.st_ino, s.st_size, s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
}

}  // namespace

Models::Models(std::string path, Log& log, Metrics& metrics)
    : path_(std::move(path)), log_(log), metrics_(metrics), seen_(look_of(path_)) {
  current_ = std::make_shared<const ServedModel>(path_);
  thread_ = std::thread([this] { watch(); });
}

Models::~Models() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  woken_.notify_all();
  thread_.join();
}

std::shared_ptr<const ServedModel> Models::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void Models::watch() {
  constexpr std::chrono::milliseconds kEvery{250};
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (woken_.wait_for(lock, kEvery, [&] { return ends_; })) return;
    }
    // Looked at before it is read: what is written meanwhile is seen the next time.
    const std::string look = look_of(path_);
    if (look.empty() || look == seen_) continue;
    seen_ = look;
    read_again();
  }
}

void Models::read_again() {
  try {
    auto model = std::make_shared<const ServedModel>(path_);
    {
      const std::lock_guard lock(mutex_);
      current_ = model;
    }
    log_.info("reload", {{"file", path_}, {"model", model->id()}, {"kind", model->kind()}});
    metrics_.reload(true);
  } catch (const std::exception& e) {
    metrics_.reload(false);
    log_.error("reload", {{"file", path_}, {"error", e.what()}, {"model", current()->id()}});
  }
}

}  // namespace hourglass::service
