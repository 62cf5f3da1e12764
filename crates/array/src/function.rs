//! Functions as data: what a binding needs to know to offer a Rust function to Python.
//!
//! `#[function]` makes a [`FunctionDef`] of each; a binder reads it, converts arguments to [`Value`]s by their
//! [`Kind`]s, and calls. The kinds follow from the Rust types by [`FromValue`], so nothing is said twice.

use crate::array::Array;
use crate::engine::Input;
use crate::engine::elementwise::MemoryOrder;
use crate::indexing::Index;
use cuprous_core::layout::Slice;
use cuprous_core::promote::Casting;
use cuprous_core::{DType, Device, Error, ErrorKind, Result, Scalar, Weak};
use std::borrow::Cow;
use std::sync::Arc;

pub use cuprous_macros::function;

/// An argument or a result, between Python and Rust.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// Nothing: Python's `None`, or an argument that was not given
    #[default]
    None,
    /// A truth value
    Bool(bool),
    /// An integer
    Int(i64),
    /// A float
    Float(f64),
    /// A word
    Str(Cow<'static, str>),
    /// A Python number whose dtype the others decide
    Weak(Weak),
    /// A NumPy scalar
    Scalar(Scalar),
    /// An array
    Array(Array),
    /// An array that was made for this call, from a list or from another library's array
    Fresh(Array),
    /// Arrays
    Arrays(Vec<Array>),
    /// A dtype
    DType(DType),
    /// A device
    Device(Device),
    /// A memory order
    Order(MemoryOrder),
    /// A casting rule
    Casting(Casting),
    /// The extents of a new array
    Sizes(Vec<usize>),
    /// Axes, or another list of integers
    Ints(Vec<isize>),
    /// Several results, or a tuple of arguments
    Tuple(Vec<Value>),
    /// Several results with names: the class of `cuprous._results` that has them
    Named(&'static str, Vec<Value>),
    /// The same as a list
    List(Vec<Value>),
    /// `start:stop:step`
    Slice(Slice),
    /// A subscript's items
    Index(Vec<Index>),
}

/// How a binder converts a Python object to a [`Value`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Anything that is an array or can become one: `Array`, or `Fresh` if it was made for the call
    Array,
    /// The same, read with the `dtype` and `device` of the call
    Source,
    /// An array to write to: `Array`, and nothing but an array of ours
    Out,
    /// `Array`, `Fresh`, `Scalar` or `Weak`: numbers keep their strength. As `*args` a `Tuple` of all
    Input,
    /// The same, `None`, `Str` or `Slice`, or a `Tuple` or `List` of such things to any depth
    Nested,
    /// All further positional arguments, or a sequence: `Arrays`
    Arrays,
    /// Whatever may stand in square brackets behind an array: `Index`
    Index,
    /// Integers that say where elements are: `Array`, or `Fresh` and on the CPU if they came from a list or a number
    Places,
    /// `DType`
    DType,
    /// An integer or several, none negative: `Sizes`
    Sizes,
    /// An integer or a sequence of them, a shape with perhaps a -1 for example: `Ints`
    Ints,
    /// An integer or a tuple of them: `Ints`
    Axes,
    /// One integer: `Int`
    Axis,
    /// One integer: `Int`
    Int,
    /// One number: `Float`
    Float,
    /// The truth of the object: `Bool`
    Bool,
    /// `Str`
    Str,
    /// `Device`
    Device,
    /// `Order`
    Order,
    /// `Casting`
    Casting,
    /// Numbers, strings, arrays, and `Tuple`s of such from sequences; `...` is a string: what it may be, the function says.
    /// As `*args` a `Tuple` of all
    Any,
}

/// How an argument may be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// By position only: it stands before `/`
    PositionalOnly,
    /// By position or by name
    Either,
    /// By name only: it stands after `*`
    KeywordOnly,
    /// Takes all further positional arguments: `*args`
    Variadic,
}

