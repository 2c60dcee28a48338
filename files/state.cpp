#include <hourglass/files/hdf5_file.h>
#include <hourglass/files/sha256.h>
#include <hourglass/files/state.h>
#include <hourglass/tensor/base/error.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>

namespace hourglass::files {

namespace {

std::string failure() { return std::strerror(errno); }

class File {
 public:
  File(const std::string& path, int flags) : descriptor_(open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }

  [[nodiscard]] bool write_all(std::span<const std::byte> bytes) const {
    while (!bytes.empty()) {
      const ssize_t n = ::write(descriptor_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return false;
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return true;
  }
  [[nodiscard]] bool sync() const { return ::fsync(descriptor_) == 0; }
  [[nodiscard]] std::vector<std::byte> read_all(const std::string& path) const {
    std::vector<std::byte> bytes;
    constexpr std::size_t kChunk = 1 << 22;
    for (;;) {
      const std::size_t have = bytes.size();
      bytes.resize(have + kChunk);
      const ssize_t n = ::read(descriptor_, bytes.data() + have, kChunk);
      if (n < 0 && errno != EINTR) throw FileError("load: cannot read {}: {}", path, failure());
      bytes.resize(have + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
      if (n == 0) return bytes;
    }
  }

 private:
  int descriptor_;
};

std::vector<std::byte> bytes_of(const std::string& path) {
  const File file(path, O_RDONLY);
  if (!file.is_open()) throw FileError("load: cannot open {}: {}", path, failure());
  return file.read_all(path);
}

// Removes the unfinished file unless it was renamed.
class Unfinished {
 public:
  explicit Unfinished(std::string path) : path_(std::move(path)) {}
  ~Unfinished() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  void finished() { path_.clear(); }

 private:
  std::string path_;
};

}  // namespace

void write_state(const std::string& path, std::span<const Section> sections) {
  static std::atomic<int> counter{0};
  const std::vector<std::byte> image = hdf5_image(sections);
  const std::string beside = path + ".tmp-" + std::to_string(getpid()) + "-" + std::to_string(counter++);
  Unfinished unfinished(beside);
  const auto check = [&](bool ok, const char* what) {
    if (!ok)
      throw FileError("save: cannot {} {}: {}; what was at {} before is untouched", what, beside, failure(),
                      path);
  };
  {
    const File file(beside, O_WRONLY | O_CREAT | O_TRUNC);
    check(file.is_open(), "create");
    check(file.write_all(image), "write");
    check(file.sync(), "sync");
  }
  if (bytes_of(beside) != image)
    throw FileError("save: {} does not read back as it was written; the disk may be failing", beside);
  check(::rename(beside.c_str(), path.c_str()) == 0, "rename");
  unfinished.finished();
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const File directory(folder.empty() ? "." : folder.string(), O_RDONLY | O_DIRECTORY);
  if (directory.is_open()) (void)directory.sync();  // not every file system can; the rename itself is done
}

std::vector<Section> read_state(const std::string& path) { return hdf5_sections(path, bytes_of(path)); }

namespace {

// What of a module goes into a file, each with the place it is kept in.
class Entries : public nn::Visitor {
 public:
  struct Entry {
    std::string name;
    Variable* parameter;  // or, for state that is not trained,
    Tensor* state;
    [[nodiscard]] const Tensor& value() const { return parameter ? parameter->value() : *state; }
  };
  explicit Entries(nn::Module& module) { (*this)("", module); }
  std::vector<Entry> list;

 private:
  void on_parameter(const std::string& path, Variable& parameter) override {
    const bool tied = std::any_of(list.begin(), list.end(), [&](const Entry& e) {
      return e.parameter && e.parameter->node() == parameter.node();
    });
    if (!tied) list.push_back({path, &parameter, nullptr});
  }
  void on_state(const std::string& path, Tensor& state) override { list.push_back({path, nullptr, &state}); }
};

std::string form(const Tensor& x) { return x.shape().str() + " " + std::string(name(x.dtype())); }

}  // namespace

std::vector<NamedTensor> state_of(nn::Module& module) {
  std::vector<NamedTensor> out;
  for (const Entries::Entry& entry : Entries(module).list) out.push_back({entry.name, entry.value()});
  return out;
}

void set_state(nn::Module& module, std::span<const NamedTensor> tensors, const std::string& source) {
  std::map<std::string, const Tensor*> given;
  for (const NamedTensor& t : tensors) given.emplace(t.name, &t.value);
  Entries entries(module);
  std::string wrong;
  for (const Entries::Entry& entry : entries.list) {
    const auto found = given.find(entry.name);
    if (found == given.end()) {
      wrong += "\n  missing: " + entry.name + " " + form(entry.value());
    } else if (form(*found->second) != form(entry.value())) {
      wrong += "\n  of another form: " + entry.name + " is " + form(*found->second) + ", expected " +
               form(entry.value());
    }
  }
  for (const NamedTensor& t : tensors) {
    const bool known = std::any_of(entries.list.begin(), entries.list.end(),
                                   [&](const auto& e) { return e.name == t.name; });
    if (!known) wrong += "\n  unexpected: " + t.name + " " + form(t.value);
  }
  if (!wrong.empty())
    throw FileError("{} does not fit {}; nothing was changed:{}", source, module.describe(), wrong);
  for (Entries::Entry& entry : entries.list) {
    Tensor value = given.at(entry.name)->clone();
    if (entry.parameter) {
      entry.parameter->set_value(std::move(value));
    } else {
      *entry.state = std::move(value);
    }
  }
}

void save(const std::string& path, nn::Module& module, std::span<const Section> others) {
  std::vector<Section> sections{{"model", state_of(module)}};
  sections.insert(sections.end(), others.begin(), others.end());
  write_state(path, sections);
}

void load(const std::string& path, nn::Module& module) {
  for (const Section& section : read_state(path)) {
    if (section.name == "model") return set_state(module, section.tensors, "load: " + path);
  }
  throw FileError("load: {} holds no model (no group /model)", path);
}

namespace {

void add_tensor(Sha256& hash, const Tensor& x) {
  const Tensor flat = x.contiguous();
  hash.add(form(flat) + "\n");
  visit(flat.dtype(), [&]<class T>() {
    hash.add(std::as_bytes(std::span(flat.data<T>(), static_cast<std::size_t>(flat.size()))));
  });
}

}  // namespace

std::string weights_sha256(nn::Module& module) {
  Sha256 hash;
  for (const NamedTensor& entry : state_of(module)) {
    hash.add(entry.name + " ");
    add_tensor(hash, entry.value);
  }
  return hash.hex();
}

std::string sha256(const Tensor& x) {
  Sha256 hash;
  add_tensor(hash, x);
  return hash.hex();
}

}  // namespace hourglass::files
