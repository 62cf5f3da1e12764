//! What the text around a user's expressions depends on, and what begins it on every device.

use super::{CustomArgument, CustomBody, CustomKernel};
use crate::DType;
use smallvec::SmallVec;
use std::fmt::Write;

/// How an argument reaches the expressions: the text depends on nothing else of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// A number
    Scalar,
    /// An array, element by element or whole
    Array {
        /// Number of axes, at least 1
        n_axes: u8,
        /// Whether its elements lie packed in C order
        dense: bool,
    },
}

/// The forms of all arguments.
pub type Forms = SmallVec<[Form; 8]>;

impl Form {
    /// That of an argument that the expressions see whole.
    pub fn whole(argument: &CustomArgument) -> Form {
        match argument {
            CustomArgument::Scalar(_) => Form::Scalar,
            CustomArgument::Array(o) => {
                Form::Array { n_axes: o.layout.n_axes().max(1) as u8, dense: o.layout.is_c_contiguous(o.dtype.size()) }
            }
        }
    }

    /// That of an array whose elements are walked along these axes.
    pub fn walked(shape: &[usize], strides: &[isize], item_size: usize) -> Form {
        let mut step = item_size as isize;
        let dense = shape.iter().zip(strides).rev().all(|(&n, &s)| {
            let fits = n == 1 || s == step;
            step *= n as isize;
            fits
        });
        Form::Array { n_axes: shape.len() as u8, dense }
    }
}

/// The type of a dtype's elements in the expressions.
pub fn type_name(dtype: DType) -> &'static str {
    match dtype {
        DType::F16 => "float16",
        DType::C64 => "complex<float>",
        DType::C128 => "complex<double>",
        other => other.cuda_name(),
    }
}

/// Whether a text has one of these words.
pub fn has_word(text: &str, words: &[&str]) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|w| words.contains(&w))
}

impl CustomKernel {
    /// What begins every text: our headers, the placeholders, the user's preamble.
    pub fn head(&self) -> String {
        let mut text = String::from("#include <cupy/carray.cuh>\n");
        for (name, dtype) in &self.types {
            _ = writeln!(text, "typedef {} {name};", type_name(*dtype));
        }
        text.push_str(&self.preamble);
        text.push('\n');
        text
    }

    /// Whether a reduction's map depends on an element's place: then the axes keep their order.
    pub fn is_indexed(&self) -> bool {
        matches!(&self.body, CustomBody::Reduce { map, .. } if has_word(map, &["_J"]) || has_word(&self.preamble, &["_J"]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_elements_are_dense() {
        let dense =
            |shape: &[usize], strides: &[isize]| Form::walked(shape, strides, 8) == Form::Array { n_axes: shape.len() as u8, dense: true };
        assert!(dense(&[2, 3], &[24, 8]) && dense(&[2, 1, 3], &[24, 99, 8]) && dense(&[1], &[0]));
        assert!(!dense(&[2, 3], &[8, 16]) && !dense(&[2, 3], &[0, 8]) && !dense(&[3], &[-8]));
    }
}
