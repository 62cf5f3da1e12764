//! Which dtype holds two dtypes, and which cast is allowed: NumPy's rules, NEP 50 included.

use crate::{DType, Error, Kind, Result, Weak};

/// NumPy's casting rules, from strict to free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Casting {
    /// Same dtype
    No,
    /// Same dtype; byte orders may differ
    Equiv,
    /// Keeps every value
    Safe,
    /// Safe, or within a kind
    SameKind,
    /// Anything
    Unsafe,
}

impl Casting {
    /// NumPy's name of the rule.
    pub const fn name(self) -> &'static str {
        match self {
            Casting::No => "no",
            Casting::Equiv => "equiv",
            Casting::Safe => "safe",
            Casting::SameKind => "same_kind",
            Casting::Unsafe => "unsafe",
        }
    }

    /// The rule of that name.
    ///
    /// # Errors
    /// `Value` for any other word.
    pub fn parse(name: &str) -> Result<Casting> {
        [Casting::No, Casting::Equiv, Casting::Safe, Casting::SameKind, Casting::Unsafe]
            .into_iter()
            .find(|c| c.name() == name)
            .ok_or_else(|| Error::value(format!("casting must be one of 'no', 'equiv', 'safe', 'same_kind', 'unsafe' (got '{name}')")))
    }
}

/// The integer part of the type that an inexact type holds exactly, in bytes.
fn exact_integer_bytes(float: DType) -> usize {
    match float.real() {
        DType::F16 => 1,
        DType::F32 => 2,
        // NumPy counts 64-bit integers as safe in float64.
        _ => 8,
    }
}

/// Whether every value of `from` is one of `to` (NumPy's `safe`).
pub fn is_safe(from: DType, to: DType) -> bool {
    use Kind::*;
    if from == to {
        return true;
    }
    match (from.kind(), to.kind()) {
        (Bool, _) => true,
        (_, Bool) => false,
        (UInt, UInt) | (Int, Int) => from.size() <= to.size(),
        (UInt, Int) => from.size() < to.size(),
        (Int, UInt) => false,
        (UInt | Int, Float | Complex) => from.size() <= exact_integer_bytes(to),
        (Float, Float) => from.size() <= to.size(),
        (Float | Complex, Complex) => from.real().size() <= to.real().size(),
        (Float, UInt | Int) | (Complex, UInt | Int | Float) => false,
    }
}

/// Whether NumPy allows casting `from` to `to` under a rule.
pub fn can_cast(from: DType, to: DType, casting: Casting) -> bool {
    match casting {
        Casting::No | Casting::Equiv => from == to,
        Casting::Safe => is_safe(from, to),
        Casting::SameKind => {
            let (f, t) = (from.kind(), to.kind());
            // Within NumPy's order b < u < i < f < c; signed to unsigned is not the same kind.
            is_safe(from, to) || f <= t
        }
        Casting::Unsafe => true,
    }
}

/// The smallest dtype that holds both (`numpy.promote_types`).
pub fn promote(a: DType, b: DType) -> DType {
    if is_safe(a, b) {
        return b;
    }
    if is_safe(b, a) {
        return a;
    }
    // `ALL` is in the order of size within the kinds, so the first that holds both is the smallest.
    const ORDER: &[DType] = &[DType::I16, DType::I32, DType::I64, DType::F16, DType::F32, DType::F64, DType::C64, DType::C128];
    ORDER.iter().copied().find(|&d| is_safe(a, d) && is_safe(b, d)).unwrap_or(DType::F64)
}

/// An operand as promotion sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operand {
    /// An array or a NumPy scalar
    Strong(DType),
    /// A Python number
    Weak(Weak),
}

/// The common dtype of operands under NEP 50 (`numpy.result_type`); `None` if there are none.
pub fn result_type(operands: &[Operand]) -> Option<DType> {
    let mut strong: Option<DType> = None;
    let mut weak: Option<Weak> = None;
    for op in operands {
        match *op {
            Operand::Strong(d) => strong = Some(strong.map_or(d, |s| promote(s, d))),
            // A Python bool is as strong as numpy.bool.
            Operand::Weak(Weak::Bool(_)) => strong = Some(strong.map_or(DType::Bool, |s| promote(s, DType::Bool))),
            Operand::Weak(w) => {
                if weak.is_none_or(|old| w.default_dtype().kind() > old.default_dtype().kind() || old.default_dtype() == DType::I64) {
                    weak = Some(w);
                }
            }
        }
    }
    match (strong, weak) {
        (s, None) => s,
        (None, Some(w)) => Some(w.default_dtype()),
        (Some(s), Some(w)) => Some(with_weak(s, w)),
    }
}

/// The dtype that a strong dtype and a Python number give.
pub fn with_weak(strong: DType, weak: Weak) -> DType {
    match (weak, strong.kind()) {
        (Weak::Bool(_), _) => strong,
        (Weak::Int(_), Kind::Bool) => DType::I64,
        (Weak::Int(_), _) => strong,
        (Weak::Float(_), Kind::Bool | Kind::UInt | Kind::Int) => DType::F64,
        (Weak::Float(_), _) => strong,
        (Weak::Complex(_), Kind::Complex) => strong,
        (Weak::Complex(_), Kind::Float) => promote(strong, DType::C64),
        (Weak::Complex(_), _) => DType::C128,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DType::*;

    #[test]
    fn promotion_as_numpy() {
        for (a, b, want) in [
            (I8, U8, I16),
            (I64, U64, F64),
            (I8, F16, F16),
            (I16, F16, F32),
            (U16, F16, F32),
            (I32, F32, F64),
            (I64, C64, C128),
            (F64, C64, C128),
            (Bool, I8, I8),
            (F16, C64, C64),
            (U32, I32, I64),
            (U8, U64, U64),
        ] {
            assert_eq!(promote(a, b), want, "{a} {b}");
            assert_eq!(promote(b, a), want, "{b} {a}");
        }
    }

    #[test]
    fn weak_numbers() {
        let t = |s, w| result_type(&[Operand::Strong(s), Operand::Weak(w)]);
        assert_eq!(t(U8, Weak::Int(3)), Some(U8));
        assert_eq!(t(I8, Weak::Float(3.0)), Some(F64));
        assert_eq!(t(F16, Weak::Float(3.0)), Some(F16));
        assert_eq!(t(F32, Weak::Complex(crate::c128::new(0.0, 1.0))), Some(C64));
        assert_eq!(t(Bool, Weak::Int(3)), Some(I64));
    }
}
