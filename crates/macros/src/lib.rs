//! The macros of cuprous: `#[function]` offers a Rust function to Python.

mod function;
mod signature;

use proc_macro::TokenStream;

/// Offers a Rust function to Python under NumPy's signature.
///
/// ```text
/// /// The sum of array elements over given axes.
/// #[function(signature = "(a, axis=None, dtype=None, out=None, keepdims=False)")]
/// pub fn sum(a: &Array, axis: Option<&[isize]>, dtype: Option<DType>, out: Option<&Array>, keepdims: bool) -> Result<Array>
/// ```
///
/// - `signature`: Python's, with `/`, `*` and `*args`. Its names must be those of the Rust parameters, in order.
///   A default is `None`, a truth value, a number or a word in quotes.
/// - `module = "linalg"`: the namespace below `cuprous`. Without it the function stands in `cuprous` itself.
/// - `name = "..."`: the Python name, where it is not the Rust one.
/// - `aliases = "amax"`: more names for it, with spaces between them.
/// - `method`: arrays have it as a method too, of the first name. The array is the parameter `a`, else the first.
///   `method = "(min=None, max=None, out=None)"` does so with another signature: its parameters are those of the
///   function of the same names, else those that stand at the same place after the array; the others keep their
///   defaults.
/// - `module = "ndarray"`: arrays have it as a method, and it is no function.
///
/// What a parameter takes follows from its Rust type; `cuprous_array::function` lists the types. The Rust
/// function stays as it is. A parameter called `out` is one that is written to.
#[proc_macro_attribute]
pub fn function(attribute: TokenStream, item: TokenStream) -> TokenStream {
    function::expand(attribute.into(), item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
