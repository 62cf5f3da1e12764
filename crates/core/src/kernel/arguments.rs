//! The values of a function's arguments as its parameters take them.

use super::FunctionArgument;
use crate::{Error, Result};

/// The values of arguments, each as its parameter takes it.
#[derive(Debug, Default)]
pub struct PackedArguments {
    /// Words of 16 bytes, to which every type is aligned
    pub words: Vec<u128>,
    /// The word in which each argument begins
    pub starts: Vec<usize>,
}

/// Parameters that a function may have where the driver does not tell how many: they read zeros.
const SPARE: usize = 64;

impl PackedArguments {
    /// Packs arguments for parameters of these sizes, or of their own sizes where nobody knows the parameters.
    ///
    /// # Errors
    /// `Type` for a wrong number of arguments or one of a wrong length, `Overflow` for an integer that does not fit.
    pub fn new(kernel: &str, params: Option<&[usize]>, arguments: &[FunctionArgument]) -> Result<PackedArguments> {
        if let Some(params) = params
            && params.len() != arguments.len()
        {
            return Err(Error::type_error(format!("kernel {kernel} takes {} arguments, but {} were given", params.len(), arguments.len())));
        }
        let mut packed = PackedArguments::default();
        for (k, argument) in arguments.iter().enumerate() {
            let size = params.map(|p| p[k]);
            match argument {
                FunctionArgument::Int(value) => {
                    let bytes = integer(*value, size).map_err(|e| e.during(&format!("kernel {kernel}, argument {k}")))?;
                    packed.push(&bytes);
                }
                FunctionArgument::Bytes { value, what } => {
                    if let Some(size) = size
                        && size != value.len()
                    {
                        let hint = if what == "float" && size == 4 { ": pass numpy.float32(x)" } else { "" };
                        return Err(Error::type_error(format!(
                            "kernel {kernel}: argument {k} is a {what} of {} bytes, but its parameter has {size}{hint}",
                            value.len()
                        )));
                    }
                    packed.push(value);
                }
            }
        }
        if params.is_none() {
            packed.starts.extend([packed.words.len(); SPARE]);
            // No parameter is longer than this.
            packed.words.extend([0; 4096 / 16]);
        }
        Ok(packed)
    }

    /// Appends a value; a value without bytes takes a word too.
    pub fn push(&mut self, bytes: &[u8]) {
        self.starts.push(self.words.len());
        for chunk in bytes.chunks(16) {
            let mut word = [0; 16];
            word[..chunk.len()].copy_from_slice(chunk);
            self.words.push(u128::from_ne_bytes(word));
        }
        if bytes.is_empty() {
            self.words.push(0);
        }
    }
}

/// An integer as a parameter takes it.
fn integer(value: i128, size: Option<usize>) -> Result<Vec<u8>> {
    let n = size.unwrap_or(8);
    if !matches!(n, 1 | 2 | 4 | 8) {
        return Err(Error::type_error(format!("an integer was given for a parameter of {n} bytes")));
    }
    let bits = 8 * n as u32;
    if value < -(1i128 << (bits - 1)) || value >= 1i128 << bits {
        return Err(Error::overflow(format!("{value} does not fit a parameter of {n} bytes")));
    }
    Ok(value.to_le_bytes()[..n].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    fn bytes(n: usize) -> FunctionArgument {
        FunctionArgument::Bytes { value: (1..=n as u8).collect(), what: "float".into() }
    }

    #[test]
    fn arguments_are_packed_as_parameters_take_them() {
        let packed =
            PackedArguments::new("f", Some(&[8, 4, 24, 1]), &[bytes(8), FunctionArgument::Int(-2), bytes(24), FunctionArgument::Int(255)]);
        let packed = packed.unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(packed.starts, [0, 1, 2, 4]);
        assert_eq!(packed.words[1], 0xffff_fffe);
        assert_eq!(packed.words[4], 255);
        assert_eq!(packed.words[3].to_le_bytes()[..8], [17, 18, 19, 20, 21, 22, 23, 24]);
        let loose = PackedArguments::new("f", None, &[FunctionArgument::Int(-1)]);
        assert!(loose.is_ok_and(|p| p.words[0] == u128::from(u64::MAX) && p.starts.len() == 1 + SPARE));
    }

    #[test]
    fn arguments_that_do_not_fit_are_errors() {
        let kind =
            |params: &[usize], arguments: &[FunctionArgument]| PackedArguments::new("f", Some(params), arguments).err().map(|e| e.kind());
        assert_eq!(kind(&[8], &[]), Some(ErrorKind::Type));
        assert_eq!(kind(&[], &[bytes(8)]), Some(ErrorKind::Type));
        assert_eq!(kind(&[4], &[bytes(8)]), Some(ErrorKind::Type));
        assert_eq!(kind(&[16], &[FunctionArgument::Int(1)]), Some(ErrorKind::Type));
        assert_eq!(kind(&[4], &[FunctionArgument::Int(1 << 32)]), Some(ErrorKind::Overflow));
        assert_eq!(kind(&[8], &[FunctionArgument::Int(-(1 << 63) - 1)]), Some(ErrorKind::Overflow));
        assert_eq!(kind(&[4], &[FunctionArgument::Int((1 << 32) - 1)]), None);
    }
}
