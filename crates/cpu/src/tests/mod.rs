//! Families of work against plain loops, over many layouts, shapes and numbers of threads.

mod elementwise;
mod fft;
mod fork;
mod gather;
mod matmul;
mod reduce;
mod scan;
mod sort;
mod speed;
pub mod testing;
