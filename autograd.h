#pragma once

/// Everything of autograd/: gradients.

#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/fast/conv.h>
#include <hourglass/autograd/fast/dense.h>
#include <hourglass/autograd/fast/loss.h>
#include <hourglass/autograd/fast/lstm.h>
#include <hourglass/autograd/fast/normalize.h>
#include <hourglass/autograd/fast/products.h>
#include <hourglass/autograd/fast/spend.h>
#include <hourglass/autograd/gradient.h>
#include <hourglass/autograd/graph.h>
#include <hourglass/autograd/node.h>
#include <hourglass/autograd/node_ptr.h>
#include <hourglass/autograd/ops/activation.h>
#include <hourglass/autograd/ops/conv.h>
#include <hourglass/autograd/ops/einsum.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/epilogue.h>
#include <hourglass/autograd/ops/gaussian.h>
#include <hourglass/autograd/ops/index.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/linalg.h>
#include <hourglass/autograd/ops/log_prob.h>
#include <hourglass/autograd/ops/loss.h>
#include <hourglass/autograd/ops/lstm.h>
#include <hourglass/autograd/ops/matrix.h>
#include <hourglass/autograd/ops/normalize.h>
#include <hourglass/autograd/ops/pool.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/softmax.h>
#include <hourglass/autograd/ops/sort.h>
#include <hourglass/autograd/ops/top_k.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/autograd/trace.h>
#include <hourglass/autograd/variable.h>
