#pragma once

#include <hourglass/tensor/tensor.h>

#include <string>
#include <vector>

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

/// Points in a plane, coloured by label.    points (N, 2), labels (N,) int64
/// The key has the labels that occur, label i by names[i] where that is given. There are ten colours; further
/// labels take them again. Throws ShapeError.
bool draw_scatter(const std::string& folder, const std::string& name, const PlotText& text,
                  const Tensor& points, const Tensor& labels, const std::vector<std::string>& names = {});

}  // namespace hourglass::autoencoders
