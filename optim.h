#pragma once

/// Everything of optim/: optimizers.

#include <hourglass/optim/adadelta.h>
#include <hourglass/optim/adagrad.h>
#include <hourglass/optim/adam.h>
#include <hourglass/optim/adamw.h>
#include <hourglass/optim/apply.h>
#include <hourglass/optim/clip.h>
#include <hourglass/optim/moving_average.h>
#include <hourglass/optim/optimizer.h>
#include <hourglass/optim/piece.h>
#include <hourglass/optim/registry.h>
#include <hourglass/optim/rmsprop.h>
#include <hourglass/optim/schedule.h>
#include <hourglass/optim/sgd.h>
#include <hourglass/optim/slots.h>
