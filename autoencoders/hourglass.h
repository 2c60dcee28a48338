#pragma once

/// Everything at once.

#include <hourglass/autoencoders/basic.h>
#include <hourglass/autoencoders/evaluation.h>
#include <hourglass/autoencoders/pictures.h>
#include <hourglass/autograd/activation.h>
#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/elementwise.h>
#include <hourglass/autograd/graph.h>
#include <hourglass/autograd/join.h>
#include <hourglass/autograd/linalg.h>
#include <hourglass/autograd/reduce.h>
#include <hourglass/autograd/softmax.h>
#include <hourglass/autograd/trace.h>
#include <hourglass/autograd/views.h>
#include <hourglass/data/batches.h>
#include <hourglass/data/dataset.h>
#include <hourglass/data/png.h>
#include <hourglass/nn/activation.h>
#include <hourglass/nn/check.h>
#include <hourglass/nn/dense.h>
#include <hourglass/nn/layers.h>
#include <hourglass/nn/losses.h>
#include <hourglass/nn/sequential.h>
#include <hourglass/nn/state.h>
#include <hourglass/nn/summary.h>
#include <hourglass/optim/optimizers.h>
#include <hourglass/tensor/error.h>
#include <hourglass/tensor/factory.h>
#include <hourglass/tensor/memory.h>
#include <hourglass/tensor/random.h>
#include <hourglass/tensor/threads.h>
#include <hourglass/training/callbacks.h>
#include <hourglass/training/checkpoint.h>
#include <hourglass/training/curves.h>
#include <hourglass/training/fit.h>
