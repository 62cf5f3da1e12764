//! What the linker collects: definitions register themselves where they are written, so that no list is kept.
//!
//! Alternatives weighed: one list for each chapter, kept by hand (it is forgotten sooner or later), and a
//! macro around whole files (it hides them from editors). The slice stands here, below all crates that add to
//! it, and is untyped: the crates above look for the types that they know.

use std::any::Any;

#[doc(hidden)]
pub use linkme;

/// Everything that registered itself, in no order.
#[linkme::distributed_slice]
pub static DEFINITIONS: [&'static (dyn Any + Send + Sync)];

/// The registered definitions of a type, in no order.
pub fn definitions<T: Any>() -> impl Iterator<Item = &'static T> {
    DEFINITIONS.iter().filter_map(|d| (*d as &dyn Any).downcast_ref::<T>())
}
