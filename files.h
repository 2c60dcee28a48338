#pragma once

/// Everything of files/: model files.

#include <hourglass/files/sha256.h>
#include <hourglass/files/state.h>
