#pragma once

#include <hourglass/tensor/tensor.h>

#include <string>

/// Plots by gnuplot: `name`.csv with the data and `name`.gp, which draws them, always; `name`.png where
/// gnuplot is installed. Each returns whether the picture was drawn, and throws FileError.
namespace hourglass::autoencoders {

struct PlotText {
  std::string title, x_label, y_label;
};

/// How many values fall into each of `bins` equal ranges between the least and the largest.    any shape
/// Throws DataError for no values or fewer than one bin.
bool draw_histogram(const std::string& folder, const std::string& name, const PlotText& text,
                    const Tensor& values, int bins = 50);

/// Points in a plane, coloured by label with a key.    points (N, 2), labels (N,) int64 0 to 9
/// Throws ShapeError.
bool draw_scatter(const std::string& folder, const std::string& name, const PlotText& text,
                  const Tensor& points, const Tensor& labels);

}  // namespace hourglass::autoencoders