/// A default, as the signature spells it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Literal {
    /// `None`
    None,
    /// `True` or `False`
    Bool(bool),
    /// An integer
    Int(i64),
    /// A float
    Float(f64),
    /// A word in quotes
    Str(&'static str),
    /// A tuple of integers
    Ints(&'static [isize]),
}

/// A parameter of a function.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Its name in Python
    pub name: &'static str,
    /// What it takes
    pub kind: Kind,
    /// Whether it takes `None`
    pub is_optional: bool,
    /// How it is given
    pub mode: Mode,
    /// What it is when it is not given; without a default it must be
    pub default: Option<Literal>,
}

/// The namespace of what arrays have as a method and nothing else has.
pub const METHODS_ONLY: &str = "ndarray";

/// A function as a method of arrays.
pub struct MethodDef {
    /// The signature in the words of Python's builtins: `($self, /, axis=None)`
    pub signature: &'static str,
    /// The parameter of the function that is the array
    pub own: usize,
    /// The parameters of the method
    pub params: &'static [Param],
    /// The function's parameters that they stand for
    pub places: &'static [usize],
}

/// A function for Python.
pub struct FunctionDef {
    /// Its name in Python
    pub name: &'static str,
    /// The namespace below `cuprous` in which it stands: `""`, `"linalg"`
    pub module: &'static str,
    /// The Rust module that holds it
    pub path: &'static str,
    /// The signature in Python's words: `(a, axis=None)`
    pub signature: &'static str,
    /// The documentation, as Markdown
    pub doc: &'static str,
    /// The parameters in order
    pub params: &'static [Param],
    /// How arrays have it as a method, if they do
    pub method: Option<MethodDef>,
    /// What it returns, as a Python annotation
    pub returns: fn() -> String,
    /// Calls it with one value for each parameter; they may be moved out
    pub call: fn(&mut [Value]) -> Result<Value>,
}

impl FunctionDef {
    /// The chapter of NumPy's reference that it belongs to: the first folder of its Rust module.
    pub fn chapter(&self) -> &'static str {
        self.path.split("::").nth(1).unwrap_or_default()
    }
}

/// All functions that `#[function]` registered, sorted by namespace and name.
pub fn all_functions() -> Vec<&'static FunctionDef> {
    let mut all: Vec<&FunctionDef> = cuprous_core::registry::definitions().collect();
    all.sort_by_key(|f| (f.module, f.name));
    all
}

/// Adds to the linker's list; for `#[function]` only.
#[doc(hidden)]
pub mod register {
    pub use cuprous_core::registry::{DEFINITIONS, linkme};
    pub use std::any::Any;
}

impl From<Literal> for Value {
    fn from(literal: Literal) -> Value {
        match literal {
            Literal::None => Value::None,
            Literal::Bool(b) => Value::Bool(b),
            Literal::Int(i) => Value::Int(i),
            Literal::Float(x) => Value::Float(x),
            Literal::Str(s) => Value::Str(Cow::Borrowed(s)),
            Literal::Ints(ints) => Value::Ints(ints.to_vec()),
        }
    }
}

impl Value {
    /// Whether both are the same array: two handles to one value.
    pub fn is_same_array(&self, other: &Value) -> bool {
        match (self.as_array(), other.as_array()) {
            (Some(a), Some(b)) => Arc::ptr_eq(a.node(), b.node()),
            _ => false,
        }
    }

    fn as_array(&self) -> Option<&Array> {
        match self {
            Value::Array(a) | Value::Fresh(a) => Some(a),
            _ => None,
        }
    }

    fn noun(&self) -> &'static str {
        match self {
            Value::None => "None",
            Value::Bool(_) => "a truth value",
            Value::Int(_) => "an integer",
            Value::Float(_) => "a float",
            Value::Str(_) => "a string",
            Value::Weak(_) | Value::Scalar(_) => "a number",
            Value::Array(_) | Value::Fresh(_) => "an array",
            Value::Arrays(_) => "several arrays",
            Value::DType(_) => "a dtype",
            Value::Device(_) => "a device",
            Value::Order(_) => "a memory order",
            Value::Casting(_) => "a casting rule",
            Value::Sizes(_) | Value::Ints(_) => "several integers",
            Value::Tuple(_) | Value::Named(..) => "a tuple",
            Value::List(_) => "a list",
            Value::Slice(_) => "a slice",
            Value::Index(_) => "an index",
        }
    }
}

