#include <hourglass/files/internal/format.h>
#include <hourglass/files/internal/writer.h>
#include <hourglass/files/sha256.h>
#include <hourglass/tensor/base/error.h>

#include <hdf5.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <set>
#include <utility>

namespace hourglass::files::hdf5 {

namespace {

std::mutex& hdf5_mutex() {  // the library is not safe for threads
  static std::mutex mutex;
  return mutex;
}

// An HDF5 identifier, closed at the end of its life.
class Id {
 public:
  Id(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  Id(Id&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Id(const Id&) = delete;
  Id& operator=(const Id&) = delete;
  Id& operator=(Id&&) = delete;
  ~Id() {
    if (id_ >= 0) close_(id_);
  }
  operator hid_t() const { return id_; }  // NOLINT(google-explicit-constructor)
  [[nodiscard]] bool ok() const { return id_ >= 0; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

void expect(bool ok, const char* what) {
  if (!ok) throw FileError("save: HDF5 could not {}; is there enough memory?", what);
}

hid_t file_type(DType dtype) {
  return dtype == float32   ? H5T_IEEE_F32LE
         : dtype == float64 ? H5T_IEEE_F64LE
         : dtype == int64   ? H5T_STD_I64LE
                            : H5T_STD_U8LE;
}

hid_t memory_type(DType dtype) {
  return dtype == float32   ? H5T_NATIVE_FLOAT
         : dtype == float64 ? H5T_NATIVE_DOUBLE
         : dtype == int64   ? H5T_NATIVE_INT64
                            : H5T_NATIVE_UINT8;
}

std::string checksum(const Tensor& flat) {
  Sha256 hash;
  visit(flat.dtype(), [&]<class T>() {
    hash.add(std::as_bytes(std::span(flat.data<T>(), static_cast<std::size_t>(flat.size()))));
  });
  return hash.hex();
}

void write_attribute(hid_t object, const char* name, const std::string& text) {
  const Id type(H5Tcopy(H5T_C_S1), H5Tclose), space(H5Screate(H5S_SCALAR), H5Sclose);
  expect(H5Tset_size(type, text.size()) >= 0, "size a string");
  const Id attribute(H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  expect(attribute.ok() && H5Awrite(attribute, type, text.data()) >= 0, "write an attribute");
}

void write_attribute(hid_t object, const char* name, std::int64_t value) {
  const Id space(H5Screate(H5S_SCALAR), H5Sclose);
  const Id attribute(H5Acreate2(object, name, H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  expect(attribute.ok() && H5Awrite(attribute, H5T_NATIVE_INT64, &value) >= 0, "write an attribute");
}

// Properties of a new object: no times, so that equal models are equal files.
Id without_times(hid_t kind) {
  Id properties(H5Pcreate(kind), H5Pclose);
  expect(H5Pset_obj_track_times(properties, false) >= 0, "leave out times");
  return properties;
}

// Up to 64 links of a group stand in its header, the plainest of the three forms; beyond that a tree is
// faster: adding to a header takes time in proportion to what it holds.
Id plain_group(hid_t kind) {
  Id properties = without_times(kind);
  constexpr unsigned kMost = 64;
  expect(H5Pset_link_phase_change(properties, kMost, kMost) >= 0, "make plain groups");
  return properties;
}

void write_tensor(hid_t file, const std::string& path, const Tensor& x) {
  const Tensor flat = x.contiguous();
  std::array<hsize_t, kMaxRank> extents{};
  for (int i = 0; i < x.rank(); ++i)
    extents.at(static_cast<std::size_t>(i)) = static_cast<hsize_t>(x.shape(i));
  const Id space(x.rank() == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(x.rank(), extents.data(), nullptr),
                 H5Sclose);
  const Id plain = without_times(H5P_DATASET_CREATE);
  const Id set(H5Dcreate2(file, path.c_str(), file_type(x.dtype()), space, H5P_DEFAULT, plain, H5P_DEFAULT),
               H5Dclose);
  expect(set.ok(), "make a data set");
  if (x.size() > 0) {
    visit(x.dtype(), [&]<class T>() {
      expect(H5Dwrite(set, memory_type(x.dtype()), H5S_ALL, H5S_ALL, H5P_DEFAULT, flat.data<T>()) >= 0,
             "write a data set");
    });
  }
  write_attribute(set, kChecksum, checksum(flat));
}

// Throws unless the reader takes such a name.
void check_name(const std::string& name, const std::string& section) {
  const auto refuse = [&](const char* why) {
    throw FileError(
        "save: the name \"{}\" in section \"{}\" {}; names in visit() become groups at their dots", name,
        section, why);
  };
  if (name.empty() || name.front() == '.' || name.back() == '.' || name.find("..") != std::string::npos)
    refuse("is empty or has an empty part");
  if (name.find_first_of(std::string_view("/\0", 2)) != std::string::npos)
    refuse("has a slash or a zero in it");
  if (name.size() > kLongestName) refuse("is longer than 512 bytes");
  if (static_cast<std::size_t>(std::count(name.begin(), name.end(), '.')) >= kDeepest)
    refuse("has more than 64 parts");
}

void check_names(std::span<const Section> sections) {
  if (sections.size() > kMostSections)
    throw FileError("save: {} sections are more than the {} that a file may have; write several files",
                    sections.size(), kMostSections);
  std::set<std::string> named;
  for (const Section& section : sections) {
    check_name(section.name, section.name);
    if (section.name.find('.') != std::string::npos || !named.insert(section.name).second)
      throw FileError(
          "save: the section name \"{}\" is used twice or has a dot in it; names of sections must differ and "
          "have no dots",
          section.name);
    std::set<std::string> tensors, groups;
    for (const NamedTensor& t : section.tensors) {
      check_name(t.name, section.name);
      if (!tensors.insert(t.name).second) {
        throw FileError("save: the name \"{}\" is used twice in section \"{}\"; names in visit() must differ",
                        t.name, section.name);
      }
      for (std::size_t dot = t.name.find('.'); dot != std::string::npos; dot = t.name.find('.', dot + 1))
        groups.insert(t.name.substr(0, dot));
    }
    for (const std::string& group : groups) {
      if (tensors.count(group) > 0) {
        throw FileError(
            "save: in section \"{}\" the name \"{}\" stands for a tensor and for what has tensors inside; "
            "rename one",
            section.name, group);
      }
    }
  }
}

// Where the bytes of a file in memory go when it is closed. (H5Fget_file_image, on a file still open, gives a
// superblock whose checksum is wrong.) Guarded by hdf5_mutex.
struct Closing {
  std::vector<std::byte>* image;
  std::size_t size;
};
Closing closing{};

void* take_memory(std::size_t size, H5FD_file_image_op_t /*op*/, void* /*data*/) { return std::malloc(size); }
void* copy_memory(void* to, const void* from, std::size_t size, H5FD_file_image_op_t /*op*/, void* /*data*/) {
  return std::memcpy(to, from, size);
}
void* resize_memory(void* block, std::size_t size, H5FD_file_image_op_t /*op*/, void* /*data*/) {
  return std::realloc(block,
                      size);  // NOLINT(bugprone-suspicious-realloc-usage): HDF5 keeps the old one on failure
}
herr_t give_back_memory(void* block, H5FD_file_image_op_t op, void* /*data*/) {
  if (op == H5FD_FILE_IMAGE_OP_FILE_CLOSE && closing.image && block) {
    const auto* const bytes = static_cast<const std::byte*>(block);
    closing.image->assign(bytes, bytes + closing.size);
  }
  std::free(block);
  return 0;
}

Id memory_access() {
  Id access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  constexpr std::size_t kGrow = 1 << 20;
  expect(H5Pset_fapl_core(access, kGrow, 0) >= 0, "work in memory");
  return access;
}

void write_section(hid_t file, const Section& section, hid_t plain) {
  std::set<std::string> made;
  const auto make_group = [&](const std::string& path) {
    if (!made.insert(path).second) return;
    const Id group(H5Gcreate2(file, path.c_str(), H5P_DEFAULT, plain, H5P_DEFAULT), H5Gclose);
    expect(group.ok(), "make a group");
  };
  make_group(section.name);
  for (const NamedTensor& t : section.tensors) {
    std::string path = section.name + "/" + t.name;
    for (std::size_t dot = path.find('.', section.name.size()); dot != std::string::npos;
         dot = path.find('.', dot)) {
      make_group(path.substr(0, dot));
      path[dot] = '/';
    }
    write_tensor(file, path, t.value);
  }
}

void write_sections(std::span<const Section> sections) {
  const Id access = memory_access();
  H5FD_file_image_callbacks_t callbacks{take_memory, copy_memory, resize_memory, give_back_memory,
                                        nullptr,     nullptr,     nullptr};
  expect(H5Pset_file_image_callbacks(access, &callbacks) >= 0, "follow a file in memory");
  expect(H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18) >= 0,
         "choose the format with checksums");
  const Id root = plain_group(H5P_FILE_CREATE), plain = plain_group(H5P_GROUP_CREATE);
  const Id file(H5Fcreate("in memory", H5F_ACC_TRUNC, root, access), H5Fclose);
  expect(file.ok(), "make a file");
  write_attribute(file, "format", kFormat);
  write_attribute(file, "version", kVersion);
  for (const Section& section : sections) write_section(file, section, plain);
  hsize_t size = 0;
  expect(H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0 && H5Fget_filesize(file, &size) >= 0, "finish a file");
  closing.size = static_cast<std::size_t>(size);
}

}  // namespace

std::vector<std::byte> image_of(std::span<const Section> sections) {
  check_names(sections);
  const std::lock_guard lock(hdf5_mutex());
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  std::vector<std::byte> image;
  closing = {&image, 0};
  const struct Forget {
    ~Forget() { closing = {}; }
  } forget;
  write_sections(sections);
  // The driver rounds the size up; the superblock (version 2) says at byte 28 where the file ends.
  constexpr std::size_t kEndOfFile = 28;
  std::uint64_t end = 0;
  expect(image.size() >= kEndOfFile + sizeof end, "keep a file");
  std::memcpy(&end, image.data() + kEndOfFile, sizeof end);
  expect(end <= image.size(), "measure a file");
  image.resize(end);
  return image;
}

}  // namespace hourglass::files::hdf5
