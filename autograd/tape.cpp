#include <hourglass/autograd/tape.h>
#include <hourglass/autograd/trace.h>

namespace hourglass {

namespace {

thread_local Tape* running = nullptr;

}  // namespace

Tape::Tape() : saved_(std::exchange(running, this)) {}
Tape::~Tape() { running = saved_; }

namespace detail {

bool OnTape::is_on() { return running != nullptr; }

void OnTape::add(const char* op, const Variable& output, std::span<const Input> inputs) {
  Call call{.op = op, .inputs = {}, .output = output, .arguments = {}, .layer = current_layer()};
  for (const Input& input : inputs) call.inputs.push_back(input.variable);
  running->calls_.push_back(std::move(call));
}

void OnTape::add_arguments(std::any arguments) { running->calls_.back().arguments = std::move(arguments); }

}  // namespace detail
}  // namespace hourglass
