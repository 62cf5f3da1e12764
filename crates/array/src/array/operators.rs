//! Operators on arrays in Rust. `+=` rebinds the handle; [`Array::assign`] and `out` write in place.
//!
//! Operators panic on shapes and dtypes that do not fit, like indexing a slice does; the functions in
//! [`crate::math`] return errors instead.

use super::Array;
use crate::engine::{Input, UfuncOptions, apply};
use cuprous_ops::ufuncs::arithmetic as a;

macro_rules! binary_operators {
    ($($trait:ident $method:ident $assign:ident $assign_method:ident $def:path;)*) => {$(
        impl<'a, T: Into<Input<'a>>> std::ops::$trait<T> for &Array {
            type Output = Array;
            fn $method(self, other: T) -> Array {
                apply(&$def, &[self.into(), other.into()], &UfuncOptions::default()).unwrap_or_else(|e| panic!("{e}"))
            }
        }
        impl<'a, T: Into<Input<'a>>> std::ops::$trait<T> for Array {
            type Output = Array;
            fn $method(self, other: T) -> Array { std::ops::$trait::$method(&self, other) }
        }
        impl std::ops::$trait<Array> for &Array {
            type Output = Array;
            fn $method(self, other: Array) -> Array { std::ops::$trait::$method(self, &other) }
        }
        impl std::ops::$trait<Array> for Array {
            type Output = Array;
            fn $method(self, other: Array) -> Array { std::ops::$trait::$method(&self, &other) }
        }
        impl<'a, T: Into<Input<'a>>> std::ops::$assign<T> for Array {
            /// Binds the handle to the result; other handles and views keep the old elements.
            fn $assign_method(&mut self, other: T) {
                *self = std::ops::$trait::$method(&*self, other);
            }
        }
    )*};
}
binary_operators! {
    Add add AddAssign add_assign a::ADD;
    Sub sub SubAssign sub_assign a::SUBTRACT;
    Mul mul MulAssign mul_assign a::MULTIPLY;
    Div div DivAssign div_assign a::DIVIDE;
    Rem rem RemAssign rem_assign a::REMAINDER;
}

macro_rules! reflected_operators {
    ($($number:ty),*) => {$(
        reflected_operators!(@ $number; Add add a::ADD; Sub sub a::SUBTRACT; Mul mul a::MULTIPLY; Div div a::DIVIDE);
    )*};
    (@ $number:ty; $($trait:ident $method:ident $def:path);*) => {$(
        impl std::ops::$trait<&Array> for $number {
            type Output = Array;
            fn $method(self, other: &Array) -> Array {
                apply(&$def, &[self.into(), other.into()], &UfuncOptions::default()).unwrap_or_else(|e| panic!("{e}"))
            }
        }
        impl std::ops::$trait<Array> for $number {
            type Output = Array;
            fn $method(self, other: Array) -> Array { std::ops::$trait::$method(self, &other) }
        }
    )*};
}
reflected_operators!(f32, f64, i32, i64);

impl std::ops::Neg for &Array {
    type Output = Array;
    fn neg(self) -> Array {
        apply(&a::NEGATIVE, &[self.into()], &UfuncOptions::default()).unwrap_or_else(|e| panic!("{e}"))
    }
}
impl std::ops::Neg for Array {
    type Output = Array;
    fn neg(self) -> Array {
        -&self
    }
}
