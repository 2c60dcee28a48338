#pragma once

/// Before a function with a hot loop: compiles it for plain x86-64, AVX2 (v3) and AVX-512 (v4) and picks one
/// of them when the program loads, so one binary runs everywhere at the width of the machine. What the loop
/// calls must be inlined.
///
/// Empty where there is nothing to choose (arm64, whose vectors are part of the base), where the compiler
/// lacks it for templates (Clang), and under sanitizers: the choice is made by resolvers that run before
/// their run-time has started. UBSan defines no macro to test for, so its build defines HOURGLASS_NO_CLONES.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__) && !defined(HOURGLASS_NO_CLONES)
#define HOURGLASS_CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define HOURGLASS_CLONES
#endif
