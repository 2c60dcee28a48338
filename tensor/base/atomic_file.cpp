#include <hourglass/tensor/base/atomic_file.h>
#include <hourglass/tensor/base/error.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <optional>
#include <vector>

namespace hourglass {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = ".tmp-";
constexpr std::size_t kDigits = 16;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }
  void replace(int number) { close(), number_ = number; }
  void release() { number_ = -1; }

 private:
  int number_;
};

// What every step of one call needs to know.
struct Target {
  std::string op;
  std::string named;               // as the caller calls it
  fs::path path;                   // where its links lead
  std::optional<struct stat> old;  // of the file that is there

  [[noreturn]] void fail(const char* step) const {
    throw FileError("{}: cannot write {}: {} ({}); what was at {} before is untouched", op, named,
                    std::strerror(errno), step, named);
  }
  void check(bool ok, const char* step) const {
    if (!ok) fail(step);
  }
};

bool write_all(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(descriptor, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

bool reads_back(int descriptor, std::span<const std::byte> bytes) {
  std::vector<std::byte> chunk(std::min(bytes.size(), std::size_t{1} << 20));
  for (off_t at = 0; !bytes.empty();) {
    const ssize_t n = ::pread(descriptor, chunk.data(), std::min(chunk.size(), bytes.size()), at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0 || std::memcmp(chunk.data(), bytes.data(), static_cast<std::size_t>(n)) != 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    at += n;
  }
  return true;
}

// The number of an open descriptor that a path such as /dev/stdout or /dev/fd/3 stands for.
std::optional<int> descriptor_named(std::string_view path) {
  if (path == "/dev/stdout") return STDOUT_FILENO;
  if (path == "/dev/stderr") return STDERR_FILENO;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    int number = -1;
    if (path.substr(0, folder.size()) != folder) continue;
    const std::string_view rest = path.substr(folder.size());
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error == std::errc() && end == rest.data() + rest.size()) return number;
  }
  return std::nullopt;
}

// Where the symbolic links at the end of a path lead; the last one may point to nothing yet.
fs::path through_links(const fs::path& path) {
  constexpr int kMostLinks = 40;
  fs::path at = path;
  std::error_code error;
  for (int i = 0; i < kMostLinks && fs::is_symlink(at, error); ++i) {
    const fs::path next = fs::read_symlink(at, error);
    if (error) break;
    at = next.is_absolute() ? next : at.parent_path() / next;
  }
  return at;
}

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : "."; }

// What the names of all files begin with that are written beside a file: file systems allow 255 bytes.
std::string name_beside(const fs::path& path) {
  constexpr std::size_t kRoom = 255 - kMark.size() - kDigits;
  return path.filename().string().substr(0, kRoom).append(kMark);
}

std::string random_digits() {
  std::array<unsigned char, kDigits / 2> bytes{};
  while (::getrandom(bytes.data(), bytes.size(), 0) < 0 && errno == EINTR) {
  }
  std::string digits;
  for (const unsigned char byte : bytes) {
    digits += "0123456789abcdef"[byte >> 4];
    digits += "0123456789abcdef"[byte & 15];
  }
  return digits;
}

bool has_name(int descriptor, const fs::path& path) {
  struct stat one {
  }, two{};
  return ::fstat(descriptor, &one) == 0 && ::lstat(path.c_str(), &two) == 0 && one.st_ino == two.st_ino &&
         one.st_dev == two.st_dev;
}

