#include <hourglass/autoencoders/pictures.h>
#include <hourglass/autoencoders/reconstruction_pictures.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/views.h>

#include <fmt/format.h>

#include <filesystem>

namespace hourglass::autoencoders {

training::Pictures reconstruction_pictures(Autoencoder& model, const Tensor& examples, std::string folder,
                                           ReconstructionPicturesOptions options) {
  const Shape& image = options.image;
  if (image.rank() != 2 || examples.rank() != 2 || examples.shape(1) != image.size()) {
    throw ShapeError(
        "reconstruction_pictures: needs examples (N, H·W) of images (H, W), got {} and {}; set .image to the "
        "size of yours",
        examples.shape(), image);
  }
  if (options.columns < 1)
    throw DataError("reconstruction_pictures: columns must be at least 1, got {}; 10 are usual",
                    options.columns);
  const Shape images{examples.shape(0), image[0], image[1]};
  const auto draw = [&model, examples, folder = std::move(folder), images,
                     columns = options.columns](std::int64_t epoch) {
    std::error_code error;  // what is wrong shows when the picture is written
    std::filesystem::create_directories(folder, error);
    const Tensor made = model.reconstruct(examples).value();
    save_rows(fmt::format("{}/epoch_{:04}.png", folder, epoch),
              {reshape(examples, images), reshape(made, images)}, columns);
  };
  return training::Pictures(draw, {.every = options.every});
}

}  // namespace hourglass::autoencoders
