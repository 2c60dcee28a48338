#pragma once

#include <hourglass/tensor/base/processor.h>
#include <hourglass/tensor/base/threads.h>

#include <benchmark/benchmark.h>

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

/// What the programs on Google Benchmark have in common.
namespace bench {

/// A rate in multiply-adds × 2 a second, printed as GFLOP/s in all but the last name.
inline void count_flops(benchmark::State& state, double flops_a_call) {
  state.counters["flops"] = benchmark::Counter(flops_a_call, benchmark::Counter::kIsIterationInvariantRate);
}

/// main: --threads, --batch, and all options of Google Benchmark (--benchmark_filter=conv). `add` registers.
template <class Add>
int run(int argc, char** argv, const char* what, Add add) {
  CLI::App app{what};
  int threads = 1;
  std::int64_t batch = 128;
  app.add_option("--threads", threads, "threads that compute")->check(CLI::PositiveNumber);
  app.add_option("--batch", batch, "examples")->check(CLI::PositiveNumber);
  app.allow_extras();
  CLI11_PARSE(app, argc, argv);
  hourglass::set_num_threads(threads);
  std::vector<std::string> rest = app.remaining();
  std::vector<char*> arguments{argv[0]};
  for (std::string& argument : rest) arguments.push_back(argument.data());
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;
  benchmark::AddCustomContext("threads", std::to_string(threads));
  benchmark::AddCustomContext("instructions", std::string(hourglass::name(hourglass::instructions())));
  add(batch);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace bench