// A writer holds a lock from just after it made its file until the file has its last name, and takes another
// name if it finds its file gone; so a file whose lock is free belongs to nobody.
void remove_leftovers(const fs::path& path) {
  const std::string beginning = name_beside(path);
  std::error_code error;
  std::vector<fs::path> found;
  for (fs::directory_iterator i(folder_of(path), error), end; !error && i != end; i.increment(error)) {
    const std::string name = i->path().filename().string();
    if (name.size() == beginning.size() + kDigits && name.compare(0, beginning.size(), beginning) == 0 &&
        name.find_first_not_of("0123456789abcdef", beginning.size()) == std::string::npos) {
      found.push_back(i->path());
    }
  }
  for (const fs::path& leftover : found) {
    const Descriptor file(::open(leftover.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (file.is_open() && ::flock(file.number(), LOCK_EX | LOCK_NB) == 0 && has_name(file.number(), leftover))
      ::unlink(leftover.c_str());
  }
}

// The new file under its other name; removed unless it is renamed.
class Beside {
 public:
  explicit Beside(const Target& target) : file_(-1) {
    constexpr int kTries = 100;
    for (int i = 0; i < kTries; ++i) {
      path_ = folder_of(target.path) / (name_beside(target.path) + random_digits());
      // Until it has the permissions of the old file, nobody else reads it.
      const mode_t mode = target.old ? 0600 : 0666;
      file_.replace(::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
      if (!file_.is_open() && errno == EEXIST) continue;
      target.check(file_.is_open(), "making a file beside it");
      const bool taken = ::flock(file_.number(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
      if (!taken && has_name(file_.number(), path_)) return;  // else someone took it for a leftover just now
      ::unlink(path_.c_str());
    }
    errno = EEXIST;
    target.fail("making a file beside it");
  }
  ~Beside() {
    if (!renamed_) ::unlink(path_.c_str());
  }
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;

  void begin(const Target& target) const {
    if (!target.old) return;
    const int file = file_.number();
    if (::fchown(file, target.old->st_uid, target.old->st_gid) != 0) errno = 0;  // not everyone may
    target.check(::fchmod(file, target.old->st_mode & 07777) == 0, "giving it the old permissions");
  }
  void append(const Target& target, std::span<const std::byte> bytes) const {
    target.check(write_all(file_.number(), bytes), "writing");
  }
  void set_front(const Target& target, std::span<const std::byte> bytes) const {
    target.check(::lseek(file_.number(), 0, SEEK_SET) == 0, "going back to its beginning");
    append(target, bytes);
    target.check(::lseek(file_.number(), 0, SEEK_END) >= 0, "going to its end");
  }
  void sync(const Target& target) const { target.check(::fsync(file_.number()) == 0, "syncing"); }

  void fill(const Target& target, std::span<const std::byte> bytes) const {
    begin(target);
    append(target, bytes);
    sync(target);
    if (!reads_back(file_.number(), bytes)) {
      throw FileError(
          "{}: {} does not read back as it was written; the disk may be failing; what was at {} before is "
          "untouched",
          target.op, path_.string(), target.named);
    }
  }
  void rename_to(const Target& target) {
    target.check(::rename(path_.c_str(), target.path.c_str()) == 0, "renaming");
    renamed_ = true;
    const Descriptor folder(::open(folder_of(target.path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.is_open())
      (void)::fsync(folder.number());  // not every file system can; the rename itself is done
  }

 private:
  fs::path path_;
  Descriptor file_;
  bool renamed_ = false;
};

// Devices and pipes hold nothing that could be lost.
void write_through(const Target& target, std::span<const std::byte> bytes) {
  const std::optional<int> number = descriptor_named(target.named);
  if (number) std::fflush(nullptr);  // what was printed comes first
  const Descriptor file(number ? ::fcntl(*number, F_DUPFD_CLOEXEC, 0)
                               : ::open(target.path.c_str(), O_WRONLY | O_CLOEXEC));
  target.check(file.is_open(), "opening");
  target.check(write_all(file.number(), bytes), "writing");
}

void check_writable(const Target& target) {
  constexpr mode_t kAnyoneWrites = 0222;
  const bool read_only = (target.old->st_mode & kAnyoneWrites) == 0;
  if (!read_only && ::faccessat(AT_FDCWD, target.path.c_str(), W_OK, AT_EACCESS) == 0) return;
  throw FileError(
      "{}: {} is read-only and stays as it was; make it writable (chmod u+w) or choose another name",
      target.op, target.named);
}

Target target_at(std::string_view op, const std::string& path) {
  Target target{std::string(op), path, path, std::nullopt};
  struct stat there {};
  if (::stat(path.c_str(), &there) == 0) target.old = there;
  if (target.old && S_ISDIR(target.old->st_mode)) {
    throw FileError("{}: {} is a folder; name a file", op, path);
  }
  return target;
}

bool is_stream(const Target& target) {
  return descriptor_named(target.named) || (target.old && !S_ISREG(target.old->st_mode));
}

// Follows the links to where the file is to be, and clears away what dead writers left there.
void prepare(Target& target) {
  if (target.old) check_writable(target);
  target.path = through_links(target.named);
  std::error_code ignored;
  if (fs::is_symlink(target.path, ignored)) {
    errno = ELOOP;
    target.fail("following links");
  }
  remove_leftovers(target.path);
}

}  // namespace

void write_atomically(std::string_view op, const std::string& path, std::span<const std::byte> bytes) {
  Target target = target_at(op, path);
  if (is_stream(target)) return write_through(target, bytes);
  prepare(target);
  Beside beside(target);
  beside.fill(target, bytes);
  beside.rename_to(target);
}

void write_atomically(std::string_view op, const std::string& path, std::string_view text) {
  write_atomically(op, path, std::as_bytes(std::span(text)));
}

struct AtomicWriter::State {
  explicit State(Target t) : target(std::move(t)), beside(target) { beside.begin(target); }

  Target target;
  Beside beside;
};

AtomicWriter::AtomicWriter(std::string_view op, const std::string& path) {
  Target target = target_at(op, path);
  if (is_stream(target))
    throw FileError("{}: {} is a device, a pipe or a socket, which cannot be replaced; name a file", op,
                    path);
  prepare(target);
  state_ = std::make_unique<State>(std::move(target));
}
AtomicWriter::~AtomicWriter() = default;
AtomicWriter::AtomicWriter(AtomicWriter&&) noexcept = default;
AtomicWriter& AtomicWriter::operator=(AtomicWriter&&) noexcept = default;

void AtomicWriter::append(std::span<const std::byte> bytes) { state_->beside.append(state_->target, bytes); }

void AtomicWriter::set_front(std::span<const std::byte> bytes) {
  state_->beside.set_front(state_->target, bytes);
}

void AtomicWriter::commit() {
  state_->beside.sync(state_->target);
  state_->beside.rename_to(state_->target);
}

InputFile open_input(std::string_view op, const std::string& path) {
  // Without O_NONBLOCK, opening a pipe waits for its writer.
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open())
    throw FileError("{}: cannot open {}: {}; look at the path, and at who may read it", op, path,
                    std::strerror(errno));
  struct stat status {};
  if (::fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode)) {
    throw FileError("{}: cannot read {}: it is {}, not a file; name a file", op, path,
                    S_ISDIR(status.st_mode) ? "a folder" : "a device, a pipe or a socket");
  }
  InputFile out{std::unique_ptr<std::FILE, CloseStream>(::fdopen(file.number(), "rb")),
                static_cast<std::uint64_t>(status.st_size)};
  if (!out.stream)
    throw FileError("{}: cannot open {}: {}; look at the path, and at who may read it", op, path,
                    std::strerror(errno));
  file.release();
  return out;
}

}  // namespace hourglass
