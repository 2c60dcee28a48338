#pragma once

/// Everything at once.

#include <hourglass/anomaly.h>
#include <hourglass/autoencoders.h>
#include <hourglass/autograd.h>
#include <hourglass/data.h>
#include <hourglass/files.h>
#include <hourglass/nn.h>
#include <hourglass/optim.h>
#include <hourglass/tensor.h>
#include <hourglass/training.h>
