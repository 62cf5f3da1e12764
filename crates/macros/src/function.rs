//! `#[function]`: the Rust function, unchanged, and its definition for the registry.

use crate::signature::{self, Literal, Mode, Param};
use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Error, Expr, ExprLit, FnArg, GenericArgument, Ident, ItemFn, Lit, LitStr, Meta, MetaNameValue, Pat, PathArguments, Result,
    ReturnType, Token, Type,
};

/// The arguments of the attribute.
struct Options {
    signature: LitStr,
    module: String,
    names: Vec<String>,
    method: Method,
}

/// Whether arrays have the function as a method.
enum Method {
    No,
    /// With the function's own parameters
    Same,
    /// With others
    Signature(LitStr),
}

/// The namespace of what arrays have as a method and nothing else has.
const METHODS_ONLY: &str = "ndarray";

/// What the attribute becomes.
pub fn expand(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let function: ItemFn = syn::parse2(item)?;
    let options = options(attribute, &function.sig.ident)?;
    let params = signature::parse(&options.signature.value()).map_err(|e| Error::new(options.signature.span(), e))?;
    let types = parameters(&function, &options.signature, &params)?;
    let doc = documentation(&function.attrs);
    if doc.trim().is_empty() {
        return Err(Error::new(function.sig.ident.span(), "a function for Python needs documentation"));
    }

    let (name, signature, module) = (&function.sig.ident, &options.signature, &options.module);
    let py_name = &options.names[0];
    let rows = params.iter().zip(&types).map(|(p, ty)| row(p, ty));
    let slots: Vec<Ident> = params.iter().enumerate().map(|(k, _)| Ident::new(&format!("value_{k}"), name.span())).collect();
    let param_names = params.iter().map(|p| &p.name);
    let count = params.len();
    let method = method(&options.method, &params, &types)?;
    let returned = returned(&function.sig.output)?;
    let definitions = options.names.iter().enumerate().map(|(k, alias)| {
        // Only the first name is a method's: arrays have `max`, and no `amax`.
        let method = if k == 0 { method.clone() } else { quote!(::core::option::Option::None) };
        quote! {
            const _: () = {
                static DEFINITION: function::FunctionDef = function::FunctionDef {
                    name: #alias,
                    module: #module,
                    path: ::core::module_path!(),
                    signature: #signature,
                    doc: #doc,
                    params: PARAMS,
                    method: #method,
                    returns: <#returned as function::IntoValue>::annotation,
                    call,
                };
                #[function::register::linkme::distributed_slice(function::register::DEFINITIONS)]
                #[linkme(crate = function::register::linkme)]
                static REGISTERED: &'static (dyn function::register::Any + ::core::marker::Send + ::core::marker::Sync) = &DEFINITION;
            };
        }
    });
    Ok(quote! {
        #[allow(clippy::too_many_arguments)]
        #function

        const _: () = {
            use ::cuprous_array::function;

            static PARAMS: &[function::Param; #count] = &[#(#rows),*];

            fn call(values: &mut [function::Value]) -> ::cuprous_array::Result<function::Value> {
                let n = values.len();
                let [#(#slots),*] = values else { return ::core::result::Result::Err(function::miscounted(#py_name, n)) };
                #name(#(function::argument(#slots, #param_names)?),*).map(function::IntoValue::into_value)
            }

            #(#definitions)*
        };
    })
}

fn options(attribute: TokenStream, ident: &Ident) -> Result<Options> {
    let (mut signature, mut module, mut name, mut aliases, mut method) = (None, String::new(), None, Vec::new(), Method::No);
    for item in Punctuated::<Meta, Token![,]>::parse_terminated.parse2(attribute)? {
        if matches!(&item, Meta::Path(path) if path.is_ident("method")) {
            method = Method::Same;
            continue;
        }
        let pair = item.require_name_value()?;
        let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &pair.value else {
            return Err(Error::new_spanned(&pair.value, "expected a string"));
        };
        match pair.path.get_ident().map(Ident::to_string).as_deref() {
            Some("signature") => signature = Some(text.clone()),
            Some("module") => module = text.value(),
            Some("name") => name = Some(text.value()),
            Some("aliases") => aliases = text.value().split_whitespace().map(String::from).collect(),
            Some("method") => method = Method::Signature(text.clone()),
            _ => return Err(Error::new_spanned(&pair.path, "expected signature, module, name, aliases or method")),
        }
    }
    let signature = signature.ok_or_else(|| Error::new(ident.span(), "#[function] needs signature = \"(...)\""))?;
    let mut names = vec![name.unwrap_or_else(|| plain(ident))];
    names.extend(aliases);
    if module == METHODS_ONLY && matches!(method, Method::No) {
        method = Method::Same;
    }
    Ok(Options { signature, module, names, method })
}

/// The table of a method's parameters, each with the place of the function's parameter that it stands for.
fn method(method: &Method, function: &[Param], types: &[Type]) -> Result<TokenStream> {
    // The array is the parameter called `a`, which is not always the first: `compress(condition, a)`.
    let own = function.iter().position(|p| p.name == "a").unwrap_or(0);
    let rest: Vec<usize> = (0..function.len()).filter(|&k| k != own).collect();
    let (params, places): (Vec<Param>, Vec<usize>) = match method {
        Method::No => return Ok(quote!(::core::option::Option::None)),
        Method::Same => (rest.iter().map(|&k| function[k].clone()).collect(), rest),
        Method::Signature(text) => {
            let params = signature::parse(&text.value()).map_err(|e| Error::new(text.span(), e))?;
            let place = |(k, p): (usize, &Param)| {
                let same_name = rest.iter().copied().find(|&r| function[r].name == p.name);
                same_name.or_else(|| rest.get(k).copied()).ok_or_else(|| Error::new(text.span(), format!("the function has no {}", p.name)))
            };
            let places = params.iter().enumerate().map(place).collect::<Result<Vec<_>>>()?;
            if let Some(k) = rest.iter().find(|k| !places.contains(k) && function[**k].default.is_none()) {
                return Err(Error::new(text.span(), format!("{} has no default, so the method has to take it", function[*k].name)));
            }
            (params, places)
        }
    };
    if function.is_empty() {
        return Err(Error::new(proc_macro2::Span::call_site(), "a method needs a parameter for the array"));
    }
    let signature = signature::method_text(&params);
    let rows = params.iter().zip(&places).map(|(p, &k)| row(p, &types[k]));
    Ok(quote! {
        ::core::option::Option::Some(function::MethodDef {
            signature: #signature,
            own: #own,
            params: &[#(#rows),*],
            places: &[#(#places),*],
        })
    })
}

/// The types of the Rust parameters, once their names are seen to be the signature's.
fn parameters(function: &ItemFn, signature: &LitStr, params: &[Param]) -> Result<Vec<Type>> {
    let mut types = Vec::new();
    for (k, input) in function.sig.inputs.iter().enumerate() {
        let FnArg::Typed(typed) = input else { return Err(Error::new_spanned(input, "a method cannot be a function for Python")) };
        let Pat::Ident(pattern) = &*typed.pat else { return Err(Error::new_spanned(&typed.pat, "expected a name")) };
        let name = plain(&pattern.ident);
        match params.get(k) {
            Some(p) if p.name == name => types.push((*typed.ty).clone()),
            Some(p) => {
                return Err(Error::new(
                    pattern.ident.span(),
                    format!("the signature has {} here: names and order must be the same", p.name),
                ));
            }
            None => return Err(Error::new(pattern.ident.span(), "the signature has no such parameter")),
        }
    }
    match params.get(types.len()) {
        Some(p) => Err(Error::new(signature.span(), format!("the Rust function has no parameter {}", p.name))),
        None => Ok(types),
    }
}

/// What a function returns if it succeeds: the `T` of its `Result<T>`.
fn returned(output: &ReturnType) -> Result<Type> {
    if let ReturnType::Type(_, ty) = output
        && let Type::Path(path) = &**ty
        && let Some(last) = path.path.segments.last()
        && let PathArguments::AngleBracketed(arguments) = &last.arguments
        && let Some(GenericArgument::Type(inner)) = arguments.args.first()
    {
        return Ok(inner.clone());
    }
    Err(Error::new_spanned(output, "a function for Python returns Result<T>"))
}

/// A name as Python sees it.
fn plain(ident: &Ident) -> String {
    let name = ident.to_string();
    name.strip_prefix("r#").map_or(name.clone(), String::from)
}

/// One parameter of the table.
fn row(param: &Param, ty: &Type) -> TokenStream {
    let name = &param.name;
    let mode = match param.mode {
        Mode::PositionalOnly => quote!(PositionalOnly),
        Mode::Either => quote!(Either),
        Mode::KeywordOnly => quote!(KeywordOnly),
        Mode::Variadic => quote!(Variadic),
    };
    let default = match &param.default {
        None => quote!(::core::option::Option::None),
        Some(literal) => {
            let literal = match literal {
                Literal::None => quote!(None),
                Literal::Bool(b) => quote!(Bool(#b)),
                Literal::Int(i) => quote!(Int(#i)),
                Literal::Float(x) => quote!(Float(#x)),
                Literal::Str(s) => quote!(Str(#s)),
                Literal::Ints(ints) => quote!(Ints(&[#(#ints),*])),
            };
            quote!(::core::option::Option::Some(function::Literal::#literal))
        }
    };
    let kind = if name == "out" { quote!(function::Kind::Out) } else { quote!(<#ty as function::FromValue>::KIND) };
    quote! {
        function::Param {
            name: #name,
            kind: #kind,
            is_optional: <#ty as function::FromValue>::IS_OPTIONAL,
            mode: function::Mode::#mode,
            default: #default,
        }
    }
}

/// The text of the documentation comments.
fn documentation(attributes: &[Attribute]) -> String {
    let mut lines = Vec::new();
    for attribute in attributes.iter().filter(|a| a.path().is_ident("doc")) {
        if let Ok(MetaNameValue { value: Expr::Lit(ExprLit { lit: Lit::Str(text), .. }), .. }) = attribute.meta.require_name_value() {
            let text = text.value();
            lines.extend(text.split('\n').map(|line| line.strip_prefix(' ').unwrap_or(line).to_string()));
        }
    }
    lines.join("\n")
}
