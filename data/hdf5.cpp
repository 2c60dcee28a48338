#include <hourglass/data/hdf5.h>
#include <hourglass/tensor/base/atomic_file.h>
#include <hourglass/tensor/base/error.h>

#include <hdf5.h>

#include <algorithm>
#include <array>
#include <mutex>

namespace hourglass::data {

namespace {

// A number of the library's for something open, which is closed with it.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  explicit operator bool() const { return id_ >= 0; }
  // NOLINTNEXTLINE(google-explicit-constructor): the library's functions take it
  operator hid_t() const { return id_; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

std::mutex& library() {  // it serves one thread at a time
  static std::mutex mutex;
  return mutex;
}

// The library neither prints nor loads anything.
void quiet() {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  H5PLset_loading_state(0);
}

Handle opened(const std::string& path) {
  (void)open_input("read_hdf5", path);  // says what is wrong with the path itself
  quiet();
  return {H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose};
}

[[noreturn]] void damaged(const std::string& path, const std::string& what) {
  throw FileError("read_hdf5: {}: {}; is it a whole HDF5 file?", path, what);
}

// Collects the names of data sets; groups are walked over by the library, links to other files are not.
herr_t collect(hid_t, const char* name, const H5O_info_t* info, void* names) {
  if (info->type == H5O_TYPE_DATASET) static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

std::vector<std::string> names_in(const Handle& file, const std::string& path) {
  std::vector<std::string> out;
  if (H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_INC, collect, &out, H5O_INFO_BASIC) < 0)
    damaged(path, "its groups cannot be walked over");
  std::sort(out.begin(), out.end());
  return out;
}

Shape shape_of(const Handle& space, const std::string& name) {
  const int rank = H5Sget_simple_extent_ndims(space);
  if (rank < 0 || rank > kMaxRank)
    throw FileError("read_hdf5: {} has {} axes; 0 to {} are supported; merge some", name, rank, kMaxRank);
  std::array<hsize_t, kMaxRank> extents{};
  H5Sget_simple_extent_dims(space, extents.data(), nullptr);
  std::vector<std::int64_t> out;
  for (int i = 0; i < rank; ++i) {
    if (extents[static_cast<std::size_t>(i)] > (std::uint64_t{1} << 48U))
      throw FileError("read_hdf5: {} has an extent of {}, which is not believable; write it anew", name,
                      static_cast<unsigned long>(extents[static_cast<std::size_t>(i)]));
    out.push_back(static_cast<std::int64_t>(extents[static_cast<std::size_t>(i)]));
  }
  return Shape(out);
}

// The type that a tensor gets, and what the library is to convert to.
std::pair<DType, hid_t> type_of(const Handle& type, const std::string& name) {
  const H5T_class_t kind = H5Tget_class(type);
  const std::size_t size = H5Tget_size(type);
  if (kind == H5T_FLOAT && size <= 8)
    return size == 8 ? std::pair{float64, H5T_NATIVE_DOUBLE} : std::pair{float32, H5T_NATIVE_FLOAT};
  if (kind == H5T_INTEGER && size <= 8) {
    const bool is_unsigned = H5Tget_sign(type) == H5T_SGN_NONE;
    return is_unsigned && size == 1 ? std::pair{uint8, H5T_NATIVE_UINT8} : std::pair{int64, H5T_NATIVE_INT64};
  }
  throw FileError(
      "read_hdf5: {} holds no numbers of up to 8 bytes; convert them, in h5py by x.astype(\"float32\")",
      name);
}

void expect_inside(const Handle& set, const Shape& shape, std::uint64_t file_bytes, const std::string& name) {
  const Handle how(H5Dget_create_plist(set), H5Pclose);
  if (!how || H5Pget_external_count(how) > 0 || H5Pget_layout(how) == H5D_VIRTUAL)
    throw FileError("read_hdf5: {} lies in other files; copy it into one, in h5py by f[\"x\"] = data[:]",
                    name);
  constexpr double kMostPacked = 1032.0;
  if (static_cast<double>(shape.size()) > kMostPacked * static_cast<double>(file_bytes))
    throw FileError("read_hdf5: {} of shape {} does not fit into a file of {} bytes; write it anew", name,
                    shape, file_bytes);
}

}  // namespace

std::vector<std::string> hdf5_names(const std::string& path) {
  const std::lock_guard lock(library());
  const Handle file = opened(path);
  if (!file) damaged(path, "it cannot be opened");
  return names_in(file, path);
}

Tensor read_hdf5(const std::string& path, const std::string& name) {
  const std::lock_guard lock(library());
  const Handle file = opened(path);
  if (!file) damaged(path, "it cannot be opened");
  const std::vector<std::string> names = names_in(file, path);
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    std::string all;
    for (const std::string& n : names) all.append(all.empty() ? "" : ", ").append(n);
    throw FileError("read_hdf5: {} has no array \"{}\"; there are: {}", path, name,
                    all.empty() ? "none" : all);
  }
  const Handle set(H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose);
  if (!set) damaged(path, name + " cannot be opened");
  const Handle space(H5Dget_space(set), H5Sclose), type(H5Dget_type(set), H5Tclose);
  const Shape shape = shape_of(space, name);
  expect_inside(set, shape, open_input("read_hdf5", path).size, name);
  const auto [dtype, memory] = type_of(type, name);
  Tensor out(shape, dtype);
  if (out.size() == 0) return out;
  void* const to = visit(dtype, [&]<class T>() -> void* { return out.mutable_data<T>(); });
  if (H5Dread(set, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, to) < 0) damaged(path, name + " cannot be read");
  return out;
}

}  // namespace hourglass::data
