#pragma once

/// Everything of anomaly/: detectors.

#include <hourglass/anomaly/detector.h>
#include <hourglass/anomaly/evaluate.h>
#include <hourglass/anomaly/neighbours.h>
#include <hourglass/anomaly/pictures.h>
#include <hourglass/anomaly/scores.h>
#include <hourglass/anomaly/sequence_detector.h>
#include <hourglass/anomaly/thresholds.h>
