#include <hourglass/files/hdf5_file.h>
#include <hourglass/files/sha256.h>
#include <hourglass/tensor/base/error.h>

#include <hdf5.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <set>
#include <utility>

namespace hourglass::files {

namespace {

constexpr const char* kFormat = "hourglass";
constexpr std::int64_t kVersion = 1;
constexpr int kDeepest = 64;  // groups inside groups

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

// Objects without the time of their making: equal sections give equal bytes.
Id timeless(hid_t kind) {
  Id properties(H5Pcreate(kind), H5Pclose);
  expect(properties.ok() && H5Pset_obj_track_times(properties, false) >= 0, "leave out times");
  return properties;
}

// The groups on the way to `path`, as far as they are not there.
void make_groups(hid_t file, const std::string& path) {
  const Id properties = timeless(H5P_GROUP_CREATE);
  for (auto end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1)) {
    const std::string name = path.substr(0, end);
    if (H5Lexists(file, name.c_str(), H5P_DEFAULT) > 0) continue;
    const Id group(H5Gcreate2(file, name.c_str(), H5P_DEFAULT, properties, H5P_DEFAULT), H5Gclose);
    expect(group.ok(), "make a group");
  }
}

void write_tensor(hid_t file, const std::string& path, const Tensor& x) {
  const Tensor flat = x.contiguous();
  std::array<hsize_t, kMaxRank> extents{};
  for (int i = 0; i < x.rank(); ++i)
    extents.at(static_cast<std::size_t>(i)) = static_cast<hsize_t>(x.shape(i));
  const Id space(x.rank() == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(x.rank(), extents.data(), nullptr),
                 H5Sclose);
  make_groups(file, path);
  const Id properties = timeless(H5P_DATASET_CREATE);
  const Id set(
      H5Dcreate2(file, path.c_str(), file_type(x.dtype()), space, H5P_DEFAULT, properties, H5P_DEFAULT),
      H5Dclose);
  expect(set.ok(), "make a data set");
  if (x.size() > 0) {
    visit(x.dtype(), [&]<class T>() {
      expect(H5Dwrite(set, memory_type(x.dtype()), H5S_ALL, H5S_ALL, H5P_DEFAULT, flat.data<T>()) >= 0,
             "write a data set");
    });
  }
  write_attribute(set, "sha256", checksum(flat));
}

std::string as_path(const std::string& section, std::string name) {
  for (char& c : name) {
    if (c == '.') c = '/';
  }
  return "/" + section + "/" + name;
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

void write_sections(std::span<const Section> sections) {
  const Id access = memory_access();
  H5FD_file_image_callbacks_t callbacks{take_memory, copy_memory, resize_memory, give_back_memory,
                                        nullptr,     nullptr,     nullptr};
  expect(H5Pset_file_image_callbacks(access, &callbacks) >= 0, "follow a file in memory");
  expect(H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18) >= 0,
         "choose the format with checksums");
  const Id file(H5Fcreate("in memory", H5F_ACC_TRUNC, timeless(H5P_FILE_CREATE), access), H5Fclose);
  expect(file.ok(), "make a file");
  write_attribute(file, "format", kFormat);
  write_attribute(file, "version", kVersion);
  std::set<std::string> written;
  for (const Section& section : sections) {
    make_groups(file, "/" + section.name + "/");
    for (const NamedTensor& t : section.tensors) {
      if (!written.insert(section.name + "." + t.name).second) {
        throw FileError("save: the name \"{}\" is used twice in section \"{}\"; names in visit() must differ",
                        t.name, section.name);
      }
      write_tensor(file, as_path(section.name, t.name), t.value);
    }
  }
  hsize_t size = 0;
  expect(H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0 && H5Fget_filesize(file, &size) >= 0, "finish a file");
  closing.size = static_cast<std::size_t>(size);
}

}  // namespace

