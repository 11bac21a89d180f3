//! `derive(Tree)`: a struct or enum of tensors as a tree, field by field.
//!
//! The macro is documented and re-exported beside the trait, in `bering-frontend` and `bering`. `input` reads and judges a
//! declaration, `expand` writes the implementation; both work on tokens alone, so that tests can run them.

#![forbid(unsafe_code)]

mod expand;
mod input;

use proc_macro::TokenStream;

/// Implements `Tree` for a struct or an enum whose fields are trees.
///
/// * `#[tree(static)]` on a field: it is no tree but a part of the structure, kept as it is. It must be `Clone`, `PartialEq` and
///   `'static`; a function is compiled anew for every value of it.
/// * `#[tree(owned = Type)]` on a type with references to trees in it: what its copy without references is, with fields of the same
///   names.
/// * `#[tree(crate = path)]` on a type: where the trait is found, if not in `::bering::frontend`.
#[proc_macro_derive(Tree, attributes(tree))]
pub fn derive_tree(item: TokenStream) -> TokenStream {
    derive(item.into()).unwrap_or_else(|error| error.into_compile_error()).into()
}

fn derive(item: proc_macro2::TokenStream) -> syn::Result<proc_macro2::TokenStream> {
    Ok(expand::implementation(&input::Input::new(syn::parse2(item)?)?))
}

#[cfg(test)]
mod tests;
