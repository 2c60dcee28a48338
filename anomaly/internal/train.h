#pragma once

#include <hourglass/anomaly/detector.h>

#include <memory>
#include <string>
#include <vector>

namespace hourglass::anomaly::internal {

/// The usual preparation of a detector, of the columns that say something; adds a note for each other one.
/// Throws DataError if no column is left.
[[nodiscard]] data::PreprocessorOptions usual_steps(const data::Table& table, const DetectorOptions& options,
                                                    std::vector<std::string>& notes);

/// The usual model of a detector, untrained; from the default generator.
[[nodiscard]] std::unique_ptr<autoencoders::Autoencoder> usual_model(
    const std::vector<autoencoders::TableColumn>& columns, const DetectorOptions& options);

/// Rows with noise of a level of their own, noise · u² (see Detector).
[[nodiscard]] Tensor noisy(const Tensor& x, const std::vector<autoencoders::TableColumn>& columns,
                           double noise);

/// options.steps steps on x: of the usual model to give back rows that noise was added to, of another on its
/// own loss.
void train(autoencoders::Autoencoder& model, const std::vector<autoencoders::TableColumn>& columns,
           const Tensor& x, const DetectorOptions& options, bool usual);

}  // namespace hourglass::anomaly::internal
