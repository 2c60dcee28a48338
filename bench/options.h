#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// The flags that programs which time steps of the same cases have in common.
namespace bench {

struct StepOptions {
  std::vector<std::string> cases{"a"};
  std::vector<std::int64_t> batches{128};
  int threads = 1, repeats = 11;
  double block = 0.25;  // seconds
  bool infer = false;
  std::int64_t width = 0;  // 0: the case's own

  void add_to(CLI::App& app) {
    app.add_option("--case", cases, "a, b, ca, cb, d, e, f1, f2, f2v, g; a comma list")->delimiter(',');
    app.add_option("--batch", batches, "images a step; a comma list")
        ->delimiter(',')
        ->check(CLI::PositiveNumber);
    app.add_option("--threads", threads, "threads that compute")->check(CLI::PositiveNumber);
    app.add_option("--repeats", repeats, "blocks timed; the median counts")->check(CLI::PositiveNumber);
    app.add_option("--block", block, "seconds a block")->check(CLI::PositiveNumber);
    app.add_option("--width", width, "of the hidden layers of a and e; filters of f2")
        ->check(CLI::PositiveNumber);
    app.add_flag("--infer", infer, "forward only");
  }
};

}  // namespace bench
