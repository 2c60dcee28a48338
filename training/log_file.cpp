#include <hourglass/tensor/base/error.h>
#include <hourglass/training/log_file.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace hourglass::training {

namespace {

constexpr mode_t kReadWrite = 0666;  // less the umask

// A file while something is done to it.
class Open {
 public:
  Open(const std::string& writer, const std::string& path, int flags)
      : writer_(writer), path_(path), number_(::open(path.c_str(), flags | O_CLOEXEC, kReadWrite)) {
    check(number_ >= 0);
  }
  ~Open() { ::close(number_); }
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;

  void check(bool ok) const {
    if (ok) return;
    throw FileError("{}: cannot write {}: {}; is there room, and may the folder be written to?", writer_,
                    path_, std::strerror(errno));
  }
  [[nodiscard]] std::int64_t size() const {
    struct stat status {};
    check(::fstat(number_, &status) == 0);
    if (S_ISREG(status.st_mode)) return status.st_size;
    throw FileError("{}: {} is not a regular file, and cannot be cut back to a checkpoint; name another",
                    writer_, path_);
  }
  [[nodiscard]] std::string contents() const {
    std::string out(static_cast<std::size_t>(size()), '\0');
    std::size_t done = 0;
    while (done < out.size()) {
      const ssize_t n = ::pread(number_, out.data() + done, out.size() - done, static_cast<off_t>(done));
      if (n < 0 && errno == EINTR) continue;
      check(n >= 0);
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    out.resize(done);
    return out;
  }
  void cut(std::int64_t length) const { check(::ftruncate(number_, length) == 0); }
  [[nodiscard]] bool write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t n = ::write(number_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  void sync() const { check(::fsync(number_) == 0); }

 private:
  const std::string &writer_, &path_;
  int number_;
};

}  // namespace

LogFile::LogFile(std::string writer, std::string path, Whole whole)
    : writer_(std::move(writer)), path_(std::move(path)), whole_(whole) {}

void LogFile::go_on_at_end() {
  go_on_at(0);
  if (::access(path_.c_str(), F_OK) != 0) return;
  length_ = static_cast<std::int64_t>(whole_(Open(writer_, path_, O_RDONLY).contents()));
}

std::int64_t LogFile::settle() {
  const Open file(writer_, path_, O_RDWR | O_CREAT);
  const std::int64_t size = file.size();
  if (size < length_) length_ = static_cast<std::int64_t>(whole_(file.contents()));
  if (settled_ && size > length_) length_ = size;  // someone else has added something
  if (size > length_) file.cut(length_);
  settled_ = true;
  return length_;
}

void LogFile::append(std::string_view record) {
  const std::int64_t before = settle();
  const Open file(writer_, path_, O_WRONLY | O_APPEND);
  if (!file.write(record)) {
    const int why = errno;
    file.cut(before);
    errno = why;
    file.check(false);
  }
  synced_ = false;
  length_ = before + static_cast<std::int64_t>(record.size());
}

void LogFile::sync() const {
  if (!synced_ && ::access(path_.c_str(), F_OK) == 0) Open(writer_, path_, O_WRONLY).sync();
  synced_ = true;
}

}  // namespace hourglass::training
