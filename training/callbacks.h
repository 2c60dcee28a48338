#pragma once

/// All callbacks, with fit() that takes them.

#include <hourglass/training/callbacks/backup_and_restore.h>
#include <hourglass/training/callbacks/csv_logger.h>
#include <hourglass/training/callbacks/early_stopping.h>
#include <hourglass/training/callbacks/figures.h>
#include <hourglass/training/callbacks/lambda.h>
#include <hourglass/training/callbacks/learning_rate.h>
#include <hourglass/training/callbacks/model_checkpoint.h>
#include <hourglass/training/callbacks/monitor.h>
#include <hourglass/training/callbacks/pictures.h>
#include <hourglass/training/callbacks/swap_ema_weights.h>
#include <hourglass/training/callbacks/tensor_board.h>
#include <hourglass/training/callbacks/terminate_on_nan.h>
#include <hourglass/training/fit.h>
