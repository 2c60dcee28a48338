#pragma once

/// Everything of data/: data.

#include <hourglass/data/batches.h>
#include <hourglass/data/dataset.h>
#include <hourglass/data/idx.h>
#include <hourglass/data/png.h>
#include <hourglass/data/split.h>
