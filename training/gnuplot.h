#pragma once

#include <string>

namespace hourglass::training {

/// A text in gnuplot's quotes, on one line.
[[nodiscard]] std::string quoted(const std::string& text);

/// Writes the script `name`.gp into a folder and, if gnuplot is installed, runs it there, so that `name`.png
/// appears: a picture of 800 x 500 pixels or of another size. Data files are named as seen from the folder.
/// Both files appear whole or not at all. Returns whether the picture was drawn. Throws FileError if a file
/// cannot be written.
bool run_gnuplot(const std::string& folder, const std::string& name, const std::string& commands,
                 const std::string& size = "800,500");

}  // namespace hourglass::training
