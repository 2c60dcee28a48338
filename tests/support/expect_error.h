#pragma once

#include <hourglass/tensor/base/error.h>

#include <gtest/gtest.h>

#include <string>

/// The statement throws exactly this class of error, and its text contains the given one.
#define EXPECT_THROW_TEXT(statement, ErrorType, text)                                                        \
  try {                                                                                                      \
    statement;                                                                                               \
    ADD_FAILURE() << #statement << " threw nothing, expected " #ErrorType ": " << (text);                    \
  } catch (const ErrorType& error_caught) {                                                                  \
    EXPECT_NE(std::string(error_caught.what()).find(text), std::string::npos)                                \
        << "the text is:\n"                                                                                  \
        << error_caught.what() << "\nexpected in it:\n"                                                      \
        << (text);                                                                                           \
  } catch (const std::exception& error_caught) {                                                             \
    ADD_FAILURE() << #statement << " threw another class, expected " #ErrorType ": " << error_caught.what(); \
  }