/// The value is not what the parameter takes; the binder names the parameter.
#[cold]
fn mismatch(wanted: &str, got: &Value) -> Error {
    Error::type_error(format!("expected {wanted}, got {}", got.noun()))
}

/// A Rust type that stands in the signature of a `#[function]`.
pub trait FromValue<'v>: Sized {
    /// How a binder converts an object for it.
    const KIND: Kind;
    /// Whether it takes `None`.
    const IS_OPTIONAL: bool = false;
    /// The argument out of its value.
    ///
    /// # Errors
    /// `Type` if the value is of another kind; `Value` for a word that means nothing.
    fn from_value(value: &'v mut Value) -> Result<Self>;
}

/// What a `#[function]` returns.
pub trait IntoValue {
    /// The result as a value.
    fn into_value(self) -> Value;
    /// Its type as a Python annotation.
    fn annotation() -> String {
        String::from("Any")
    }
}

/// An array-like argument of a function that makes arrays: it was read with the call's `dtype` and `device`.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The array
    pub array: &'a Array,
    /// Whether it was made for the call, so that nobody else holds it
    pub is_fresh: bool,
}

impl<'a> From<&'a Array> for Source<'a> {
    fn from(array: &'a Array) -> Source<'a> {
        Source { array, is_fresh: false }
    }
}

/// Integers that Python may give as any sequence. Axes that must be a tuple, as those of reductions, are `&[isize]`.
#[derive(Clone, Copy)]
pub struct Ints<'a>(pub &'a [isize]);

/// An argument of a form of its own: axes of two arrays, or subscripts among arrays.
#[derive(Clone, Copy)]
pub struct Any<'a>(pub &'a Value);

/// What stands in square brackets behind an array.
#[derive(Clone, Copy)]
pub struct Subscript<'a>(pub &'a [Index]);

/// An operand, and whether it was made for the call: NumPy converts the numbers of a list one by one, but casts arrays.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// The operand
    pub input: Input<'a>,
    /// Whether it was a list
    pub is_fresh: bool,
}

impl<'v> FromValue<'v> for Given<'v> {
    const KIND: Kind = Kind::Input;
    fn from_value(value: &'v mut Value) -> Result<Self> {
        let is_fresh = matches!(value, Value::Fresh(_));
        Input::from_value(value).map(|input| Given { input, is_fresh })
    }
}

/// Integers that say where elements are.
#[derive(Clone, Copy)]
pub struct Places<'a> {
    /// The integers
    pub array: &'a Array,
    /// Whether the host has them, on the CPU: what is wrong with them can be told at once
    pub is_known: bool,
}

impl<'v> FromValue<'v> for Any<'v> {
    const KIND: Kind = Kind::Any;
    const IS_OPTIONAL: bool = true;
    fn from_value(value: &'v mut Value) -> Result<Self> {
        Ok(Any(value))
    }
}

/// An argument of free form: a number, a word or an array, or a tuple or list of such things.
#[derive(Clone, Copy)]
pub struct Nested<'a>(pub &'a Value);

/// An array that is written to, under another name than `out`.
#[derive(Clone, Copy)]
pub struct Target<'a>(pub &'a Array);

/// Arrays that Python gets as a list.
pub struct List(pub Vec<Array>);

impl<'v> FromValue<'v> for Nested<'v> {
    const KIND: Kind = Kind::Nested;
    fn from_value(value: &'v mut Value) -> Result<Self> {
        Ok(Nested(value))
    }
}

