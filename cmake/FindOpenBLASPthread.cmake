# OpenBLAS as Debian builds it on POSIX threads. Its OpenMP build is slow and erratic when called from
# oneTBB's tasks, and where both are installed the system's default may be either; so this one is named by its
# folder, at run time too.
file(GLOB openblas_library_dirs /usr/lib/*/openblas-pthread)
file(GLOB openblas_include_dirs /usr/include/*/openblas-pthread)
find_library(OPENBLAS_PTHREAD_LIBRARY openblas HINTS ${openblas_library_dirs})
find_path(OPENBLAS_PTHREAD_INCLUDE_DIR cblas.h HINTS ${openblas_include_dirs})
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenBLASPthread REQUIRED_VARS OPENBLAS_PTHREAD_LIBRARY OPENBLAS_PTHREAD_INCLUDE_DIR)
if(OpenBLASPthread_FOUND AND NOT TARGET OpenBLAS::pthread)
  add_library(OpenBLAS::pthread INTERFACE IMPORTED)
  get_filename_component(openblas_dir ${OPENBLAS_PTHREAD_LIBRARY} DIRECTORY)
  set_target_properties(OpenBLAS::pthread PROPERTIES
    INTERFACE_LINK_LIBRARIES ${OPENBLAS_PTHREAD_LIBRARY}
    INTERFACE_LINK_OPTIONS "LINKER:-rpath,${openblas_dir}"
    INTERFACE_INCLUDE_DIRECTORIES ${OPENBLAS_PTHREAD_INCLUDE_DIR})
endif()
