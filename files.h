#pragma once

/// Everything of files/: model files.

#include <hourglass/files/model.h>
#include <hourglass/files/registry.h>
#include <hourglass/files/sha256.h>
#include <hourglass/files/state.h>
