// What Tensor::str() gives, against NumPy's str() of the same arrays.

#include <gtest/gtest.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/views.h>

#include <limits>

namespace hourglass {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
const double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(Print, WritesAsNumPyDoes) {
  EXPECT_EQ(tensor({1, 2.5, -3}).str(), "[ 1.   2.5 -3. ]");
  EXPECT_EQ(tensor({0.1, 0.2, 1.0 / 3}).str(), "[0.1        0.2        0.33333334]");
  EXPECT_EQ(tensor({1e-5, 1}).str(), "[1.e-05 1.e+00]");
  EXPECT_EQ(tensor({1e10, 1}).str(), "[1.e+10 1.e+00]");
  EXPECT_EQ(tensor({kNan, 1.5, kInf}).str(), "[nan 1.5 inf]");
  EXPECT_EQ(tensor({{1, 200}, {3, 4}}, int64).str(), "[[  1 200]\n [  3   4]]");
  EXPECT_EQ(tensor({1.0 / 3, 2.0 / 3}, float64).str(), "[0.33333333 0.66666667]");
  EXPECT_EQ(zeros({0, 3}).str(), "[]");
  EXPECT_EQ(tensor(2.5).str(), "2.5");
  EXPECT_EQ(tensor({1234.5, 0.5}).str(), "[1.2345e+03 5.0000e-01]");
  EXPECT_EQ(reshape(arange(0, 24), {2, 3, 4}).str(),
            "[[[ 0.  1.  2.  3.]\n  [ 4.  5.  6.  7.]\n  [ 8.  9. 10. 11.]]\n\n"
            " [[12. 13. 14. 15.]\n  [16. 17. 18. 19.]\n  [20. 21. 22. 23.]]]");
}

TEST(Print, ShortensBeyondAThousandElements) {
  EXPECT_EQ(arange(0, 2000).str(), "[0.000e+00 1.000e+00 2.000e+00 ... 1.997e+03 1.998e+03 1.999e+03]");
  EXPECT_EQ(arange(0, 2000, 1, int64).str(), "[   0    1    2 ... 1997 1998 1999]");
}

TEST(Print, BreaksLongLines) {
  EXPECT_EQ(arange(0, 30).str(),
            "[ 0.  1.  2.  3.  4.  5.  6.  7.  8.  9. 10. 11. 12. 13. 14. 15. 16. 17.\n"
            " 18. 19. 20. 21. 22. 23. 24. 25. 26. 27. 28. 29.]");
}

}  // namespace
}  // namespace hourglass
