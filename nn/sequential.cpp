#include <hourglass/nn/sequential.h>
#include <hourglass/tensor/base/error.h>

#include <algorithm>

namespace hourglass::nn {

Sequential::Sequential(std::initializer_list<Part> parts) {
  if (parts.size() == 1 &&
      parts.begin()->name_.empty()) {  // Sequential{std::move(other)}: the other one itself
    Layer& only = *parts.begin()->layer_;
    if (typeid(only) == typeid(Sequential)) {
      *this = std::move(static_cast<Sequential&>(only));
      return;
    }
  }
  parts_.reserve(parts.size());
  for (const Part& part : parts) add(part);
}

Sequential::Sequential(const Sequential& other) : Layer(other), parts_(other.parts_) {
  for (Part& part : parts_) part.layer_ = part.copy_(*part.layer_);
}

Layer& Sequential::add(Part part) { return insert(std::ssize(parts_), std::move(part)); }

Layer& Sequential::replace(std::int64_t i, Part part) {
  Part& old = parts_[index(i)];
  if (part.name_.empty()) part.name_ = old.name_;
  if (part.name_ != old.name_) expect_new_name(part.name_);
  old = std::move(part);
  return *old.layer_;
}

Layer& Sequential::insert(std::int64_t i, Part part) {
  if (!part.name_.empty()) expect_new_name(part.name_);
  const auto at = i == std::ssize(parts_) ? parts_.size() : index(i);
  return *parts_.insert(parts_.begin() + static_cast<std::ptrdiff_t>(at), std::move(part))->layer_;
}

void Sequential::expect_new_name(const std::string& name) const {
  const bool plain = name.find_first_of("./") == std::string::npos && (name[0] < '0' || name[0] > '9');
  if (!plain) {
    throw DataError(
        "Sequential: a layer cannot be named \"{}\"; use letters, digits and _, not beginning with a digit",
        name);
  }
  for (const Part& part : parts_) {
    if (part.name_ == name)
      throw DataError("Sequential: there is a layer named \"{}\" already; each needs a name of its own",
                      name);
  }
}

Sequential Sequential::range(std::int64_t first, std::int64_t last) const {
  const std::int64_t n = std::ssize(parts_);
  const std::int64_t begin = first < 0 ? first + n : first, end = last < 0 ? last + n : last;
  if (begin < 0 || begin > end || end > n) {
    throw IndexError("Sequential: there are no layers {} to {} of {}; range(first, last) ends before last",
                     first, last, n);
  }
  Sequential out;
  out.parts_.assign(parts_.begin() + begin, parts_.begin() + end);
  return out;
}

Variable Sequential::forward(const Variable& x) {
  Variable y = x;
  for (const Part& part : parts_) y = (*part.layer_)(y);
  return y;
}

void Sequential::visit(Visitor& v) {
  for (std::size_t i = 0; i < parts_.size(); ++i) v(name_of(i), *parts_[i].layer_);
}

std::string Sequential::details() const {
  return std::to_string(parts_.size()) + (parts_.size() == 1 ? " layer" : " layers");
}

std::string Sequential::name_of(std::size_t i) const {
  return parts_[i].name_.empty() ? std::to_string(i) : parts_[i].name_;
}

std::size_t Sequential::index(std::int64_t i) const {
  const std::int64_t n = std::ssize(parts_), at = i < 0 ? i + n : i;
  if (at < 0 || at >= n) throw IndexError("Sequential: layer {} of {}; indices start at 0", i, n);
  return static_cast<std::size_t>(at);
}

std::size_t Sequential::index(std::string_view name) const {
  std::string names;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (name_of(i) == name) return i;
    names += (i == 0 ? "" : ", ") + name_of(i);
  }
  throw IndexError("Sequential: no layer is named \"{}\"; there are: {}", name, names);
}

void Sequential::refuse_type(std::size_t i, const std::string& wanted) const {
  throw DataError("Sequential: layer {} is {}, not a {}; model[i] gives it as a Layer", name_of(i),
                  parts_[i].layer_->describe(), wanted);
}

}  // namespace hourglass::nn
