#include <hourglass/tensor/base/processor.h>
#include <hourglass/tensor/kernels/product/blas.h>

#include <cblas.h>
#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

extern "C" {
void dsyevd_(const char* job, const char* triangle, const int* n, double* a, const int* lda, double* w,
             double* work, const int* work_size, int* iwork, const int* iwork_size, int* info);
// Present in builds that carry kernels for several processors.
__attribute__((weak)) void gotoblas_dynamic_init(void);
__attribute__((weak)) void gotoblas_dynamic_quit(void);
}

namespace hourglass::blas {

namespace {

#if defined(__x86_64__)
std::string_view best_kernels(std::string_view chosen) {
  const Instructions set = instructions();
  if (set < processor_instructions().back()) return set == Instructions::avx2 ? "Haswell" : "Nehalem";
  return set == Instructions::avx512 && (chosen == "Haswell" || chosen == "Zen") ? "SkylakeX" : "keep";
}
#endif

// OpenBLAS 0.3.21 does not know the newer AVX-512 processors and takes its AVX2 kernels there, at half the
// speed; so does a machine-wide OPENBLAS_CORETYPE that was set for other programs. Choose again, by name, the
// kernels that the processor can run and instructions() allows, or those that $HOURGLASS_BLAS_KERNELS names
// ("keep": whatever OpenBLAS has chosen).
void choose_kernels() {
#if defined(__x86_64__)
  const char* const wish = std::getenv("HOURGLASS_BLAS_KERNELS");
  const std::string_view best = wish ? wish : best_kernels(openblas_get_corename());
  if (best == "keep" || !gotoblas_dynamic_init || !gotoblas_dynamic_quit) return;
  const char* const variable = "OPENBLAS_CORETYPE";
  const std::string before = std::getenv(variable) ? std::getenv(variable) : "";
  setenv(variable, std::string(best).c_str(), 1);
  gotoblas_dynamic_quit();
  gotoblas_dynamic_init();
  before.empty() ? unsetenv(variable) : setenv(variable, before.c_str(), 1);
#endif
}

void prepare() {
  static std::once_flag once;
  std::call_once(once, [] {
    openblas_set_num_threads(1);
    choose_kernels();
  });
}

CBLAS_TRANSPOSE order(bool transposed) { return transposed ? CblasTrans : CblasNoTrans; }

}  // namespace

void gemm(std::int64_t m, std::int64_t n, std::int64_t k, Matrix<float> a, Matrix<float> b, float* c,
          std::int64_t stride, bool accumulate) {
  prepare();
  cblas_sgemm(CblasRowMajor, order(a.transposed), order(b.transposed), static_cast<int>(m),
              static_cast<int>(n), static_cast<int>(k), 1.0F, a.data, static_cast<int>(a.stride), b.data,
              static_cast<int>(b.stride), accumulate ? 1.0F : 0.0F, c, static_cast<int>(stride));
}

void gemm(std::int64_t m, std::int64_t n, std::int64_t k, Matrix<double> a, Matrix<double> b, double* c,
          std::int64_t stride, bool accumulate) {
  prepare();
  cblas_dgemm(CblasRowMajor, order(a.transposed), order(b.transposed), static_cast<int>(m),
              static_cast<int>(n), static_cast<int>(k), 1.0, a.data, static_cast<int>(a.stride), b.data,
              static_cast<int>(b.stride), accumulate ? 1.0 : 0.0, c, static_cast<int>(stride));
}

std::string_view kernels() {
  prepare();
  return openblas_get_corename();
}

int eigh(std::int64_t n, double* matrix, double* values) {
  prepare();
  const int order = static_cast<int>(n);
  const int lda = std::max(order, 1);
  int info = 0, iwork_size = -1, work_query = -1, iwork_best = 0;
  double work_best = 0;
  dsyevd_("V", "U", &order, matrix, &lda, values, &work_best, &work_query, &iwork_best, &iwork_size, &info);
  if (info != 0) return info;
  std::vector<double> work(static_cast<std::size_t>(work_best));
  std::vector<int> iwork(static_cast<std::size_t>(iwork_best));
  const int work_size = static_cast<int>(work.size());
  iwork_size = iwork_best;
  dsyevd_("V", "U", &order, matrix, &lda, values, work.data(), &work_size, iwork.data(), &iwork_size, &info);
  return info;
}

}  // namespace hourglass::blas
