//! The tables: one row per op, where its types, CPU loop, CUDA text, documentation, identity and test stand together.
//!
//! Everything else (Rust function, Python ufunc, stub, page, test, fusion) reads these rows.

#[macro_use]
pub mod loops;
#[macro_use]
mod rows;

pub mod casts;
pub mod complex;
pub mod numeric;
pub mod reductions;
pub mod sampling;
pub mod scans;
pub mod ufuncs;
pub mod vector;

use cuprous_core::{ReduceDef, ScanDef, UfuncDef};

/// Every ufunc of the tables, in the order of the chapters.
pub fn all_ufuncs() -> impl Iterator<Item = &'static UfuncDef> {
    ufuncs::CHAPTERS.iter().flat_map(|chapter| chapter.iter().copied())
}

/// Every reduction of the tables.
pub fn all_reductions() -> impl Iterator<Item = &'static ReduceDef> {
    reductions::ALL.iter().copied()
}

/// Every scan of the tables.
pub fn all_scans() -> impl Iterator<Item = &'static ScanDef> {
    scans::ALL.iter().copied()
}

#[cfg(test)]
mod tests {
    #[test]
    fn reductions_name_the_type_of_their_accumulator() {
        for row in super::all_reductions().flat_map(|r| r.rows) {
            assert_ne!(row.cuda.acc, "same", "{} of {}", row.op, row.input);
        }
    }
}
