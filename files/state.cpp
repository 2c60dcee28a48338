#include <hourglass/files/internal/bytes.h>
#include <hourglass/files/internal/reader.h>
#include <hourglass/files/internal/superblock.h>
#include <hourglass/files/internal/whole_file.h>
#include <hourglass/files/internal/writer.h>
#include <hourglass/files/sha256.h>
#include <hourglass/files/state.h>
#include <hourglass/tensor/base/atomic_file.h>
#include <hourglass/tensor/base/error.h>

#include <algorithm>
#include <map>

namespace hourglass::files {

void write_state(const std::string& path, std::span<const Section> sections) {
  write_atomically("save", path, hdf5::image_of(sections).bytes());
}

std::vector<Section> read_state(const std::string& path) {
  const InputFile file = open_input("load", path);
  constexpr std::uint64_t kBeginning = 96;
  hdf5::check_beginning(path, internal::read_bytes(file, path, std::min(file.size, kBeginning)), file.size);
  std::rewind(file.stream.get());
  return hdf5::read_sections(path, internal::read_bytes(file, path, file.size));
}

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
  template <class M>  // a module, const if it is only read
  explicit Entries(M& module) {
    walk(module);
  }
  std::vector<Entry> list;

 private:
  void on_parameter(const std::string& path, Variable& parameter) override {
    const bool tied = std::any_of(list.begin(), list.end(), [&](const Entry& e) {
      return e.parameter && e.parameter->node() == parameter.node();
    });
    if (!tied) list.push_back({path, &parameter, nullptr});
  }
  void on_state(const std::string& path, Tensor& state) override {
    const bool shared =
        std::any_of(list.begin(), list.end(), [&](const Entry& e) { return e.state == &state; });
    if (!shared) list.push_back({path, nullptr, &state});
  }
};

std::string form(const Tensor& x) { return x.shape().str() + " " + std::string(name(x.dtype())); }

}  // namespace

std::vector<NamedTensor> internal::shared_state_of(const nn::Module& module) {
  check_names(module);
  std::vector<NamedTensor> out;
  for (const Entries::Entry& entry : Entries(module).list) out.push_back({entry.name, entry.value()});
  return out;
}

std::vector<NamedTensor> state_of(const nn::Module& module) {
  std::vector<NamedTensor> out = internal::shared_state_of(module);
  for (NamedTensor& t : out) t.value = t.value.clone();
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

void load(const std::string& path, nn::Module& module) {
  for (const Section& section : read_state(path)) {
    if (section.name == "model") return set_state(module, section.tensors, "load: " + path);
  }
  throw FileError("load: {} holds no model (no group /model); read_state gives what is in it", path);
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

std::string internal::weights_sha256(std::span<const NamedTensor> tensors) {
  Sha256 hash;
  for (const NamedTensor& entry : tensors) {
    hash.add(entry.name + " ");
    add_tensor(hash, entry.value);
  }
  return hash.hex();
}

std::string weights_sha256(const nn::Module& module) {
  return internal::weights_sha256(internal::shared_state_of(module));
}

std::string sha256(const Tensor& x) {
  Sha256 hash;
  add_tensor(hash, x);
  return hash.hex();
}

}  // namespace hourglass::files