impl<'a> Nested<'a> {
    /// What a tuple or list holds; `None` for a single thing.
    pub fn items(self) -> Option<impl ExactSizeIterator<Item = Nested<'a>>> {
        match self.0 {
            Value::Tuple(items) | Value::List(items) => Some(items.iter().map(Nested)),
            _ => None,
        }
    }

    /// The thing as an operand.
    ///
    /// # Errors
    /// `Type` for what is none.
    pub fn input(self) -> Result<Input<'a>> {
        match self.0 {
            Value::Array(a) | Value::Fresh(a) => Ok(Input::Array(a)),
            Value::Scalar(s) => Ok(Input::Scalar(*s)),
            Value::Weak(w) => Ok(Input::Weak(*w)),
            Value::Bool(b) => Ok(Input::Weak(Weak::Bool(*b))),
            Value::Int(i) => Ok(Input::Weak(Weak::Int((*i).into()))),
            Value::Float(x) => Ok(Input::Weak(Weak::Float(*x))),
            other => Err(mismatch("an array or a number", other)),
        }
    }

    /// The thing as an integer that the host knows.
    ///
    /// # Errors
    /// `Type` for anything else.
    pub fn int(self) -> Result<isize> {
        let number = match self.0 {
            Value::Int(i) => i128::from(*i),
            Value::Bool(b) | Value::Weak(Weak::Bool(b)) => i128::from(*b),
            Value::Weak(Weak::Int(i)) => *i,
            Value::Scalar(s) if s.dtype().is_integral() => {
                if s.dtype() == DType::U64 {
                    s.to::<u64>().into()
                } else {
                    s.to::<i64>().into()
                }
            }
            other => return Err(mismatch("an integer", other)),
        };
        isize::try_from(number).map_err(|_| Error::overflow("Python int too large to convert to C long"))
    }
}

/// Operands as `*args`.
impl<'v> FromValue<'v> for Vec<Input<'v>> {
    const KIND: Kind = Kind::Input;
    fn from_value(value: &'v mut Value) -> Result<Self> {
        Nested(value).items().into_iter().flatten().map(Nested::input).collect()
    }
}

impl<'v, T: FromValue<'v>> FromValue<'v> for Option<T> {
    const KIND: Kind = T::KIND;
    const IS_OPTIONAL: bool = true;
    fn from_value(value: &'v mut Value) -> Result<Self> {
        if matches!(value, Value::None) { Ok(None) } else { T::from_value(value).map(Some) }
    }
}

macro_rules! from_value {
    ($($t:ty, $kind:ident, $wanted:literal { $($pattern:pat => $result:expr),+ })*) => {$(
        impl<'v> FromValue<'v> for $t {
            const KIND: Kind = Kind::$kind;
            fn from_value(value: &'v mut Value) -> Result<Self> {
                match value {
                    $($pattern => $result,)+
                    other => Err(mismatch($wanted, other)),
                }
            }
        }
    )*};
}
from_value! {
    &'v Array, Array, "an array" { Value::Array(a) | Value::Fresh(a) => Ok(a) }
    Subscript<'v>, Index, "an index" { Value::Index(items) => Ok(Subscript(items)) }
    Places<'v>, Places, "integers" {
        Value::Array(array) => Ok(Places { array, is_known: false }),
        Value::Fresh(array) => Ok(Places { array, is_known: true })
    }
    &'v [Array], Arrays, "arrays" { Value::Arrays(a) => Ok(a) }
    Target<'v>, Out, "an array" { Value::Array(a) => Ok(Target(a)) }
    Source<'v>, Source, "an array" {
        Value::Array(array) => Ok(Source { array, is_fresh: false }),
        Value::Fresh(array) => Ok(Source { array, is_fresh: true })
    }
    Input<'v>, Input, "an array or a number" {
        Value::Array(a) | Value::Fresh(a) => Ok(Input::Array(a)),
        Value::Scalar(s) => Ok(Input::Scalar(*s)),
        Value::Weak(w) => Ok(Input::Weak(*w)),
        Value::Bool(b) => Ok(Input::Weak(Weak::Bool(*b))),
        Value::Int(i) => Ok(Input::Weak(Weak::Int((*i).into()))),
        Value::Float(x) => Ok(Input::Weak(Weak::Float(*x)))
    }
    DType, DType, "a dtype" { Value::DType(d) => Ok(*d) }
    Device, Device, "a device" { Value::Device(d) => Ok(*d) }
    MemoryOrder, Order, "a memory order" { Value::Order(o) => Ok(*o), Value::Str(s) => order_of(s) }
    Casting, Casting, "a casting rule" { Value::Casting(c) => Ok(*c), Value::Str(s) => Casting::parse(s) }
    &'v [usize], Sizes, "a shape" { Value::Sizes(s) => Ok(s) }
    Ints<'v>, Ints, "integers" { Value::Ints(s) => Ok(Ints(s)) }
    &'v [isize], Axes, "axes" { Value::Ints(a) => Ok(a) }
    isize, Axis, "an axis" { Value::Int(i) => Ok(*i as isize) }
    i64, Int, "an integer" { Value::Int(i) => Ok(*i) }
    f64, Float, "a number" { Value::Float(x) => Ok(*x), Value::Int(i) => Ok(*i as f64) }
    bool, Bool, "a truth value" { Value::Bool(b) => Ok(*b) }
    &'v str, Str, "a string" { Value::Str(s) => Ok(s) }
}

