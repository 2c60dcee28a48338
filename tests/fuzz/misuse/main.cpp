// misuse [calls = 5000] [seed = 1] [first = 0]: random calls of the public functions. Nothing but
// hourglass::Error may come back: no other exception, no signal, no finding of a sanitizer, no hang. `misuse
// 1 SEED CALL` replays one.

#include "draw.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>

namespace hourglass::fuzz {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr unsigned kSecondsPerCall = 120;
#else
constexpr unsigned kSecondsPerCall = 20;
#endif
constexpr std::int64_t kMemory = std::int64_t{48} << 20;  // for tensors: small, so that calls are short
constexpr rlim_t kAddressSpace = rlim_t{3} << 30;

// Async-signal-safe.
void write_note(const char* what) {
  const auto put = [](const char* text, std::size_t n) {
    if (write(STDERR_FILENO, text, n) < 0) return;
  };
  put("\nmisuse: ", 9);
  put(what, std::char_traits<char>::length(what));
  put(" in call ", 9);
  put(note().characters.data(), note().length);
  put("\n", 1);
}

void on_signal(int number) {
  write_note(number == SIGALRM   ? "no end"
             : number == SIGFPE  ? "SIGFPE"
             : number == SIGSEGV ? "SIGSEGV"
                                 : "abort");
  _exit(3);
}

void guard_process() {
  std::signal(SIGALRM, on_signal);
#if !defined(__SANITIZE_ADDRESS__)
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) std::signal(number, on_signal);
  const rlimit space{kAddressSpace, kAddressSpace};
  setrlimit(RLIMIT_AS, &space);
#endif
  memory::set_limit(kMemory);
}

struct Table {
  const char* folder;
  std::vector<Row> rows;
};

struct Counts {
  std::int64_t calls = 0, errors = 0;
};

// False if something else than an Error came back.
bool make_call(const Row& row, std::uint64_t seed, Counts& counts) {
  try {
    Draw d(seed);
    row.call(d);
  } catch (const Error& error) {
    ++counts.errors;
    if (error.message().empty()) return write_note("an error without a text"), false;
  } catch (const std::exception& error) {
    write_note(error.what());
    return false;
  }
  ++counts.calls;
  return true;
}

int run(std::int64_t calls, std::uint64_t seed, std::int64_t first) {
  const std::vector<Table> tables{
      {"tensor", tensor_rows()}, {"tensor", gradient_rows()},   {"op", op_rows()},
      {"op", product_rows()},    {"op", index_rows()},          {"autograd", autograd_rows()},
      {"nn", layer_rows()},      {"training", training_rows()}, {"autoencoders", autoencoder_rows()},
      {"tables", table_rows()}};
  std::vector<std::pair<const char*, Row>> rows;
  for (const Table& table : tables) {
    for (const Row& row : table.rows) rows.emplace_back(table.folder, row);
  }
  const auto start = std::chrono::steady_clock::now();
  Counts all;
  for (std::int64_t call = first; call < first + calls; ++call) {
    const auto number = static_cast<std::uint64_t>(call);
    const auto& [folder, row] = rows[number % rows.size()];
    note().clear();
    note().add(std::to_string(call) + " of seed " + std::to_string(seed) + ", " + folder + " " + row.name +
               ":");
    set_seed(0);
    alarm(kSecondsPerCall);
    if (!make_call(row, seed * 0x2545f4914f6cdd1dU + number, all)) return 1;
  }
  alarm(0);
  if (calls == 1) write_note("nothing wrong");
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::printf(
      "misuse: %zu rows, %lld calls, of them %lld threw an Error and none anything else; %.1f s, at most "
      "%lld MB\n",
      rows.size(), static_cast<long long>(all.calls), static_cast<long long>(all.errors), seconds.count(),
      static_cast<long long>(memory::stats().peak_bytes_in_use >> 20));
  return 0;
}

}  // namespace
}  // namespace hourglass::fuzz

#if defined(__SANITIZE_ADDRESS__)
extern "C" void __sanitizer_set_death_callback(void (*callback)());  // NOLINT(bugprone-reserved-identifier)
#endif

int main(int argc, char** argv) {
  const auto argument = [&](int i, long long otherwise) {
    return argc > i ? std::atoll(argv[i]) : otherwise;
  };
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_set_death_callback([] { hourglass::fuzz::write_note("a finding of the sanitizer"); });
#endif
  hourglass::fuzz::guard_process();
  return hourglass::fuzz::run(argument(1, 5000), static_cast<std::uint64_t>(argument(2, 1)), argument(3, 0));
}
