// The program `hourglass`: what needs no line of C++, by commands.

#include <hourglass/app/service/serve.h>
#include <hourglass/tensor/base/error.h>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <string>
#include <vector>

namespace {

using hourglass::service::ServeOptions;

// hourglass serve: a model behind HTTP, and its page.
CLI::App& add_serve(CLI::App& program, ServeOptions& o, std::vector<std::string>& tls, bool& quiet) {
  CLI::App& c =
      *program.add_subcommand("serve", "Answers requests for a model over HTTP, with a page to look at it.");
  c.footer(
      "Examples:\n  hourglass serve model.h5 --port 8080\n"
      "  hourglass serve model.h5 --host 0.0.0.0 --token secret.txt --tls cert.pem key.pem");
  c.add_option("MODEL", o.service.model, "a model file; a new one in its place is served at once")
      ->required()
      ->check(CLI::ExistingFile);
  c.add_option("--port", o.port, "0 for one that is free")
      ->capture_default_str()
      ->check(CLI::Range(0, 65535));
  c.add_option("--host", o.host, "where it listens; 127.0.0.1 is this machine alone")->capture_default_str();
  c.add_option("--token", o.service.token_file, "a file with the token that requests have to bring")
      ->check(CLI::ExistingFile);
  c.add_flag("--insecure", o.insecure, "other machines may ask without a token");
  c.add_option("--tls", tls, "PEM files of a certificate and its key")->expected(2)->check(CLI::ExistingFile);
  c.add_option("--workers", o.workers, "requests that are answered at once")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  c.add_option("--max-batch", o.service.most_batch_rows, "rows that are computed together at most")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  c.add_option("--max-body", o.service.most_body_bytes, "bytes of a request at most")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  c.add_flag("--quiet", quiet, "no line for each request");
  return c;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App program{"Autoencoders from the command line."};
  ServeOptions options;
  std::vector<std::string> tls;
  bool quiet = false;
  add_serve(program, options, tls, quiet);
  program.require_subcommand(1);
  try {
    program.parse(argc, argv);
    if (!tls.empty()) options.certificate = tls.at(0), options.key = tls.at(1);
    if (quiet) options.service.log = -1;
    return hourglass::service::serve(options);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return program.exit(e);
    fmt::print(stderr, "hourglass: {}\n", e.what());
  } catch (const std::exception& e) {
    fmt::print(stderr, "hourglass: {}\n", e.what());
  }
  return 2;
}
