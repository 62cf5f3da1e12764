//! What arrays do besides arithmetic: reductions, conversions, copies.

use super::Array;
use crate::creation::{CreateOptions, full};
use crate::engine::elementwise::{MemoryOrder, astype};
use crate::engine::{ReduceOptions, UfuncOptions, apply, reduce};
use cuprous_core::layout::Slice;
use cuprous_core::promote::Casting;
use cuprous_core::{DType, Error, Result, Scalar, UfuncDef};
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

    /// The array in a dtype: itself if it has it, else a copy.
    pub(crate) fn cast(self, dtype: DType) -> Result<Array> {
        if self.dtype() == dtype { Ok(self) } else { self.astype(dtype) }
    }

    /// A copy in C order with the bytes of each element turned around, of both parts of complex ones.
    ///
    /// # Errors
    /// Those of computing the value.
    pub fn byteswap(&self) -> Result<Array> {
        let packed = astype(self, self.dtype(), Casting::Unsafe, MemoryOrder::C)?;
        let part = self.dtype().real().size();
        if part == 1 || self.size() == 0 {
            return Ok(packed);
        }
        let bytes = packed.reshape(&[-1])?.view_as(DType::U8)?.reshape(&[-1, part as isize])?;
        let turned = bytes.slice(&[Slice::Ellipsis, Slice::Range(None, None, -1)])?;
        let turned = astype(&turned, DType::U8, Casting::Unsafe, MemoryOrder::C)?;
        let shape: Vec<isize> = self.shape().iter().map(|&n| n as isize).collect();
        turned.reshape(&[-1])?.view_as(self.dtype())?.reshape(&shape)
    }

    /// The elements in the order of memory under another shape: cut off, or filled up with zeros.
    ///
    /// # Errors
    /// `Value` in NumPy's words if the elements do not lie packed; `Memory`.
    pub fn resized(&self, shape: &[usize]) -> Result<Array> {
        let is_f = self.is_f_contiguous() && !self.is_c_contiguous();
        if !is_f && !self.is_c_contiguous() {
            return Err(Error::value("resize only works on single-segment arrays"));
        }
        let size = cuprous_core::shape::checked_size(shape, self.dtype().size())?;
        let flat = if is_f { self.t()? } else { self.clone() }.reshape(&[-1])?;
        let options = CreateOptions { device: Some(self.device()), ..CreateOptions::default() };
        let new = full(&[size], Scalar::zero(self.dtype()), options)?;
        let kept = [Slice::Range(None, Some(size.min(self.size()) as isize), 1)];
        new.set(&kept, (&flat.slice(&kept)?).into())?;
        let mut target: Vec<isize> = shape.iter().map(|&n| n as isize).collect();
        if is_f {
            target.reverse();
        }
        let new = new.reshape(&target)?;
        if is_f { new.t() } else { Ok(new) }
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
