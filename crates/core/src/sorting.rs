//! Sorting, searching in sorted elements, and counting: what backends are asked to do.
//!
//! The order is NumPy's: NaN comes last, both zeros are equal, and complex numbers go by real and then by imaginary
//! part; of them those with a NaN come last, first those whose real part is a number. Where the order ties, elements
//! keep theirs, so that the result is the same on every device.

use crate::kernel::Operand;
use crate::{DType, Error, Queue, Result};

/// Sorts rows, each by itself.
///
/// All operands are packed in C order with two axes: rows, and the elements of each. The outputs overlap nothing.
pub struct SortSpec<'a> {
    /// What is sorted
    pub input: Operand<'a>,
    /// Where the sorted elements go: of the input's shape and dtype
    pub values: Option<Operand<'a>>,
    /// Where the places go from which they came, counted along the row: int64 of the input's shape
    pub places: Option<Operand<'a>>,
    /// If given, only these places along a row must be right: nothing greater in front of them, nothing smaller behind.
    /// The rest may be in any order that the work does not decide; a backend may sort all.
    pub kth: Option<&'a [usize]>,
    /// The queue to run on
    pub queue: &'a Queue,
}

/// Finds the elements that a sort would put at given places of each row.
///
/// All operands are packed in C order with two axes. The output overlaps nothing. Of elements that are equal any may be
/// given, so of zeros one of either sign, and of NaN any NaN.
pub struct SelectSpec<'a> {
    /// Rows, and the elements of each
    pub input: Operand<'a>,
    /// The places in a sorted row: ascending, each once, below its length
    pub ranks: &'a [usize],
    /// Where the elements go: for each row one for each rank, of the input's dtype
    pub values: Operand<'a>,
    /// The queue to run on
    pub queue: &'a Queue,
}

/// On which side of elements that are equal to it a value is put.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Side {
    /// In front of them
    #[default]
    Left,
    /// Behind them
    Right,
}

/// Finds for each value how many sorted elements lie in front of it, or whether it is among them.
///
/// All operands are packed along one axis. The output overlaps nothing. Of elements that are not sorted anything is
/// found.
pub struct SearchSpec<'a> {
    /// The elements, sorted as [`SortSpec`] says
    pub sorted: Operand<'a>,
    /// What is looked for: of the same dtype
    pub values: Operand<'a>,
    /// One for each value: int64 for how many elements lie in front, or bool for whether one is equal, which NaN is to
    /// nothing
    pub out: Operand<'a>,
    /// Whether elements that are equal lie in front
    pub side: Side,
    /// The queue to run on
    pub queue: &'a Queue,
}

/// Counts how often each of the numbers `0, 1, ...` occurs.
///
/// All operands are packed along one axis. The output overlaps nothing.
pub struct CountSpec<'a> {
    /// The numbers, int64; those that have no place in the output are left out
    pub numbers: Operand<'a>,
    /// How often each occurs: int64
    pub out: Operand<'a>,
    /// The queue to run on
    pub queue: &'a Queue,
}

/// Whether an operand is packed, aligned to its elements and on the queue's device.
fn is_packed(o: &Operand, dtype: DType, queue: &Queue) -> bool {
    o.buffer().is_some_and(|b| b.device() == queue.device)
        && o.dtype == dtype
        && o.layout.is_c_contiguous(dtype.size())
        && (o.layout.size() == 0 || o.address().is_multiple_of(dtype.real().size()))
}

impl SortSpec<'_> {
    /// Checks what backends rely on: shapes, strides, dtypes, devices.
    ///
    /// # Errors
    /// `Runtime`.
    pub fn check(&self) -> Result<()> {
        let fits = |o: &Operand, dtype| is_packed(o, dtype, self.queue) && o.layout.shape == self.input.layout.shape;
        let all = self.input.layout.n_axes() == 2
            && fits(&self.input, self.input.dtype)
            && self.values.is_none_or(|o| fits(&o, self.input.dtype))
            && self.places.is_none_or(|o| fits(&o, DType::I64))
            && self.kth.is_none_or(|kth| kth.iter().all(|&k| k < self.input.layout.shape[1]));
        if all { Ok(()) } else { Err(Error::runtime("a sort needs packed rows of one device, one dtype and one shape")) }
    }
}

impl SelectSpec<'_> {
    /// Checks what backends rely on: shapes, strides, dtypes, devices, ranks.
    ///
    /// # Errors
    /// `Runtime`.
    pub fn check(&self) -> Result<()> {
        let (from, to) = (&self.input.layout, &self.values.layout);
        let fits = |o: &Operand| is_packed(o, self.input.dtype, self.queue) && o.layout.n_axes() == 2;
        let all = fits(&self.input)
            && fits(&self.values)
            && from.shape[0] == to.shape[0]
            && to.shape[1] == self.ranks.len()
            && self.ranks.windows(2).all(|r| r[0] < r[1])
            && self.ranks.last().is_none_or(|&r| r < from.shape[1]);
        if all { Ok(()) } else { Err(Error::runtime("a selection needs packed rows of one device and one dtype, and ranks inside them")) }
    }
}

impl SearchSpec<'_> {
    /// Checks what backends rely on: shapes, strides, dtypes, devices.
    ///
    /// # Errors
    /// `Runtime`.
    pub fn check(&self) -> Result<()> {
        let fits = |o: &Operand, dtype| is_packed(o, dtype, self.queue) && o.layout.n_axes() == 1;
        let all = fits(&self.sorted, self.sorted.dtype)
            && fits(&self.values, self.sorted.dtype)
            && (fits(&self.out, DType::I64) || fits(&self.out, DType::Bool))
            && self.out.layout.shape == self.values.layout.shape;
        if all { Ok(()) } else { Err(Error::runtime("a search needs packed operands of one device and one dtype")) }
    }
}

impl CountSpec<'_> {
    /// Checks what backends rely on: shapes, strides, dtypes, devices.
    ///
    /// # Errors
    /// `Runtime`.
    pub fn check(&self) -> Result<()> {
        let fits = |o: &Operand| is_packed(o, DType::I64, self.queue) && o.layout.n_axes() == 1;
        if fits(&self.numbers) && fits(&self.out) { Ok(()) } else { Err(Error::runtime("a count needs packed integers of one device")) }
    }
}
