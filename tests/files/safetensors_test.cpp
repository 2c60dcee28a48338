#include "support/expect_error.h"

#include <hourglass/files/safetensors.h>
#include <hourglass/files/sha256.h>
#include <hourglass/files/state.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/views.h>

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace hourglass::files {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

std::string path_of(const std::string& name) { return ::testing::TempDir() + "safetensors_" + name; }

std::string bytes_in(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// A file with such a header and so many bytes 0, 1, 2, … behind it.
std::string file_of(const std::string& header, std::size_t data) {
  const std::uint64_t length = header.size();
  std::string file(8, '\0');
  std::memcpy(file.data(), &length, 8);
  file += header;
  for (std::size_t i = 0; i < data; ++i) file += static_cast<char>(i);
  return file;
}

std::string write(const std::string& name, const std::string& bytes) {
  std::ofstream(path_of(name), std::ios::binary) << bytes;
  return path_of(name);
}

// What is wrong with such a file, as the reader says.
std::string refusal(const std::string& bytes) {
  try {
    (void)read_safetensors(write("hostile", bytes));
  } catch (const FileError& e) {
    return e.message();
  }
  return "read";
}

TEST(Safetensors, AllTypesAndShapesComeBack) {
  set_seed(1);
  const std::vector<NamedTensor> tensors{
      {"bytes", tensor({1, 2, 3}, uint8)},
      {"a.weight", uniform({3, 4})},
      {"none", zeros({0, 3})},
      {"count", full({}, 7, int64)},
      {"turned", transpose(uniform({2, 5}))},
      {"näme \"quoted\"", uniform({2}, 0.0, 1.0, default_generator(), float64)}};
  const std::string path = path_of("round");
  write_safetensors(path, tensors, {{"format", "pt"}, {"note", "a\nb"}});
  const Safetensors file = read_safetensors(path);
  EXPECT_THAT(file.metadata, ElementsAre(Pair("format", "pt"), Pair("note", "a\nb")));
  ASSERT_EQ(file.tensors.size(), tensors.size());
  for (const NamedTensor& t : tensors) {
    const auto found = std::find_if(file.tensors.begin(), file.tensors.end(),
                                    [&](const NamedTensor& other) { return other.name == t.name; });
    ASSERT_NE(found, file.tensors.end()) << t.name;
    EXPECT_EQ(sha256(found->value), sha256(t.value)) << t.name;
  }
}

TEST(Safetensors, TheBytesAreAligned) {
  const std::string path = path_of("aligned");
  write_safetensors(
      path, std::vector<NamedTensor>{{"b", ones({3}, uint8)}, {"f", ones({1})}, {"d", ones({1}, int64)}});
  const std::string bytes = bytes_in(path);
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  EXPECT_EQ(length % 8, 0u);
  EXPECT_THAT(bytes.substr(8, length),
              HasSubstr(R"({"d":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},)"
                        R"("f":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},)"
                        R"("b":{"dtype":"U8","shape":[3],"data_offsets":[12,15]}})"));
}

TEST(Safetensors, ReadsWhatOthersWrite) {
  const std::string header =
      R"({"second": {"data_offsets": [4, 6], "shape": [2, 1], "dtype": "U8"},)"
      R"( "first":{"dtype":"F32","shape":[],"data_offsets":[0,4]} , "__metadata__": {"a": "b"}}  )";
  const Safetensors file = read_safetensors(write("others", file_of(header, 6)));
  ASSERT_EQ(file.tensors.size(), 2u);
  EXPECT_EQ(file.tensors[0].name, "first");
  EXPECT_EQ(file.tensors[0].value.shape(), Shape{});
  EXPECT_EQ(file.tensors[1].value.shape(), (Shape{2, 1}));
  EXPECT_EQ(file.tensors[1].value.data<std::uint8_t>()[1], 5);
  EXPECT_THAT(file.metadata, ElementsAre(Pair("a", "b")));
  EXPECT_TRUE(read_safetensors(write("empty", file_of("{}", 0))).tensors.empty());
}

TEST(Safetensors, RefusesHeadersThatSayTooLittleOrTooMuch) {
  const auto one = [](const std::string& entry) { return refusal(file_of("{\"x\":" + entry + "}", 4)); };
  EXPECT_THAT(one(R"({"dtype":"F32","shape":[1]})"), HasSubstr("data_offsets are missing in tensor \"x\""));
  EXPECT_THAT(one(R"({"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]})"),
              HasSubstr("says dtype twice"));
  EXPECT_THAT(one(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":1})"),
              HasSubstr("says \"more\""));
  EXPECT_THAT(one(R"({"dtype":"BF16","shape":[2],"data_offsets":[0,4]})"),
              HasSubstr("of type \"BF16\" in tensor \"x\"; F32, F64, I64 and U8 can be read, so convert"));
  EXPECT_THAT(one(R"({"dtype":"F32","shape":[1.0],"data_offsets":[0,4]})"), HasSubstr("not whole"));
  EXPECT_THAT(one(R"({"dtype":"F32","shape":[-1],"data_offsets":[0,4]})"), HasSubstr("negative"));
  EXPECT_THAT(one(R"({"dtype":"F32","shape":[[1]],"data_offsets":[0,4]})"), HasSubstr("a list stands"));
  EXPECT_THAT(one(R"({"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]})"),
              HasSubstr("8 axes"));
  EXPECT_THAT(one(R"({"dtype":"F32","shape":[9223372036854775807,3],"data_offsets":[0,4]})"),
              HasSubstr("too many"));
  EXPECT_THAT(one(R"({"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]})"),
              HasSubstr("beyond"));
  EXPECT_THAT(one(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4,8]})"), HasSubstr("more than two"));
  EXPECT_THAT(one(R"({"dtype":"F32","shape":[1],"data_offsets":[0]})"), HasSubstr("not two"));
  EXPECT_THAT(one("7"), HasSubstr("a number stands"));
  EXPECT_THAT(one("null"), HasSubstr("null stands"));
  EXPECT_THAT(refusal(file_of(R"({"__metadata__":{"a":1}})", 0)), HasSubstr("a number stands"));
  EXPECT_THAT(refusal(file_of(R"({"__metadata__":{"a":"1","a":"2"}})", 0)), HasSubstr("hold \"a\" twice"));
  EXPECT_THAT(refusal(file_of(R"({"__metadata__":{},"__metadata__":{}})", 0)),
              HasSubstr("__metadata__ twice"));
}

