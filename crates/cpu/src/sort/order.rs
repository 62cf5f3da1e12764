//! The order of elements, as unsigned numbers that compare alike.

use cuprous_core::{Complex, f16};

/// An element with NumPy's order: NaN last, both zeros equal.
pub trait Ordered: Copy + Send + Sync {
    /// Compares as the elements do
    type Key: Ord + Copy + Send + Sync;
    /// Bytes of the key, for sorting by them one after the other
    const PASSES: usize;
    /// Whether elements that are equal are the same in every bit
    const IS_EXACT: bool;
    /// The key.
    fn key(self) -> Self::Key;
    /// A byte of the key, the lowest first.
    fn digit(self, pass: usize) -> usize;
    /// Whether it is NaN, which is equal to nothing.
    fn is_no_number(self) -> bool;
    /// How far its key is above that of another element, modulo the number of keys, where keys are numbers.
    fn above(self, other: Self) -> Option<u64>;
}

/// An element and where it came from.
#[derive(Clone, Copy)]
pub struct Placed<E, P> {
    /// The element
    pub element: E,
    /// Its place
    pub place: P,
}

impl<E: Ordered, P: Copy + Send + Sync> Ordered for Placed<E, P> {
    type Key = E::Key;
    const PASSES: usize = E::PASSES;
    const IS_EXACT: bool = false;
    #[inline(always)]
    fn key(self) -> E::Key {
        self.element.key()
    }
    #[inline(always)]
    fn digit(self, pass: usize) -> usize {
        self.element.digit(pass)
    }
    #[inline(always)]
    fn is_no_number(self) -> bool {
        self.element.is_no_number()
    }
    #[inline(always)]
    fn above(self, other: Placed<E, P>) -> Option<u64> {
        self.element.above(other.element)
    }
}

macro_rules! ordered {
    ($($t:ty, $bits:ty, $exact:literal, |$x:ident| $key:expr;)*) => {$(
        impl Ordered for $t {
            type Key = $bits;
            const PASSES: usize = size_of::<$bits>();
            const IS_EXACT: bool = $exact;
            #[inline(always)]
            fn key(self) -> $bits {
                let $x = self;
                $key
            }
            #[inline(always)]
            fn digit(self, pass: usize) -> usize {
                (self.key() >> (8 * pass)) as usize & 255
            }
            #[inline(always)]
            fn is_no_number(self) -> bool {
                self.partial_cmp(&self).is_none()
            }
            #[inline(always)]
            fn above(self, other: $t) -> Option<u64> {
                Some(self.key().wrapping_sub(other.key()).into())
            }
        }
    )*};
}

macro_rules! float_key {
    ($x:ident, $bits:ty, $signed:ty, $infinity:literal) => {{
        const SIGN: $bits = 1 << (<$bits>::BITS - 1);
        let bits = $x.to_bits();
        // Without branches: signs are as good as random.
        let key = bits ^ (((bits as $signed) >> (<$bits>::BITS - 1)) as $bits | SIGN);
        let is_nan = <$bits>::from(bits & !SIGN > $infinity);
        (key + <$bits>::from(bits == SIGN)) | is_nan.wrapping_neg()
    }};
}

ordered! {
    bool, u8, true, |x| u8::from(x);
    u8, u8, true, |x| x;
    u16, u16, true, |x| x;
    u32, u32, true, |x| x;
    u64, u64, true, |x| x;
    i8, u8, true, |x| x as u8 ^ (1 << 7);
    i16, u16, true, |x| x as u16 ^ (1 << 15);
    i32, u32, true, |x| x as u32 ^ (1 << 31);
    i64, u64, true, |x| x as u64 ^ (1 << 63);
    f16, u16, false, |x| float_key!(x, u16, i16, 0x7c00);
    f32, u32, false, |x| float_key!(x, u32, i32, 0x7f80_0000);
    f64, u64, false, |x| float_key!(x, u64, i64, 0x7ff0_0000_0000_0000);
}

impl<T: Ordered> Ordered for Complex<T> {
    /// Which parts are NaN, then the parts
    type Key = (u8, T::Key, T::Key);
    const PASSES: usize = 2 * T::PASSES + 1;
    const IS_EXACT: bool = false;
    #[inline(always)]
    fn key(self) -> (u8, T::Key, T::Key) {
        (class(self), self.re.key(), self.im.key())
    }
    #[inline(always)]
    fn digit(self, pass: usize) -> usize {
        if pass < T::PASSES {
            self.im.digit(pass)
        } else if pass < 2 * T::PASSES {
            self.re.digit(pass - T::PASSES)
        } else {
            class(self).into()
        }
    }
    #[inline(always)]
    fn is_no_number(self) -> bool {
        class(self) != 0
    }
    #[inline(always)]
    fn above(self, _: Complex<T>) -> Option<u64> {
        None
    }
}

/// 2 for a real part that is NaN, else 1 for such an imaginary part.
#[inline(always)]
fn class<T: Ordered>(z: Complex<T>) -> u8 {
    // Only the key of NaN is all ones: of the numbers infinity has the largest.
    let is_nan = |x: T| (0..T::PASSES).all(|pass| x.digit(pass) == 255);
    if is_nan(z.re) { 2 } else { u8::from(is_nan(z.im)) }
}
