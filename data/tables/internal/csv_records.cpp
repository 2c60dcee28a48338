#include <hourglass/data/tables/internal/csv_records.h>
#include <hourglass/tensor/base/error.h>

#include <algorithm>
#include <cstring>

namespace hourglass::data::csv {

std::string Origin::at(std::int64_t line, std::int64_t column) const {
  std::string out =
      op + ": " + name + ", line " + std::to_string(line) + ", column " + std::to_string(column);
  if (column >= 1 && column <= std::ssize(columns))
    out += " (" + shown(columns[static_cast<std::size_t>(column - 1)]) + ")";
  return out;
}

std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 40;
  std::string out = "\"";
  for (const char c : text.substr(0, kMost)) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    out += control ? ' ' : c;
  }
  return out + (text.size() > kMost ? "…\"" : "\"");
}

Fields::Fields(std::string_view text, const CsvOptions& options, const Origin& origin, std::int64_t line)
    : begin_(text.data()),
      at_(begin_),
      end_(begin_ + text.size()),
      options_(options),
      origin_(origin),
      line_(line),
      record_line_(line) {
  for (const char c : {options.separator, options.quote, '\n', '\r', '\0'})
    special_[static_cast<unsigned char>(c)] = true;
}

void Fields::fail(const char* what, const char* hint) const {
  throw DataError("{}: {}; {}", origin_.at(line_, column_), what, hint);
}

bool Fields::begin_record() {
  for (; at_ < end_ && (*at_ == '\n' || (*at_ == '\r' && at_ + 1 < end_ && at_[1] == '\n')); ++at_)
    line_ += *at_ == '\n' ? 1 : 0;
  record_line_ = line_;
  column_ = 0;
  ended_ = false;
  return at_ < end_;
}

std::string_view Fields::next() {
  ++column_;
  const std::string_view field = at_ < end_ && *at_ == options_.quote ? quoted() : plain();
  end_field();
  return field;
}

std::string_view Fields::plain() {
  const char* from = at_;
  while (at_ < end_ && !special_[static_cast<unsigned char>(*at_)]) ++at_;
  if (at_ < end_ && *at_ == options_.quote) {
    fail("a quote stands within an entry that does not begin with one",
         "put the entry between quotes and write this one twice");
  }
  if (at_ < end_ && *at_ == '\0') fail("there is a zero byte", "is it a text in UTF-8?");
  const char* to = at_;
  while (from < to && (*from == ' ' || *from == '\t')) ++from;
  while (to > from && (to[-1] == ' ' || to[-1] == '\t')) --to;
  return {from, static_cast<std::size_t>(to - from)};
}

std::string_view Fields::quoted() {
  const char* from = ++at_;
  bool escaped = false;
  unquoted_.clear();
  for (;;) {
    const auto* const quote = static_cast<const char*>(
        at_ < end_ ? std::memchr(at_, options_.quote, static_cast<std::size_t>(end_ - at_)) : nullptr);
    if (!quote) {
      cut_ = true;
      fail("a quote is not closed", "the entry begins in this line and the file ends within it");
    }
    at_ = quote + 1;
    if (at_ == end_ || *at_ != options_.quote) break;
    unquoted_.append(from, at_);  // one of the two quotes
    from = ++at_;
    escaped = true;
  }
  const char* const to = at_ - 1;
  std::string_view field(from, static_cast<std::size_t>(to - from));
  if (escaped) field = unquoted_.append(field);
  if (std::find(field.begin(), field.end(), '\0') != field.end())
    fail("there is a zero byte", "is it a text in UTF-8?");
  line_ += std::count(field.begin(), field.end(), '\n');
  return field;
}

void Fields::end_field() {
  if (at_ == end_) {
    ended_ = cut_ = true;
    return;
  }
  if (*at_ == options_.separator) {
    ++at_;
    return;
  }
  if (*at_ == '\r' && at_ + 1 < end_ && at_[1] == '\n') ++at_;
  if (*at_ == '\r') {
    if (at_ + 1 == end_) cut_ = true;
    fail("there is a carriage return without a line feed", "lines end in \\n or \\r\\n");
  }
  if (*at_ != '\n') {
    fail("there is text behind a closing quote", "write a quote within an entry twice");
  }
  ++at_;
  ++line_;
  ended_ = true;
}

}  // namespace hourglass::data::csv
