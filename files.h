#pragma once

/// Everything of files/: model files.

#include <hourglass/files/hdf5_file.h>
#include <hourglass/files/sha256.h>
#include <hourglass/files/state.h>
