#pragma once

/// Everything of optim/: optimizers.

#include <hourglass/optim/optimizer.h>
#include <hourglass/optim/optimizers.h>
#include <hourglass/optim/schedule.h>