std::vector<std::byte> hdf5_image(std::span<const Section> sections) {
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

namespace {

// Reads the groups below one section.
class Loader {
 public:
  Loader(std::string path, std::size_t file_size) : path_(std::move(path)), file_size_(file_size) {}

  std::vector<Section> sections(hid_t file) {
    check_root(file);
    std::vector<Section> out;
    for (const std::string& name : links(file)) {
      out.push_back({name, {}});
      read_group(file, name, "", out.back().tensors, 0);
    }
    return out;
  }

 private:
  [[noreturn]] void damaged(const std::string& what) const {
    throw FileError("load: {} is damaged or not a model file: {}", path_, what);
  }

  void check_root(hid_t file) const {
    std::array<char, 32> format{};
    std::int64_t version = 0;
    const Id type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type, format.size() - 1);
    const Id format_attribute(H5Aopen(file, "format", H5P_DEFAULT), H5Aclose),
        version_attribute(H5Aopen(file, "version", H5P_DEFAULT), H5Aclose);
    if (!format_attribute.ok() || !version_attribute.ok()) damaged("it has no attributes format and version");
    const Id stored(H5Aget_type(format_attribute), H5Tclose);
    if (H5Tget_class(stored) != H5T_STRING || H5Tis_variable_str(stored) > 0 ||
        H5Aread(format_attribute, type, format.data()) < 0 ||
        H5Aread(version_attribute, H5T_NATIVE_INT64, &version) < 0) {
      damaged("its attributes cannot be read");
    }
    if (format.data() != std::string(kFormat))
      damaged("its format is \"" + std::string(format.data()) + "\"");
    if (version != kVersion)
      throw FileError("load: {} has format version {}; this library reads version {}", path_, version,
                      kVersion);
  }

  // The names in a group, all of them hard links.
  [[nodiscard]] std::vector<std::string> links(hid_t group) const {
    H5G_info_t info{};
    if (H5Gget_info(group, &info) < 0 || info.nlinks > file_size_) damaged("a group cannot be read");
    std::vector<std::string> names;
    for (hsize_t i = 0; i < info.nlinks; ++i) {
      std::array<char, 256> name{};
      const ssize_t length = H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, name.data(),
                                                name.size(), H5P_DEFAULT);
      H5L_info_t link{};
      if (length <= 0 || static_cast<std::size_t>(length) >= name.size() ||
          H5Lget_info(group, name.data(), &link, H5P_DEFAULT) < 0) {
        damaged("a name cannot be read");
      }
      if (link.type != H5L_TYPE_HARD)
        throw FileError("load: {}: \"{}\" is a soft or external link, which is refused", path_, name.data());
      names.emplace_back(name.data());
    }
    return names;
  }

  void read_group(hid_t parent, const std::string& link, const std::string& prefix,
                  std::vector<NamedTensor>& out, int depth) {
    if (depth > kDeepest) damaged("groups are nested too deeply");
    const Id group(H5Gopen2(parent, link.c_str(), H5P_DEFAULT), H5Gclose);
    if (!group.ok()) damaged("the group \"" + link + "\" cannot be opened");
    for (const std::string& name : links(group)) {
      if (out.size() > file_size_) damaged("it lists more data sets than it has room for");
      std::string full = prefix;
      if (!full.empty()) full += ".";
      full += name;
      H5O_info_t info{};
      if (H5Oget_info_by_name(group, name.c_str(), &info, H5P_DEFAULT) < 0)
        damaged("\"" + full + "\" cannot be opened");
      if (info.type == H5O_TYPE_GROUP) {
        read_group(group, name, full, out, depth + 1);
      } else if (info.type == H5O_TYPE_DATASET) {
        out.push_back({full, read_tensor(group, name, full)});
      } else {
        damaged("\"" + full + "\" is neither a group nor a data set");
      }
    }
  }

  [[nodiscard]] DType dtype_of_set(hid_t set, const std::string& name) const {
    const Id type(H5Dget_type(set), H5Tclose);
    for (const DType dtype : {float32, float64, int64, uint8}) {
      if (H5Tequal(type, file_type(dtype)) > 0) return dtype;
    }
    throw FileError(
        "load: {}: \"{}\" has a type other than float32, float64, int64 and uint8 (little-endian)", path_,
        name);
  }

  [[nodiscard]] Tensor read_tensor(hid_t group, const std::string& link, const std::string& name) {
    const Id set(H5Dopen2(group, link.c_str(), H5P_DEFAULT), H5Dclose);
    if (!set.ok()) damaged("\"" + name + "\" cannot be opened");
    const Id space(H5Dget_space(set), H5Sclose), creation(H5Dget_create_plist(set), H5Pclose);
    const DType dtype = dtype_of_set(set, name);
    const H5D_layout_t layout = H5Pget_layout(creation);
    if ((layout != H5D_CONTIGUOUS && layout != H5D_COMPACT) || H5Pget_external_count(creation) != 0 ||
        H5Pget_nfilters(creation) != 0) {
      throw FileError("load: {}: \"{}\" is chunked, compressed, external or virtual, which is refused", path_,
                      name);
    }
    const int rank = H5Sget_simple_extent_ndims(space);
    if (rank < 0 || rank > kMaxRank) damaged("\"" + name + "\" has a shape that is not supported");
    std::array<hsize_t, kMaxRank> extents{};
    H5Sget_simple_extent_dims(space, extents.data(), nullptr);
    double bytes = static_cast<double>(item_size(dtype));
    for (int i = 0; i < rank; ++i) bytes *= static_cast<double>(extents.at(static_cast<std::size_t>(i)));
    const auto stored = static_cast<double>(H5Dget_storage_size(set));
    total_ += bytes;
    const bool fits = bytes == 0 || (stored == bytes && total_ <= static_cast<double>(file_size_));
    if (H5Sget_simple_extent_type(space) == H5S_NULL || !fits)
      damaged("\"" + name + "\" is larger than what the file holds of it");
    const std::vector<std::int64_t> shape(extents.begin(), extents.begin() + rank);
    Tensor out{Shape(shape), dtype};
    visit(dtype, [&]<class T>() {
      if (out.size() > 0 &&
          H5Dread(set, memory_type(dtype), H5S_ALL, H5S_ALL, H5P_DEFAULT, out.mutable_data<T>()) < 0) {
        damaged("\"" + name + "\" cannot be read");
      }
    });
    check_sum(set, out, name);
    return out;
  }

  void check_sum(hid_t set, const Tensor& value, const std::string& name) const {
    std::array<char, 65> text{};
    const Id attribute(H5Aopen(set, "sha256", H5P_DEFAULT), H5Aclose), type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type, text.size() - 1);
    if (!attribute.ok()) damaged("\"" + name + "\" has no checksum");
    const Id stored(H5Aget_type(attribute), H5Tclose);
    if (H5Tget_class(stored) != H5T_STRING || H5Tis_variable_str(stored) > 0 ||
        H5Aread(attribute, type, text.data()) < 0 || text.data() != checksum(value)) {
      damaged("\"" + name + "\" does not have the checksum that was saved with it");
    }
  }

  std::string path_;
  std::size_t file_size_;
  double total_ = 0;
};

}  // namespace

std::vector<Section> hdf5_sections(const std::string& path, std::vector<std::byte> image) {
  const std::lock_guard lock(hdf5_mutex());
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  if (image.empty()) throw FileError("load: {} is empty", path);
  const Id access = memory_access();
  expect(H5Pset_file_image(access, image.data(), image.size()) >= 0, "take a file into memory");
  const Id file(H5Fopen("in memory", H5F_ACC_RDONLY, access), H5Fclose);
  if (!file.ok()) throw FileError("load: {} is damaged, cut short or not an HDF5 file", path);
  return Loader(path, image.size()).sections(file);
}

}  // namespace hourglass::files
