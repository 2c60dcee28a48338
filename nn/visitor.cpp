#include <hourglass/nn/module.h>
#include <hourglass/tensor/base/error.h>

#include <algorithm>

namespace hourglass::nn {

namespace {

constexpr int kDeepest = 1000;  // modules inside each other

// Groups in a file are parted by '/', parts of a name by '.', and neither a file nor a person can tell an
// empty part from none.
void expect_loadable(std::string_view name, std::string_view where) {
  const bool parts = name.front() != '.' && name.back() != '.' && name.find("..") == std::string_view::npos;
  const bool characters = std::all_of(name.begin(), name.end(), [](char c) {
    return c != '/' && c != '\x7f' && static_cast<unsigned char>(c) >= 0x20;
  });
  if (parts && characters) return;
  std::string shown(name);
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; },
      '?');
  throw DataError(
      "visit: the name \"{}\"{}{}{} could not be loaded back from a file; use letters, digits and _, with "
      "single dots between parts",
      shown, where.empty() ? "" : " in \"", where, where.empty() ? "" : "\"");
}

}  // namespace

std::string Visitor::inside(std::string_view name, std::string_view part) {
  if (part.empty() || part.find('.') != std::string_view::npos) {
    throw DataError(
        "visit: the key \"{}\" in \"{}\" could not be loaded back from a file; a key of a map must not be "
        "empty or have dots",
        part, name);
  }
  return std::string(name).append(name.empty() ? "" : ".").append(part);
}

std::string Visitor::join(std::string_view name) const {
  if (name.empty()) return prefix_;
  expect_loadable(name, prefix_);
  return prefix_.empty() ? std::string(name) : prefix_ + "." + std::string(name);
}

void Visitor::parameter(std::string_view name, Variable& member) {
  if (name.empty())
    throw DataError("visit: a parameter in \"{}\" has no name; v(\"kernel\", kernel)", prefix_);
  const std::string path = join(name);
  if (!member.node())
    throw DataError("visit: the parameter \"{}\" was moved from; visit what it was moved to", path);
  on_parameter(path, member);
}

void Visitor::state(std::string_view name, Tensor& member) {
  if (name.empty()) throw DataError("visit: a tensor in \"{}\" has no name; v(\"mean\", mean)", prefix_);
  on_state(join(name), member);
}

void Visitor::module(std::string_view name, Module& member) {
  std::string path = join(name);
  if (!on_module(path, member)) return;
  member.expect_whole();
  if (depth_ == kDeepest) {
    throw DataError("visit: \"{}\" lies {} modules deep; does a module hold itself?", path, kDeepest);
  }
  ++depth_;
  prefix_.swap(path);
  member.visit(*this);
  prefix_.swap(path);
  --depth_;
}

void Visitor::walk(Module& model) { module("", model); }
// Visitors change members only where they are given a model that may be changed.
void Visitor::walk(const Module& model) { module("", const_cast<Module&>(model)); }

void Visitor::on_parameter(const std::string&, Variable&) {}
void Visitor::on_state(const std::string&, Tensor&) {}
bool Visitor::on_module(const std::string&, Module&) { return true; }
std::shared_ptr<void> Visitor::on_shared(const std::shared_ptr<void>&, internal::CopyShared) {
  return nullptr;
}

}  // namespace hourglass::nn
