#pragma once

/// Everything of nn/: layers and losses.

#include <hourglass/nn/check.h>
#include <hourglass/nn/clone.h>
#include <hourglass/nn/config.h>
#include <hourglass/nn/encoder_decoder.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/nn/graph.h>
#include <hourglass/nn/initializer.h>
#include <hourglass/nn/layers/activation.h>
#include <hourglass/nn/layers/conv.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/dropout.h>
#include <hourglass/nn/layers/embedding.h>
#include <hourglass/nn/layers/images.h>
#include <hourglass/nn/layers/kernel_layer.h>
#include <hourglass/nn/layers/kernel_options.h>
#include <hourglass/nn/layers/lstm.h>
#include <hourglass/nn/layers/masked.h>
#include <hourglass/nn/layers/merge.h>
#include <hourglass/nn/layers/noise.h>
#include <hourglass/nn/layers/normalization.h>
#include <hourglass/nn/layers/pool.h>
#include <hourglass/nn/layers/reparameterize.h>
#include <hourglass/nn/layers/reshape.h>
#include <hourglass/nn/layers/tied_dense.h>
#include <hourglass/nn/losses/divergences.h>
#include <hourglass/nn/losses/losses.h>
#include <hourglass/nn/losses/reduction.h>
#include <hourglass/nn/losses/registry.h>
#include <hourglass/nn/module.h>
#include <hourglass/nn/regularizer.h>
#include <hourglass/nn/sequential.h>
#include <hourglass/nn/summary.h>
#include <hourglass/nn/symbolic.h>
#include <hourglass/nn/visitor.h>
