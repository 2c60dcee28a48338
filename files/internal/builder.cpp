#include <hourglass/files/internal/builder.h>
#include <hourglass/tensor/base/error.h>

#include <hdf5.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <mutex>
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

hid_t new_attribute_type(std::size_t size) {
  const hid_t type = H5Tcopy(H5T_C_S1);
  expect(type >= 0 && H5Tset_size(type, size) >= 0, "size a string");
  return type;
}

void write_attribute(hid_t object, const char* name, hid_t type, hid_t space, const void* values) {
  const Id attribute(H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  expect(attribute.ok() && H5Awrite(attribute, type, values) >= 0, "write an attribute");
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

// Where the bytes of a file in memory go when it is closed. (H5Fget_file_image, on a file still open, gives a
// superblock whose checksum is wrong.) Guarded by hdf5_mutex.
struct Closing {
  bool is_going_on = false;
  void* block = nullptr;  // what the file was in
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
  const bool keeps = op == H5FD_FILE_IMAGE_OP_FILE_CLOSE && closing.is_going_on && !closing.block;
  if (keeps) {
    closing.block = block;
  } else {
    std::free(block);
  }
  return 0;
}

Id memory_access() {
  Id access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  constexpr std::size_t kGrow = 1 << 20;
  expect(H5Pset_fapl_core(access, kGrow, 0) >= 0, "work in memory");
  return access;
}

Id make_file() {
  const Id access = memory_access();
  H5FD_file_image_callbacks_t callbacks{take_memory, copy_memory, resize_memory, give_back_memory,
                                        nullptr,     nullptr,     nullptr};
  expect(H5Pset_file_image_callbacks(access, &callbacks) >= 0, "follow a file in memory");
  expect(H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18) >= 0,
         "choose the format with checksums");
  Id file(H5Fcreate("in memory", H5F_ACC_TRUNC, plain_group(H5P_FILE_CREATE), access), H5Fclose);
  expect(file.ok(), "make a file");
  return file;
}

struct Lock {
  Lock() : lock(hdf5_mutex()) { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); }
  ~Lock() { closing = {}; }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  std::lock_guard<std::mutex> lock;
};

}  // namespace

struct Builder::State {
  Lock lock{};
  Id file = make_file();
  Id plain = plain_group(H5P_GROUP_CREATE);
  Id plain_set = without_times(H5P_DATASET_CREATE);

  [[nodiscard]] Id open(const std::string& path) const {
    Id object(H5Oopen(file, path.c_str(), H5P_DEFAULT), H5Oclose);
    expect(object.ok(), "open what it has made");
    return object;
  }
};

Builder::Builder() : state_(std::make_unique<State>()) {}
Builder::~Builder() = default;

void Builder::group(const std::string& path) {
  const Id group(H5Gcreate2(state_->file, path.c_str(), H5P_DEFAULT, state_->plain, H5P_DEFAULT), H5Gclose);
  expect(group.ok(), "make a group");
}

void Builder::tensor(const std::string& path, const Tensor& x) {
  const Tensor flat = x.contiguous();
  std::array<hsize_t, kMaxRank> extents{};
  for (int i = 0; i < x.rank(); ++i)
    extents.at(static_cast<std::size_t>(i)) = static_cast<hsize_t>(x.shape(i));
  const Id space(x.rank() == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(x.rank(), extents.data(), nullptr),
                 H5Sclose);
  const Id set(H5Dcreate2(state_->file, path.c_str(), file_type(x.dtype()), space, H5P_DEFAULT,
                          state_->plain_set, H5P_DEFAULT),
               H5Dclose);
  expect(set.ok(), "make a data set");
  if (x.size() == 0) return;
  visit(x.dtype(), [&]<class T>() {
    expect(H5Dwrite(set, memory_type(x.dtype()), H5S_ALL, H5S_ALL, H5P_DEFAULT, flat.data<T>()) >= 0,
           "write a data set");
  });
}

void Builder::link(const std::string& path, const std::string& existing) {
  expect(H5Lcreate_hard(state_->file, existing.c_str(), state_->file, path.c_str(), H5P_DEFAULT,
                        H5P_DEFAULT) >= 0,
         "link a data set");
}

void Builder::attribute(const std::string& path, const char* name, const std::string& text) {
  const Id type(new_attribute_type(text.size()), H5Tclose), space(H5Screate(H5S_SCALAR), H5Sclose);
  write_attribute(state_->open(path), name, type, space, text.data());
}

void Builder::attribute(const std::string& path, const char* name, std::int64_t value) {
  const Id space(H5Screate(H5S_SCALAR), H5Sclose), type(H5Tcopy(H5T_STD_I64LE), H5Tclose);
  write_attribute(state_->open(path), name, type, space, &value);
}

void Builder::long_attribute(const std::string& path, const char* name, const std::string& text) {
  const Id type(new_attribute_type(H5T_VARIABLE), H5Tclose), space(H5Screate(H5S_SCALAR), H5Sclose);
  const char* const characters = text.c_str();
  write_attribute(state_->open(path), name, type, space, static_cast<const void*>(&characters));
}

void Builder::list_attribute(const std::string& path, const std::string& name,
                             const std::vector<std::string>& texts) {
  std::size_t longest = 1;
  for (const std::string& text : texts) longest = std::max(longest, text.size());
  std::string all;
  for (const std::string& text : texts) all += text + std::string(longest - text.size(), '\0');
  const Id type(new_attribute_type(longest), H5Tclose);
  expect(H5Tset_strpad(type, H5T_STR_NULLPAD) >= 0, "fill strings up");
  const hsize_t count = texts.size();
  const Id space(H5Screate_simple(1, &count, nullptr), H5Sclose);
  write_attribute(state_->open(path), name.c_str(), type, space, all.data());
}

FileImage Builder::finish() {
  hsize_t size = 0;
  expect(H5Fflush(state_->file, H5F_SCOPE_GLOBAL) >= 0 && H5Fget_filesize(state_->file, &size) >= 0,
         "finish a file");
  closing = {.is_going_on = true};
  { const Id closed = std::move(state_->file); }
  void* const block = std::exchange(closing, {}).block;
  FileImage image(block, block ? static_cast<std::size_t>(size) : 0);
  // The driver rounds the size up; the superblock (version 2) says at byte 28 where the file ends.
  constexpr std::size_t kEndOfFile = 28;
  std::uint64_t end = 0;
  expect(size >= kEndOfFile + sizeof end && block, "keep a file");
  std::memcpy(&end, image.bytes().data() + kEndOfFile, sizeof end);
  expect(end <= size, "measure a file");
  image.cut(static_cast<std::size_t>(end));
  return image;
}

}  // namespace hourglass::files::hdf5