/// The memory order of NumPy's letter.
///
/// # Errors
/// `Value` in NumPy's words for another word.
pub fn order_of(word: &str) -> Result<MemoryOrder> {
    match word {
        "C" | "c" => Ok(MemoryOrder::C),
        "F" | "f" => Ok(MemoryOrder::F),
        "A" | "a" => Ok(MemoryOrder::Any),
        "K" | "k" => Ok(MemoryOrder::Keep),
        other => Err(Error::value(format!("order must be one of 'C', 'F', 'A', or 'K' (got '{other}')"))),
    }
}

impl IntoValue for Value {
    fn into_value(self) -> Value {
        self
    }
}
macro_rules! into_value {
    ($($t:ty => $variant:ident $annotation:literal),*) => {$(
        impl IntoValue for $t {
            fn into_value(self) -> Value { Value::$variant(self) }
            fn annotation() -> String { $annotation.into() }
        }
    )*};
}
into_value!(
    Array => Array "ndarray", Scalar => Scalar "Any", bool => Bool "bool", i64 => Int "int", f64 => Float "float",
    DType => DType "dtype[Any]", Device => Device "str"
);
impl IntoValue for () {
    fn into_value(self) -> Value {
        Value::None
    }
    fn annotation() -> String {
        String::from("None")
    }
}
impl IntoValue for String {
    fn into_value(self) -> Value {
        Value::Str(Cow::Owned(self))
    }
    fn annotation() -> String {
        String::from("str")
    }
}
impl<T: IntoValue> IntoValue for Option<T> {
    fn into_value(self) -> Value {
        self.map_or(Value::None, T::into_value)
    }
    fn annotation() -> String {
        format!("{} | None", T::annotation())
    }
}
impl IntoValue for List {
    fn into_value(self) -> Value {
        Value::List(self.0.into_iter().map(Value::Array).collect())
    }
    fn annotation() -> String {
        String::from("list[ndarray]")
    }
}
impl<T: IntoValue> IntoValue for Vec<T> {
    fn into_value(self) -> Value {
        Value::Tuple(self.into_iter().map(T::into_value).collect())
    }
    fn annotation() -> String {
        format!("tuple[{}, ...]", T::annotation())
    }
}
impl<A: IntoValue, B: IntoValue> IntoValue for (A, B) {
    fn into_value(self) -> Value {
        Value::Tuple(vec![self.0.into_value(), self.1.into_value()])
    }
    fn annotation() -> String {
        format!("tuple[{}, {}]", A::annotation(), B::annotation())
    }
}

/// Gets one argument out of its value, with the parameter's name in the error; for `#[function]` only.
#[doc(hidden)]
#[inline]
pub fn argument<'v, T: FromValue<'v>>(value: &'v mut Value, name: &str) -> Result<T> {
    // Other kinds of error speak NumPy's words already.
    T::from_value(value).map_err(|e| if e.kind() == ErrorKind::Type { e.during(name) } else { e })
}

/// The binder did not pass one value for each parameter; for `#[function]` only.
#[doc(hidden)]
#[cold]
pub fn miscounted(name: &str, n: usize) -> Error {
    Error::runtime(format!("{name}() was bound with {n} values"))
}
