#pragma once

/// Everything of data/: data.

#include <hourglass/data/batches.h>
#include <hourglass/data/dataset.h>
#include <hourglass/data/epoch.h>
#include <hourglass/data/hdf5.h>
#include <hourglass/data/heartbeats.h>
#include <hourglass/data/idx.h>
#include <hourglass/data/image_folder.h>
#include <hourglass/data/jpeg.h>
#include <hourglass/data/npy.h>
#include <hourglass/data/png.h>
#include <hourglass/data/row_file.h>
#include <hourglass/data/sequences.h>
#include <hourglass/data/split.h>
#include <hourglass/data/tables/column.h>
#include <hourglass/data/tables/csv.h>
#include <hourglass/data/tables/dates.h>
#include <hourglass/data/tables/preprocessor.h>
#include <hourglass/data/tables/steps.h>
#include <hourglass/data/tables/table.h>
