#pragma once

#include <hourglass/training/history.h>

#include <string>

namespace hourglass::training {

/// Writes the learning curves into a folder: history.csv, curves.gp, the gnuplot script that draws it, and,
/// if gnuplot is installed, curves.png. Returns whether the picture was drawn. Throws FileError if the files
/// cannot be written.
bool draw_curves(const History& history, const std::string& folder, const std::string& title);

}  // namespace hourglass::training
