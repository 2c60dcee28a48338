#pragma once

/// Everything of training/: training.

#include <hourglass/training/callback.h>
#include <hourglass/training/callbacks.h>
#include <hourglass/training/checkpoint.h>
#include <hourglass/training/clock.h>
#include <hourglass/training/curves.h>
#include <hourglass/training/fit.h>
#include <hourglass/training/gnuplot.h>
#include <hourglass/training/history.h>
#include <hourglass/training/interrupt.h>
#include <hourglass/training/log_file.h>
#include <hourglass/training/metrics/classification.h>
#include <hourglass/training/metrics/metric.h>
#include <hourglass/training/metrics/ranking.h>
#include <hourglass/training/metrics/regression.h>
#include <hourglass/training/phase.h>
#include <hourglass/training/predict.h>
#include <hourglass/training/progress.h>
#include <hourglass/training/report.h>
#include <hourglass/training/search/pictures.h>
#include <hourglass/training/search/search.h>
#include <hourglass/training/source.h>
