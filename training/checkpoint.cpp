#include <hourglass/files/state.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/training/checkpoint.h>

#include <bit>

namespace hourglass::training {

namespace {

constexpr const char* kEpochs = "epochs_done";
constexpr const char* kGenerator = "generator";  // seed, stream, draws

Tensor integers(std::initializer_list<std::int64_t> values) {
  Tensor out(Shape{static_cast<std::int64_t>(values.size())}, int64);
  std::copy(values.begin(), values.end(), out.mutable_data<std::int64_t>());
  return out;
}

files::Section progress_section(std::int64_t epochs_done) {
  const Generator::State g = default_generator().state();
  const auto bits = [](std::uint64_t v) { return std::bit_cast<std::int64_t>(v); };
  return {"training",
          {{kEpochs, integers({epochs_done})},
           {kGenerator, integers({bits(g.seed), bits(g.stream), bits(g.draws)})}}};
}

const std::vector<NamedTensor>& tensors_of(const std::vector<files::Section>& sections, const char* name,
                                           const std::string& path) {
  for (const files::Section& s : sections) {
    if (s.name == name) return s.tensors;
  }
  throw FileError(
      "load_checkpoint: {} has no group /{}; it is not a checkpoint (files::load reads a model alone)", path,
      name);
}

const std::int64_t* integers_of(const std::vector<NamedTensor>& tensors, const char* name, std::int64_t count,
                                const std::string& path) {
  for (const NamedTensor& t : tensors) {
    if (t.name == name && t.value.dtype() == int64 && t.value.size() == count)
      return t.value.data<std::int64_t>();
  }
  throw FileError("load_checkpoint: {} has no /training/{} of {} int64 numbers", path, name, count);
}

}  // namespace

void save_checkpoint(const std::string& path, nn::Module& model, const optim::Optimizer& optimizer,
                     std::int64_t epochs_done) {
  const std::vector<files::Section> others{{"optimizer", optimizer.state()}, progress_section(epochs_done)};
  files::save(path, model, others);
}

std::int64_t load_checkpoint(const std::string& path, nn::Module& model, optim::Optimizer& optimizer) {
  const std::vector<files::Section> sections = files::read_state(path);
  const auto& weights = tensors_of(sections, "model", path);
  const auto& moments = tensors_of(sections, "optimizer", path);
  const auto& progress = tensors_of(sections, "training", path);
  const std::int64_t epochs = *integers_of(progress, kEpochs, 1, path);
  const std::int64_t* const g = integers_of(progress, kGenerator, 3, path);

  const std::vector<NamedTensor> before = optimizer.state();
  optimizer.set_state(moments);
  try {
    files::set_state(model, weights, "load_checkpoint: " + path);
  } catch (...) {
    optimizer.set_state(before);
    throw;
  }
  const auto bits = [](std::int64_t v) { return std::bit_cast<std::uint64_t>(v); };
  default_generator().set_state({bits(g[0]), bits(g[1]), bits(g[2])});
  return epochs;
}

}  // namespace hourglass::training
