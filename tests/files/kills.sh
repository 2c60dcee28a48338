#!/usr/bin/env bash
# Kills a program that saves over one file, at random instants, COUNT times: the file is always whole, and
# after the next save it is alone in its folder.
#
#     bash tests/files/kills.sh build/release/tests/files_tests 2000
set -euo pipefail
HOURGLASS_KILLS=${2:-2000} exec "$1" --gtest_filter=State.KillingASaveLeavesTheOldOrTheNewFile
