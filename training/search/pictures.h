#pragma once

#include <hourglass/training/search/result.h>

#include <string>

namespace hourglass::training {

/// The trials by gnuplot: the watched figure by trial with the best so far, and against each axis; finished
/// trials filled, stopped ones hollow. `name`.csv with the table and `name`.gp, which draws it, always;
/// `name`.png where gnuplot is installed. Returns whether it was drawn. Throws FileError; DataError if no
/// trial has the figure.
bool draw_trials(const std::string& folder, const std::string& name, const SearchResult& result);

}  // namespace hourglass::training
