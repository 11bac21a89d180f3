//! The implementation of `Tree`: in every method one match over the variants, in it one call a field, in the order of declaration.

use crate::input::{Field, Input, Role, Variant, shown, span};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{GenericParam, Ident, PathArguments, WherePredicate, parse_quote};

pub(crate) fn implementation(input: &Input) -> TokenStream {
    let Input { name, root, .. } = input;
    let generics = bounded(input);
    let (parameters, _, clause) = generics.split_for_impl();
    let (_, arguments, _) = input.generics.split_for_impl();
    let owned = owned(input);
    let flatten = matched(input, |field| {
        let Field { binding, ty, .. } = field;
        tree_call(field, quote!(<#ty as #root::Tree>::flatten(#binding, leaves);))
    });
    let rebuild = rebuild(input);
    let name_leaves = matched(input, |field| {
        let Field { binding, ty, .. } = field;
        let path = format!("{{path}}.{}", shown(&field.member));
        tree_call(field, quote!(<#ty as #root::Tree>::name_leaves(#binding, &::std::format!(#path), names);))
    });
    let structure = structure(input);
    quote! {
        #[automatically_derived]
        #[allow(unused_variables, clippy::all)]
        impl #parameters #root::Tree for #name #arguments #clause {
            type Owned = #owned;

            fn flatten(&self, leaves: &mut ::std::vec::Vec<#root::Tensor>) {
                #flatten
            }

            fn rebuild(&self, leaves: &mut #root::Leaves) -> Self::Owned {
                #rebuild
            }

            fn name_leaves(&self, path: &str, names: &mut ::std::vec::Vec<::std::string::String>) {
                #name_leaves
            }

            fn structure(&self, structure: &mut #root::Structure) {
                #structure
            }
        }
    }
}

/// The declaration's generics with what the implementation asks of them.
fn bounded(input: &Input) -> syn::Generics {
    let root = &input.root;
    let mut generics = input.generics.clone();
    let clause = generics.make_where_clause();
    for parameter in &input.parameters {
        let name = &parameter.name;
        let predicate: WherePredicate = match parameter.role {
            Role::Tree => parse_quote!(#name: #root::Tree),
            Role::OwnedTree => parse_quote!(#name: #root::Tree<Owned = #name>),
            Role::Static => parse_quote!(#name: ::std::clone::Clone + ::std::cmp::PartialEq + 'static),
        };
        clause.predicates.push(predicate);
    }
    generics
}

/// The type that owns its tensors.
fn owned(input: &Input) -> TokenStream {
    let Input { name, root, .. } = input;
    if let Some(owned) = &input.owned {
        return quote!(#owned);
    }
    let argument = |parameter: &GenericParam| match parameter {
        GenericParam::Lifetime(lifetime) => {
            let lifetime = &lifetime.lifetime;
            quote!(#lifetime)
        }
        GenericParam::Const(constant) => {
            let name = &constant.ident;
            quote!(#name)
        }
        GenericParam::Type(ty) => {
            let name = &ty.ident;
            match input.parameters.iter().any(|known| known.name == *name && known.role == Role::Tree) {
                true => quote!(<#name as #root::Tree>::Owned),
                false => quote!(#name),
            }
        }
    };
    let arguments: Vec<TokenStream> = input.generics.params.iter().map(argument).collect();
    match arguments.is_empty() {
        true => quote!(#name),
        false => quote!(#name<#(#arguments),*>),
    }
}

/// A match over the variants with one expression a field.
fn matched(input: &Input, each: impl Fn(&Field) -> TokenStream) -> TokenStream {
    arms(input, |variant| {
        let calls = variant.fields.iter().map(&each);
        quote!({ #(#calls)* })
    })
}

fn arms(input: &Input, body: impl Fn(&Variant) -> TokenStream) -> TokenStream {
    // An enum without variants has no values: nothing is to be done for them.
    if input.variants.is_empty() {
        return quote!(match *self {});
    }
    let arms = input.variants.iter().map(|variant| {
        let path = path(&input.name, variant);
        let fields = variant.fields.iter().map(|Field { member, binding, .. }| quote!(#member: #binding));
        let body = body(variant);
        quote!(#path { #(#fields),* } => #body)
    });
    quote!(match self { #(#arms)* })
}

fn path(name: &Ident, variant: &Variant) -> TokenStream {
    match &variant.name {
        Some(variant) => quote!(#name::#variant),
        None => quote!(#name),
    }
}

/// A call for a field that is a tree, nothing for a static one. It is placed at the field, where the compiler complains if the type
/// is no tree.
fn tree_call(field: &Field, call: TokenStream) -> TokenStream {
    if field.is_static {
        return TokenStream::new();
    }
    let place = span(field);
    quote_spanned!(place=> #call)
}

fn rebuild(input: &Input) -> TokenStream {
    let root = &input.root;
    // Arguments of the type are inferred, and a path in an expression would want them written as `::<..>`.
    let target = input.owned.clone().map(|mut path| {
        path.segments.iter_mut().for_each(|segment| segment.arguments = PathArguments::None);
        path
    });
    arms(input, |variant| {
        let path = match (&target, &variant.name) {
            (None, _) => path(&input.name, variant),
            (Some(target), Some(variant)) => quote!(#target::#variant),
            (Some(target), None) => quote!(#target),
        };
        let fields = variant.fields.iter().map(|field| {
            let Field { member, binding, ty, is_static } = field;
            let place = span(field);
            match is_static {
                true => quote_spanned!(place=> #member: ::std::clone::Clone::clone(#binding)),
                false => quote_spanned!(place=> #member: <#ty as #root::Tree>::rebuild(#binding, leaves)),
            }
        });
        quote!(#path { #(#fields),* },)
    })
}

fn structure(input: &Input) -> TokenStream {
    let root = &input.root;
    arms(input, |variant| {
        let name = variant.name.as_ref().unwrap_or(&input.name).to_string();
        let fields = variant.fields.iter().map(|field| {
            let Field { binding, ty, is_static, .. } = field;
            let place = span(field);
            match is_static {
                true => quote_spanned!(place=> structure.value(#binding);),
                false => quote_spanned!(place=> <#ty as #root::Tree>::structure(#binding, structure);),
            }
        });
        let count = variant.fields.len();
        quote!({ structure.node(#name, #count); #(#fields)* })
    })
}
