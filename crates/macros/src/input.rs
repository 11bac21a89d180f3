//! A declaration as the derive sees it: variants, which of their fields are trees, and what becomes of each type parameter.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident};
use syn::spanned::Spanned;
use syn::{
    Attribute, Data, DeriveInput, Error, Field as Declared, Fields, Generics, Ident, Index, Member, Path,
    Result, Type, TypeParam, TypeParamBound, parse_quote,
};

/// A struct or an enum to be made a tree.
pub(crate) struct Input {
    pub(crate) name: Ident,
    pub(crate) generics: Generics,
    /// One without a name for a struct.
    pub(crate) variants: Vec<Variant>,
    pub(crate) parameters: Vec<Parameter>,
    /// The type without references, if it is another one.
    pub(crate) owned: Option<Path>,
    /// Where the trait is.
    pub(crate) root: Path,
}

pub(crate) struct Variant {
    pub(crate) name: Option<Ident>,
    pub(crate) fields: Vec<Field>,
}

pub(crate) struct Field {
    pub(crate) member: Member,
    /// What a pattern binds it to.
    pub(crate) binding: Ident,
    pub(crate) ty: Type,
    pub(crate) is_static: bool,
}

/// A type parameter, and what an implementation asks of it.
pub(crate) struct Parameter {
    pub(crate) name: Ident,
    pub(crate) role: Role,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A tree, which the owned type has in its owned form.
    Tree,
    /// A tree that the declaration asks more of, which the owned form might not fulfil: it must be its own owned form.
    OwnedTree,
    /// In static fields alone.
    Static,
}

impl Input {
    pub(crate) fn new(item: DeriveInput) -> Result<Input> {
        let Options { owned, root } = Options::of_type(&item.attrs)?;
        let variants = match item.data {
            Data::Struct(data) => vec![Variant::new(None, data.fields)?],
            Data::Enum(data) => {
                let variant = |variant: syn::Variant| Variant::new(Some(variant.ident), variant.fields);
                data.variants.into_iter().map(variant).collect::<Result<_>>()?
            }
            Data::Union(data) => {
                return Err(Error::new(
                    data.union_token.span(),
                    "a union has no tree: which field holds is not known",
                ));
            }
        };
        if owned.is_none() {
            variants.iter().flat_map(|variant| &variant.fields).try_for_each(check_owned)?;
        }
        let parameters = item.generics.type_params().map(|parameter| Parameter {
            role: role(parameter, &item.generics, &variants),
            name: parameter.ident.clone(),
        });
        let parameters = parameters.collect();
        let root = root.unwrap_or_else(default_root);
        Ok(Input { name: item.ident, generics: item.generics, variants, parameters, owned, root })
    }
}

impl Variant {
    fn new(name: Option<Ident>, fields: Fields) -> Result<Variant> {
        let fields = fields.into_iter().enumerate().map(|(index, field)| Field::new(index, field));
        Ok(Variant { name, fields: fields.collect::<Result<_>>()? })
    }
}

impl Field {
    fn new(index: usize, Declared { ident, ty, attrs, .. }: Declared) -> Result<Field> {
        let binding = format_ident!("field_{index}");
        let member = ident.map_or_else(|| Member::Unnamed(Index::from(index)), Member::Named);
        let is_static = is_static(&attrs, &member)?;
        Ok(Field { member, binding, ty, is_static })
    }
}

/// The name of a field in messages.
pub(crate) fn shown(member: &Member) -> String {
    match member {
        Member::Named(name) => name.to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    }
}

fn is_static(attributes: &[Attribute], member: &Member) -> Result<bool> {
    let mut is_static = false;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("tree")) {
        attribute.parse_nested_meta(|meta| match meta.path.is_ident("static") {
            true if is_static => Err(meta.error(format!("field `{}` is marked static twice", shown(member)))),
            true => {
                is_static = true;
                Ok(())
            }
            false => Err(meta.error(format!(
                "field `{}` has the unknown option `{}`; a field can be `#[tree(static)]`",
                shown(member),
                meta.path.to_token_stream()
            ))),
        })?;
    }
    Ok(is_static)
}

/// What is said of the type as a whole.
#[derive(Default)]
struct Options {
    owned: Option<Path>,
    root: Option<Path>,
}

impl Options {
    fn of_type(attributes: &[Attribute]) -> Result<Options> {
        let mut options = Options::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("tree")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("owned") {
                    options.owned = Some(meta.value()?.parse()?);
                } else if meta.path.is_ident("crate") {
                    options.root = Some(meta.value()?.parse()?);
                } else if meta.path.is_ident("static") {
                    return Err(meta.error("`static` belongs on a field, not on the type"));
                } else {
                    let option = meta.path.to_token_stream();
                    return Err(
                        meta.error(format!("unknown option `{option}`; a type has `owned` and `crate`"))
                    );
                }
                Ok(())
            })?;
        }
        Ok(options)
    }
}

/// The frontend's own examples and tests see no facade.
fn default_root() -> Path {
    match std::env::var("CARGO_PKG_NAME").as_deref() {
        Ok("bering-frontend") => parse_quote!(::bering_frontend),
        _ => parse_quote!(::bering::frontend),
    }
}

/// Refuses a field that borrows a tree: what is rebuilt owns its tensors and does not fit there.
fn check_owned(field: &Field) -> Result<()> {
    if field.is_static || !mentions_lifetime(field.ty.to_token_stream()) {
        return Ok(());
    }
    let message = format!(
        "field `{}` borrows a tree, and what is rebuilt owns its tensors: say `#[tree(owned = Type)]` with a type of the same \
         fields without references, or make the field generic",
        shown(&field.member)
    );
    Err(Error::new(field.ty.span(), message))
}

fn role(parameter: &TypeParam, generics: &Generics, variants: &[Variant]) -> Role {
    let mut trees = variants.iter().flat_map(|variant| &variant.fields).filter(|field| !field.is_static);
    if !trees.any(|field| mentions(field.ty.to_token_stream(), &parameter.ident)) {
        return Role::Static;
    }
    let constrained = generics.where_clause.as_ref().is_some_and(|clause| {
        clause.predicates.iter().any(|predicate| mentions(predicate.to_token_stream(), &parameter.ident))
    });
    match constrained || !parameter.bounds.iter().all(is_tree) {
        true => Role::OwnedTree,
        false => Role::Tree,
    }
}

/// Whether a bound is `Tree` and nothing more.
fn is_tree(bound: &TypeParamBound) -> bool {
    let TypeParamBound::Trait(bound) = bound else { return false };
    bound.path.segments.last().is_some_and(|last| last.ident == "Tree" && last.arguments.is_empty())
}

fn mentions(tokens: TokenStream, name: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

fn mentions_lifetime(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Punct(punct) => punct.as_char() == '\'',
        TokenTree::Group(group) => mentions_lifetime(group.stream()),
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    })
}

/// Where messages about a field's type point to.
pub(crate) fn span(field: &Field) -> Span {
    field.ty.span()
}
