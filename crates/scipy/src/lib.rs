//! SciPy functions over the array. The place is kept by the design; nothing is in it yet.
