use super::derive;
use quote::quote;

#[track_caller]
fn check(item: proc_macro2::TokenStream, expect: &str) {
    match derive(item) {
        Ok(tokens) => panic!("expanded to {tokens}"),
        Err(error) => assert_eq!(error.to_string(), expect),
    }
}

#[test]
fn wrong_uses_name_the_field() {
    check(
        quote!(
            struct S {
                weight: Tensor,
                #[tree(statik)]
                rate: f32,
            }
        ),
        "field `rate` has the unknown option `statik`; a field can be `#[tree(static)]`",
    );
    check(
        quote!(
            struct S(Tensor, #[tree(static, static)] f32);
        ),
        "field `1` is marked static twice",
    );
    let borrows = "field `weight` borrows a tree, and what is rebuilt owns its tensors: say `#[tree(owned = Type)]` with a type of \
                   the same fields without references, or make the field generic";
    check(
        quote!(
            struct S<'a> {
                weight: &'a Tensor,
            }
        ),
        borrows,
    );
    check(
        quote!(
            enum S<'a> {
                A { weight: Option<&'a Tensor> },
            }
        ),
        borrows,
    );
}

#[test]
fn wrong_types_say_why() {
    check(
        quote!(
            #[tree(static)]
            struct S;
        ),
        "`static` belongs on a field, not on the type",
    );
    check(
        quote!(
            #[tree(own = T)]
            struct S;
        ),
        "unknown option `own`; a type has `owned` and `crate`",
    );
    check(
        quote!(
            union U {
                a: Tensor,
            }
        ),
        "a union has no tree: which field holds is not known",
    );
}
