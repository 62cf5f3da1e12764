// CUDA C++ on the host: what a kernel's text needs to be compiled by the host's C++ compiler and run on its cores.
//
// By hand, in one C++17 file (g++ or clang++, -O1 or more, -fno-strict-aliasing, -pthread; this folder is an -I):
//     #include <vector>                    // headers of the standard library first
//     #include "cuda_host.hpp"
//     #include "kernel.cuh"                // __global__ void k(float* x, int n) { extern __shared__ float s[]; ... }
//     CUP_DYNAMIC_SHARED(s)                // once for each name of an `extern __shared__` array of a file
//     int main() {
//         cup_host::n_threads = 1;         // 1, the default: blocks in order on this thread; more: on so many threads
//         const char* failed = cup_host::launch(k, dim3(8), dim3(256), 256 * sizeof(float), x, n);   // nullptr: fine
//     }
// Memory is ordinary memory, launches return when they are done. Arguments are cast to the parameters' types.
//
// Threads of a block are coroutines of one thread of the host; they change only where the kernel synchronizes, so that
// kernels that do not are plain loops. A warp has 32 lanes; a collective of the warp waits for the lanes of its mask
// that have not ended, and where the others never come it goes on without them. Blocks begin in the order of their
// numbers: waiting for what an earlier block writes ends. Waiting for another thread of the same block ends if the
// waiting loop calls an atomic function, a fence or __nanosleep; a bare loop over a volatile variable does not.
// Not there: PTX, textures, tensor cores, clusters, dynamic parallelism.
#ifndef CUP_HOST
#define CUP_HOST 1
#include "types.hpp"
#include "run.hpp"
#include "sync.hpp"
#include "atomics.hpp"
#include "math.hpp"
#ifdef CUP_HOST_LIBRARY
#include "library.hpp"
#endif
#endif
