#pragma once

/// Everything of tensor/: numbers.

#include <hourglass/tensor/base/buffer.h>
#include <hourglass/tensor/base/clones.h>
#include <hourglass/tensor/base/epilogue.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/extent2.h>
#include <hourglass/tensor/base/lanes.h>
#include <hourglass/tensor/base/memory.h>
#include <hourglass/tensor/base/philox.h>
#include <hourglass/tensor/base/processor.h>
#include <hourglass/tensor/base/rows.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/base/vector_math.h>
#include <hourglass/tensor/dtype.h>
#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/activation.h>
#include <hourglass/tensor/ops/conv.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factors.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/gaussian.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/linalg.h>
#include <hourglass/tensor/ops/loss.h>
#include <hourglass/tensor/ops/lstm.h>
#include <hourglass/tensor/ops/normalize.h>
#include <hourglass/tensor/ops/pool.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/ops/softmax.h>
#include <hourglass/tensor/ops/top_k.h>
#include <hourglass/tensor/shape.h>
#include <hourglass/tensor/storage.h>
#include <hourglass/tensor/tensor.h>
#include <hourglass/tensor/views.h>
