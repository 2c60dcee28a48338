#pragma once

/// Everything of onnx/: models for other programs. Needs libonnx; see onnx/README.md.

#include <hourglass/onnx/autoencoder.h>
#include <hourglass/onnx/save.h>
