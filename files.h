#pragma once

/// Everything of files/: model files, and those of other libraries.

#include <hourglass/files/keras.h>
#include <hourglass/files/model.h>
#include <hourglass/files/registry.h>
#include <hourglass/files/safetensors.h>
#include <hourglass/files/sha256.h>
#include <hourglass/files/state.h>
#include <hourglass/files/tfjs.h>
#include <hourglass/files/torch.h>
