//! What arrays do besides arithmetic: reductions, conversions, copies.

use super::Array;
use crate::engine::elementwise::{MemoryOrder, astype};
use crate::engine::{ReduceOptions, UfuncOptions, apply, reduce};
use cuprous_core::promote::Casting;
use cuprous_core::{DType, Result, UfuncDef};
use cuprous_ops::reductions;

macro_rules! reductions {
    ($($(#[$doc:meta])+ $name:ident $def:ident;)*) => {
        impl Array {$(
            $(#[$doc])+
            ///
            /// # Errors
            /// `Axis` or `Value` in NumPy's words.
            pub fn $name(&self, options: &ReduceOptions) -> Result<Array> {
                reduce(&reductions::$def, self, options)
            }
        )*}
    };
}
reductions! {
    /// The sum of the elements, along axes or of all.
    sum SUM;
    /// The product of the elements, along axes or of all.
    prod PROD;
    /// The largest element, along axes or of all; NaN if there is one.
    max MAX;
    /// The smallest element, along axes or of all; NaN if there is one.
    min MIN;
    /// The arithmetic mean, along axes or of all.
    mean MEAN;
    /// Whether any element is true, along axes or of all.
    any ANY;
    /// Whether all elements are true, along axes or of all.
    all ALL_TRUE;
    /// The index of the largest element, along one axis or of the flattened array.
    argmax ARGMAX;
    /// The index of the smallest element, along one axis or of the flattened array.
    argmin ARGMIN;
}

impl Array {
    /// A copy, in the memory order of this array.
    ///
    /// # Errors
    /// Those of computing the value.
    pub fn copy(&self) -> Result<Array> {
        astype(self, self.dtype(), Casting::Unsafe, MemoryOrder::Keep)
    }

    /// A copy converted to another dtype.
    ///
    /// # Errors
    /// Those of computing the value.
    pub fn astype(&self, dtype: DType) -> Result<Array> {
        astype(self, dtype, Casting::Unsafe, MemoryOrder::Keep)
    }

    /// Running sums along an axis, or of the flattened array.
    ///
    /// # Errors
    /// `Axis` in NumPy's words.
    pub fn cumsum(&self, axis: Option<isize>, dtype: Option<DType>) -> Result<Array> {
        crate::engine::scan(&cuprous_ops::scans::CUMSUM, self, axis, dtype)
    }

    /// Applies a ufunc of one argument.
    ///
    /// # Errors
    /// `Type` in NumPy's words.
    pub fn map(&self, def: &'static UfuncDef) -> Result<Array> {
        apply(def, &[self.into()], &UfuncOptions::default())
    }
}
