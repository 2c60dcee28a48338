#include "targets.h"

#include "memory_file.h"

#include <hourglass/data/idx.h>
#include <hourglass/data/png.h>
#include <hourglass/data/tables/csv.h>
#include <hourglass/data/tables/internal/csv_pieces.h>
#include <hourglass/data/tables/preprocessor.h>
#include <hourglass/files/internal/description.h>
#include <hourglass/files/internal/reader.h>
#include <hourglass/files/internal/superblock.h>
#include <hourglass/files/internal/writer.h>
#include <hourglass/files/sha256.h>
#include <hourglass/tensor/base/error.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <set>
#include <string>

namespace hourglass::fuzz {

namespace {

std::set<std::string> listing(const std::vector<files::Section>& sections) {
  std::set<std::string> out;
  for (const files::Section& s : sections) {
    out.insert(s.name);
    for (const NamedTensor& t : s.tensors) {
      files::Sha256 hash;
      hash.add(t.value.shape().str());
      visit(t.value.dtype(), [&]<class T>() {
        hash.add(std::as_bytes(std::span(t.value.data<T>(), static_cast<std::size_t>(t.value.size()))));
      });
      out.insert(s.name + "." + t.name + " " + std::string(name(t.value.dtype())) + hash.hex());
    }
  }
  return out;
}

// What was read, entry by entry, or why it was not.
struct CsvOutcome {
  std::string text;
  std::optional<data::Table> table{};
};
CsvOutcome csv_outcome(std::string_view text, const data::CsvOptions& options, std::int64_t chunk) {
  try {
    CsvOutcome out{"", data::csv::read(data::csv::Input(text), options, {"fuzz", "f"}, chunk)};
    for (const data::Column& c : out.table->columns()) {
      out.text += c.name() + ":" + std::string(data::name(c.type()));
      for (std::int64_t i = 0; i < c.size(); ++i)
        out.text.append("\n").append(c.text(i)).append(c.is_missing(i) ? "?" : "");
    }
    return out;
  } catch (const DataError& e) {
    return {e.what()};
  }
}

void expect_equal(const std::string& a, const std::string& b, const char* what) {
  if (a == b) return;
  std::fprintf(stderr, "%s:\n%s\n%s\n", what, a.c_str(), b.c_str());
  std::abort();
}

}  // namespace

void read_model(std::span<const std::byte> bytes) {
  std::vector<files::Section> sections;
  try {
    files::hdf5::check_beginning("fuzz", bytes.first(std::min<std::size_t>(bytes.size(), 96)), bytes.size());
    sections = files::hdf5::read_sections("fuzz", bytes);
  } catch (const FileError&) {
    return;
  }
  if (listing(files::hdf5::read_sections("fuzz", files::hdf5::image_of(sections))) != listing(sections)) {
    std::fputs("a file that was loaded is another one when saved\n", stderr);
    std::abort();
  }
}

void read_description(std::span<const std::byte> bytes) {
  Tensor text(Shape{static_cast<std::int64_t>(bytes.size())}, uint8);
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<std::byte*>(text.mutable_data<std::uint8_t>()));
  const auto attempt = [](auto read) {
    try {
      read();
    } catch (const FileError&) {
    } catch (const nlohmann::json::exception&) {  // ModelFile makes a FileError of it
    }
  };
  using namespace files::internal;
  attempt([&] {
    const Json about = description_in("fuzz", {kDescription, {{kJson, text}}});
    attempt([&] { (void)text_of("fuzz", {}, about); });
    attempt([&] { (void)part_of(about, {}, "0", "fuzz"); });
    (void)make(about, {}, "fuzz");
  });
}

void read_idx(std::span<const std::byte> bytes) {
  const MemoryFile file(bytes);
  try {
    (void)data::read_idx(file.path());
  } catch (const FileError&) {  // the bytes are not such a file
  }
}

void read_png(std::span<const std::byte> bytes) {
  const MemoryFile file(bytes);
  try {
    (void)data::read_png(file.path());
  } catch (const FileError&) {  // the bytes are not such a file
  }
}

void read_csv(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const CsvOutcome whole = csv_outcome(text, {}, data::csv::kChunk);
  for (const std::int64_t chunk : {1, 7})
    expect_equal(whole.text, csv_outcome(text, {}, chunk).text, "a file is another one when it is cut");
  if (!whole.table || whole.table->columns().empty()) return;
  data::CsvOptions options;
  for (const data::Column& c : whole.table->columns())
    options.types.emplace(c.name(), data::ColumnKind(c.type(), c.categories()));
  const std::string written = data::csv_text(*whole.table);
  expect_equal(whole.text, csv_outcome(written, options, data::csv::kChunk).text,
               "a table is another one when it is written and read");
}

void read_preprocessor(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  static const data::Table people = data::parse_csv(
      "age,income,city,size,since\n31,1200.5,Bonn,L,2024-05-01\n45,,Aachen,S,2020-02-29\n,0,?,M,1999-12-"
      "31\n");
  try {
    const data::Preprocessor prepare = data::Preprocessor::from_json(text);
    const std::string again = prepare.to_json();
    expect_equal(again, data::Preprocessor::from_json(again).to_json(),
                 "a preprocessor is another one when saved");
    (void)prepare.inverse(prepare.transform(people)).describe();
  } catch (const DataError&) {  // no preprocessor, or none for this table
  }
}

}  // namespace hourglass::fuzz