TEST(Safetensors, RefusesOverlapsHolesAndNamesUsedTwice) {
  const auto two = [](const std::string& first, const std::string& second, const char* name = "y") {
    const auto entry = [](const std::string& offsets) {
      return R"(":{"dtype":"F32","shape":[1],"data_offsets":)" + offsets + "}";
    };
    return refusal(file_of("{\"x" + entry(first) + ",\"" + name + entry(second) + "}", 8));
  };
  EXPECT_EQ(two("[0,4]", "[4,8]"), "read");
  EXPECT_EQ(two("[4,8]", "[0,4]"), "read");
  EXPECT_THAT(two("[0,4]", "[0,4]"), HasSubstr("overlap"));
  EXPECT_THAT(two("[0,4]", "[3,7]"), HasSubstr("overlap"));
  EXPECT_THAT(two("[0,4]", "[5,9]"), HasSubstr("not part of the 8 bytes"));
  EXPECT_THAT(two("[1,5]", "[5,9]"), HasSubstr("hole"));
  EXPECT_THAT(two("[0,4]", "[4,7]"), HasSubstr("not the (1,) elements of F32"));
  EXPECT_THAT(two("[0,4]", "[8,4]"), HasSubstr("not part of"));
  EXPECT_THAT(two("[0,4]", "[4,18446744073709551615]"), HasSubstr("not part of"));
  EXPECT_THAT(two("[0,4]", "[4,8]", "x"), HasSubstr("names tensor \"x\" twice"));
  EXPECT_THAT(refusal(file_of(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 5)),
              HasSubstr("1 bytes at the end belong to no tensor"));
  EXPECT_THAT(refusal(file_of(R"({"x":{"dtype":"F32","shape":[2,0],"data_offsets":[0,4]}})", 4)),
              HasSubstr("not the (2, 0) elements"));
}

TEST(Safetensors, RefusesWhatIsNoHeader) {
  EXPECT_THAT(refusal("short"), HasSubstr("at least 8 bytes, this one 5"));
  EXPECT_THAT(refusal(file_of("[]", 0)), HasSubstr("does not begin with {"));
  EXPECT_THAT(refusal(file_of(" {}", 0)), HasSubstr("does not begin with {"));
  EXPECT_THAT(refusal(file_of("", 0)), HasSubstr("does not begin with {"));
  EXPECT_THAT(refusal(file_of("{} {}", 0)), HasSubstr("not JSON from byte"));
  EXPECT_THAT(refusal(file_of("{\"x\":", 0)), HasSubstr("not JSON from byte"));
  EXPECT_THAT(refusal(file_of("{\"\xff\":{}}", 0)), HasSubstr("not JSON from byte"));
  EXPECT_THAT(refusal(file_of(std::string(1001, '{').append("}"), 0)), HasSubstr("not JSON"));
  EXPECT_THAT(refusal(std::string("\x01\xe1\xf5\x05\0\0\0\0", 8) + std::string(100, ' ')),
              HasSubstr("length of 100000001 bytes, of which there may be 100,000,000"));
  EXPECT_THAT(refusal(std::string(8, '\xff')), HasSubstr("length of 18446744073709551615 bytes"));
  EXPECT_THAT(refusal(file_of(std::string("{\"").append(3 << 20, 'a').append("\":1}"), 0)),
              HasSubstr("more than 2 MB"));
  EXPECT_THROW_TEXT((void)read_safetensors(path_of("nowhere")), FileError, "read_safetensors: ");
}

