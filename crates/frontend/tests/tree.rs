//! `derive(Tree)` on every form of type: leaves in the order of declaration, names, owned types, structures.
#![allow(missing_docs)]

use bering_frontend::{DType, Spec, Static, Structure, Tensor, Tree, trace, tree};
use std::collections::BTreeMap;
use std::marker::PhantomData;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Activation {
    Relu,
    Gelu,
}

#[derive(Tree)]
struct Linear<T = Tensor> {
    weight: T,
    bias: Option<T>,
    #[tree(static)]
    activation: Activation,
}

#[derive(Tree)]
struct Pair<A, B>(A, B);

#[derive(Tree)]
struct Unit;

#[derive(Tree)]
struct Model<P: Clone, const N: usize, S>
where
    P: Tree,
{
    layers: [Linear; N],
    adapters: Vec<P>,
    #[tree(static)]
    marker: PhantomData<S>,
}

#[derive(Tree)]
#[tree(owned = Pair<Tensor, Vec<Tensor>>)]
struct Borrowed<'a>(&'a Tensor, &'a [Tensor]);

#[derive(Tree)]
enum Cache<T: Tree> {
    Empty,
    Full { keys: T, values: T },
    Paged(Vec<T>, #[tree(static)] usize),
}

#[derive(Tree)]
enum Never {}

/// Everything in everything.
#[derive(Tree)]
struct Nest {
    heads: Option<Vec<[Option<Tensor>; 2]>>,
    layers: BTreeMap<String, Vec<Linear>>,
    pair: (Box<Pair<Tensor, ()>>, Option<Option<Tensor>>),
    #[tree(static)]
    name: &'static str,
}

/// A tree of trees.
#[derive(Tree)]
struct Branch {
    leaf: Tensor,
    branches: Vec<Branch>,
    next: Option<Box<Branch>>,
}

/// Runs `test` with two tensors in a trace.
fn traced(test: impl FnOnce(&Tensor, &Tensor)) {
    let specs = [Spec::new(DType::F32, [2]), Spec::new(DType::F32, [3])];
    trace("f", &specs, |_, x| test(&x[0], &x[1])).unwrap();
}

fn sizes(tree: &impl Tree) -> Vec<usize> {
    tree::leaves(tree).iter().map(|leaf| leaf.dims()[0]).collect()
}

#[test]
fn structs_have_their_fields_leaves_in_order() {
    traced(|a, b| {
        let linear = Linear { weight: a, bias: Some(b), activation: Activation::Gelu };
        let owned: Linear = tree::map(&linear, |leaf| leaf + 1.0);
        assert_eq!(tree::names(&owned), ["weight", "bias"]);
        assert_eq!(sizes(&owned), [2, 3]);
        assert_eq!(owned.activation, Activation::Gelu);
        let pair: Pair<Tensor, Linear> = tree::map(&Pair(b, &owned), |leaf| leaf);
        assert_eq!(tree::names(&pair), ["0", "1.weight", "1.bias"]);
        assert_eq!(sizes(&pair), [3, 2, 3]);
        let Unit = tree::map(&Unit, |leaf| leaf);
        assert!(tree::leaves(&Unit).is_empty());
    });
}

#[test]
fn generics_constants_and_phantoms() {
    traced(|a, b| {
        let layer = || Linear { weight: a.clone(), bias: None, activation: Activation::Relu };
        let model: Model<Tensor, 2, String> =
            Model { layers: [layer(), layer()], adapters: vec![b.clone()], marker: PhantomData };
        let doubled = tree::zip(&model, &model, |x, y| x + y);
        assert_eq!(tree::names(&doubled), ["layers[0].weight", "layers[1].weight", "adapters[0]"]);
        assert_eq!(sizes(&doubled), [2, 2, 3]);
    });
}

#[test]
fn borrowing_types_are_rebuilt_as_their_owned_ones() {
    traced(|a, b| {
        let rest = [b.clone(), a.clone()];
        let owned: Pair<Tensor, Vec<Tensor>> = tree::map(&Borrowed(a, &rest), |leaf| leaf.exp());
        assert_eq!(sizes(&owned), [2, 3, 2]);
        assert_eq!(tree::names(&owned), ["0", "1[0]", "1[1]"]);
    });
}

#[test]
fn enums_keep_their_variant() {
    traced(|a, b| {
        let full = Cache::Full { keys: a, values: b };
        let Cache::Full { keys, values }: Cache<Tensor> = tree::map(&full, |leaf| leaf) else {
            panic!("another variant")
        };
        assert_eq!(sizes(&(keys, values)), [2, 3]);
        let paged = Cache::Paged(vec![a, b], 16);
        assert_eq!(tree::names(&paged), ["0[0]", "0[1]"]);
        assert!(matches!(tree::map(&paged, |leaf| leaf), Cache::Paged(pages, 16) if pages.len() == 2));
        assert!(tree::leaves(&None::<Never>).is_empty());
    });
}

#[test]
fn containers_nest() {
    traced(|a, b| {
        let linear = Linear { weight: a.clone(), bias: Some(b.clone()), activation: Activation::Relu };
        let nest = Nest {
            heads: Some(vec![[None, Some(a.clone())], [Some(b.clone()), None]]),
            layers: BTreeMap::from([("z".to_string(), vec![]), ("a".to_string(), vec![linear])]),
            pair: (Box::new(Pair(a.clone(), ())), Some(None)),
            name: "nest",
        };
        let names =
            ["heads[0][1]", "heads[1][0]", "layers[\"a\"][0].weight", "layers[\"a\"][0].bias", "pair.0.0"];
        let owned: Nest = tree::map(&nest, |leaf| leaf * 2.0);
        assert_eq!(tree::names(&owned), names);
        assert_eq!(sizes(&owned), [2, 3, 2, 3, 2]);
        assert_eq!((owned.name, owned.layers.len()), ("nest", 2));
        assert!(matches!(owned.heads.as_deref(), Some([[None, Some(_)], [Some(_), None]])));
        let structure = Structure::of(&nest);
        assert!(structure.is_of(&owned) && structure == Structure::of(&owned));
        for change in [
            (|nest| nest.name = "other") as fn(&mut Nest),
            |nest| nest.pair.1 = None,
            |nest| nest.heads = None,
            |nest| drop(nest.layers.remove("z")),
            |nest| nest.layers.get_mut("a").unwrap()[0].activation = Activation::Gelu,
            |nest| nest.heads.as_mut().unwrap().swap(0, 1),
        ] {
            let mut other: Nest = tree::map(&nest, |leaf| leaf);
            change(&mut other);
            assert!(!structure.is_of(&other) && structure != Structure::of(&other));
        }
    });
}

#[test]
fn types_may_hold_themselves() {
    traced(|a, b| {
        let leaf = |leaf: &Tensor| Branch { leaf: leaf.clone(), branches: vec![], next: None };
        let tree = Branch { branches: vec![leaf(b), leaf(a)], next: Some(Box::new(leaf(b))), ..leaf(a) };
        let owned: Branch = tree::map(&tree, |leaf| leaf);
        assert_eq!(tree::names(&owned), ["leaf", "branches[0].leaf", "branches[1].leaf", "next.leaf"]);
        assert_eq!(sizes(&owned), [2, 3, 2, 3]);
    });
}

#[test]
fn structures_differ_where_a_program_may() {
    traced(|a, b| {
        let linear = |bias, activation| Structure::of(&Linear { weight: a, bias, activation });
        let relu = linear(Some(b), Activation::Relu);
        assert_eq!(relu, linear(Some(a), Activation::Relu));
        assert_ne!(relu, linear(None, Activation::Relu));
        assert_ne!(relu, linear(Some(b), Activation::Gelu));
        let empty = Structure::of(&(Cache::<&Tensor>::Empty, a));
        assert_ne!(empty, Structure::of(&(Cache::<&Tensor>::Paged(vec![], 16), a)));
        let paged = |size| Structure::of(&Cache::Paged(vec![a], size));
        assert_eq!(paged(16), paged(16));
        assert_ne!(paged(16), paged(32));
        // As lists of one and of two: names alone would not tell a tuple from a struct.
        assert_ne!(Structure::of(&[a, a]), Structure::of(&[[a, a]]));
        assert_ne!(Structure::of(&Static(1_i32)), Structure::of(&Static(1_i64)));
    });
}