TEST(Safetensors, EveryShorterFileIsRefused) {
  const std::string path = path_of("whole");
  write_safetensors(path, std::vector<NamedTensor>{{"x", ones({2, 3})}, {"y", ones({2}, int64)}});
  const std::string bytes = bytes_in(path);
  for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_NE(refusal(bytes.substr(0, n)), "read") << n;
  EXPECT_NE(refusal(bytes + "x"), "read");
}

// What reading a file adds to the memory of a process at its most, in MB.
int megabytes_to_read(const std::string& path) {
  const pid_t child = fork();
  if (child == 0) {
    std::int64_t pages = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> pages >> resident;
    try {
      (void)read_safetensors(path);
    } catch (const FileError&) {
    }
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto before = resident * sysconf(_SC_PAGESIZE) / 1024;
    _exit(static_cast<int>(std::min<std::int64_t>((usage.ru_maxrss - before) / 1024, 255)));
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

TEST(Safetensors, MemoryStaysBelow64MegabytesOrFourTimesTheFile) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer keeps memory that was freed";
#endif
  const auto many = [](std::size_t count, const auto& make) {
    std::string text = "{";
    for (std::size_t i = 0; i < count; ++i) text.append(i == 0 ? "" : ",").append(make(i));
    return text + "}";
  };
  const auto tensor_named = [](const std::string& name) {
    return std::string("\"").append(name) + R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  };
  const auto in_metadata = [&](std::size_t count, const auto& make) {
    return std::string("{\"__metadata__\":").append(many(count, make)).append("}");
  };
  const std::string longest(2'000'000, 'n');
  const std::vector<std::pair<const char*, std::string>> headers{
      {"tensors", many(65'536, [&](std::size_t i) { return tensor_named(std::to_string(i)); })},
      {"more tensors", many(100'000, [&](std::size_t i) { return tensor_named(std::to_string(i)); })},
      {"metadata", in_metadata(200'000,
                               [](std::size_t i) {
                                 return std::string("\"").append(std::to_string(i)).append("\":\"\"");
                               })},
      {"depth", std::string("{\"x\":").append(20'000'000, '[')},
      {"long names", many(16, [&](std::size_t i) { return tensor_named(longest + std::to_string(i)); })},
      {"long texts",
       in_metadata(
           16,
           [&](std::size_t i) {
             return std::string("\"").append(std::to_string(i)).append("\":\"").append(longest).append("\"");
           })},
      {"blanks", std::string("{").append(30'000'000, ' ').append("}")},
  };
  for (const auto& [name, header] : headers) {
    const std::string path = write("memory", file_of(header, 0));
    EXPECT_LT(megabytes_to_read(path), std::max<int>(64, 4 * static_cast<int>(header.size() >> 20U))) << name;
  }
  const std::string values = R"({"x":{"dtype":"U8","shape":[80000000],"data_offsets":[0,80000000]}})";
  const int used = megabytes_to_read(write("memory", file_of(values, 80'000'000)));
  EXPECT_GE(used, 76);  // what is measured is what is used
  EXPECT_LT(used, 90);
}

TEST(Safetensors, TextsFromStrangersAreShownShortAndPlain) {
  const std::string long_name(500, 'n');
  EXPECT_THAT(refusal(file_of("{\"" + long_name + "\":7}", 0)).size(), ::testing::Lt(400u));
  EXPECT_THAT(refusal(file_of(R"({"a\u0007":{}})", 0)), HasSubstr("tensor \"a?\""));
}

TEST(Safetensors, NamesThatNoFileCanHoldAreRefusedAndNothingIsWritten) {
  const std::string path = path_of("unwritten");
  std::filesystem::remove(path);
  const Tensor x = ones({1});
  EXPECT_THROW_TEXT(write_safetensors(path, std::vector<NamedTensor>{{"x", x}, {"x", x}}), FileError,
                    "the name \"x\" is taken");
  EXPECT_THROW_TEXT(write_safetensors(path, std::vector<NamedTensor>{{"__metadata__", x}}), FileError,
                    "is taken");
  EXPECT_THROW_TEXT(write_safetensors(path, std::vector<NamedTensor>{{"\xff", x}}), FileError, "not UTF-8");
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace hourglass::files
