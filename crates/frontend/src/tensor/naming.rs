//! Named axes: giving names, and the operations that only make sense by name.
//!
//! Every method that takes axes takes names too (`x.sum("k")`, `x.transpose("h b q d")`). Names are annotations: they cost
//! nothing at run time, alignment in elementwise operations goes by position, and a name that meets another one is an error.

use super::axes::resolve;
use super::{Axis, IntoAxes, IntoAxis, Tensor};
use crate::error::{Result, error};
use crate::{Dot, Location, Op, Precision, Shape, Spec};

/// Names of axes, one an axis, `_` for none: `"b h q d"`, or an array or slice of strings.
pub trait IntoNames {
    /// The names as given.
    fn names(&self) -> Vec<&str>;
}

impl IntoNames for &str {
    fn names(&self) -> Vec<&str> {
        self.split_whitespace().collect()
    }
}

impl<const N: usize> IntoNames for [&str; N] {
    fn names(&self) -> Vec<&str> {
        self.to_vec()
    }
}

impl IntoNames for &[&str] {
    fn names(&self) -> Vec<&str> {
        self.to_vec()
    }
}

impl IntoNames for Vec<&str> {
    fn names(&self) -> Vec<&str> {
        self.clone()
    }
}

impl Tensor {
    /// The tensor with a name for each axis, instead of those it has; `_` for none.
    ///
    /// # Shapes
    /// `[S..] -> [S..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded when there is not one name an axis, a name is given twice or is no identifier.
    /// # Gradient
    /// The cotangent.
    /// # Source
    /// None; names cost nothing.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 5, 384])], |_, args| {
    ///     let x = args[0].named("b t k");
    ///     (x.sum("k"), x.transpose("k b t"), x.softmax("t"))
    /// })?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[b=2, t=5]");
    /// assert_eq!(graph.outputs()[1].to_string(), "f32[k=384, b=2, t=5]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn named(&self, names: impl IntoNames) -> Tensor {
        let location = Location::caller();
        match check_names("named", &names.names(), &self.spec) {
            Ok(names) => {
                let axes = names.iter().copied().zip(self.dims().iter().copied());
                self.with_names(&Shape::named(axes), location)
            }
            Err(error) => self.mistake(error, location),
        }
    }

    /// The tensor with another name for one axis.
    ///
    /// # Shapes
    /// `[S..] -> [S..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded when there is no such axis, or the new name is no identifier or another axis' name.
    /// # Gradient
    /// The cotangent.
    /// # Source
    /// None; names cost nothing.
    /// # Examples
    /// Keys of self-attention are the same tokens as queries under another name:
    /// ```
    /// use bering_frontend::{DType, Spec, shape, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, shape![b = 2, q = 5, d = 8])], |_, args| {
    ///     args[0].contract(&args[0].rename("q", "k"), "d")
    /// })?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[b=2, q=5, k=5]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn rename(&self, axis: impl IntoAxis, name: &str) -> Tensor {
        let location = Location::caller();
        let renamed = || -> Result<Shape> {
            let axis = self.axis("rename", axis)?;
            let names = self.spec.shape.names().enumerate();
            let names: Vec<&str> =
                names.map(|(i, own)| if i == axis { name } else { own.unwrap_or("_") }).collect();
            let names = check_names("rename", &names, &self.spec)?;
            Ok(Shape::named(names.into_iter().zip(self.dims().iter().copied())))
        };
        match renamed() {
            Ok(shape) => self.with_names(&shape, location),
            Err(error) => self.mistake(error, location),
        }
    }

    /// The tensor without names.
    #[track_caller]
    pub fn unnamed(&self) -> Tensor {
        let shape = Shape::named(self.dims().iter().map(|&dim| ("_", dim)));
        self.with_names(&shape, Location::caller())
    }

    /// The sizes under the names a shape states, if it states any.
    pub(crate) fn with_names(&self, shape: &Shape, location: Location) -> Tensor {
        let same = self.spec.shape.names().eq(shape.names());
        match shape.stated_names() {
            Some(_) if !same => self.unary(Op::Reshape { shape: shape.clone() }, location),
            _ => self.clone(),
        }
    }

    /// The names a shape states for axes that have none.
    pub(super) fn with_more_names(&self, shape: &Shape, location: Location) -> Tensor {
        let own = &self.spec.shape;
        let names = (0..own.rank()).map(|axis| own.name(axis).or(shape.name(axis)).unwrap_or("_"));
        match shape.is_named() {
            true => self.with_names(&Shape::named(names.zip(own.dims().iter().copied())), location),
            false => self.clone(),
        }
    }

    /// Several axes as one, the first of which varies slowest; they are brought together where the first of them is.
    ///
    /// # Shapes
    /// `[A.., h, B.., d, C..] -> [A.., name, B.., C..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded when there is no axis to merge, or one does not exist or is given twice.
    /// # Gradient
    /// The cotangent taken apart.
    /// # Source
    /// StableHLO `transpose` where the axes are not neighbours in this order, `reshape`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, shape, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, shape![b = 2, h = 12, q = 5, d = 32])], |_, args| {
    ///     let heads = args[0].transpose("b q h d").merge("h d", "k");
    ///     (heads.unflatten("k", shape![h = 12, d = 32]), heads)
    /// })?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[b=2, q=5, h=12, d=32]");
    /// assert_eq!(graph.outputs()[1].to_string(), "f32[b=2, q=5, k=384]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn merge(&self, axes: impl IntoAxes, name: &str) -> Tensor {
        let location = Location::caller();
        let merged = || -> Result<Vec<usize>> {
            let merged = self.axes("merge", axes)?;
            check_identifier("merge", name)?;
            match (0..self.rank())
                .find(|axis| !merged.contains(axis) && self.spec.shape.name(*axis) == Some(name))
            {
                _ if merged.is_empty() => {
                    Err(error!(Axis, "merge: takes at least one axis of {}", self.spec))
                }
                Some(_) => Err(error!(Axis, "merge: there is an axis `{name}` already in {}", self.spec)),
                None => Ok(merged),
            }
        };
        match merged() {
            Ok(merged) => {
                // Those before the first of the merged, then the merged, then the others.
                let (before, after): (Vec<usize>, Vec<usize>) = (0..self.rank())
                    .filter(|axis| !merged.contains(axis))
                    .partition(|&axis| axis < merged[0]);
                let start = before.len();
                let together = self.transpose([&before[..], &merged, &after].concat());
                together.merged(start..start + merged.len(), Some(name))
            }
            Err(error) => self.mistake(error, location),
        }
    }

    /// The product summed over axes that both sides name. Other names that both have go side by side.
    ///
    /// # Shapes
    /// `[b, m.., k] x [b, k, n..] -> [b, m.., n..]`, in any order: axes in common, then those of `self`, then those of `rhs`.
    /// # DTypes
    /// Any, equal on both sides.
    /// # Errors
    /// Recorded when a side lacks an axis, or axes of one name differ in size.
    /// # Gradient
    /// Of both operands.
    /// # Source
    /// StableHLO `dot_general`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, shape, trace};
    /// let specs = [Spec::new(DType::F32, shape![b = 2, t = 5, k = 8]), Spec::new(DType::F32, shape![n = 3, k = 8])];
    /// let graph = trace("f", &specs, |_, args| args[0].contract(&args[1], "k"))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[b=2, t=5, n=3]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn contract(&self, rhs: &Tensor, axes: impl IntoAxes) -> Tensor {
        let location = Location::caller();
        match plan_contract(&self.spec, &rhs.spec, axes.axes(), self.dtype()) {
            Ok(dot) => self.trace.apply(Op::DotGeneral(dot), &[self, rhs], location),
            Err(_) if rhs.is_placeholder() => self.mistake_free(),
            Err(error) => self.mistake(error, location),
        }
    }

    /// A placeholder of this tensor's type, where the mistake is known already.
    fn mistake_free(&self) -> Tensor {
        Tensor::from_parts(self.trace.clone(), None, self.spec.clone())
    }
}

fn plan_contract(lhs: &Spec, rhs: &Spec, axes: Option<Vec<Axis<'_>>>, dtype: crate::DType) -> Result<Dot> {
    let common: Vec<&str> = lhs
        .shape
        .names()
        .flatten()
        .filter(|name| rhs.shape.names().any(|other| other == Some(name)))
        .collect();
    let contracted: Vec<&str> = match axes {
        None => common.clone(),
        Some(axes) => axes
            .into_iter()
            .map(|axis| match axis {
                Axis::Name(name) => Ok(name),
                Axis::Number(number) => Err(error!(Axis, "contract: takes names of axes, got {number}")
                    .hint("`dot_general` takes numbers")),
            })
            .collect::<Result<_>>()?,
    };
    for name in &contracted {
        for (side, spec) in [("lhs", lhs), ("rhs", rhs)] {
            if !spec.shape.names().any(|own| own == Some(name)) {
                return Err(error!(
                    Axis,
                    "contract: there is no axis `{name}` in {side}, got lhs {lhs} and rhs {rhs}"
                ));
            }
        }
    }
    let batch: Vec<&str> = common.into_iter().filter(|name| !contracted.contains(name)).collect();
    let positions = |names: &[&str], spec: &Spec| -> Result<Vec<usize>> {
        names.iter().map(|name| resolve("contract", Axis::Name(name), spec)).collect()
    };
    Ok(Dot {
        lhs_batch: positions(&batch, lhs)?,
        rhs_batch: positions(&batch, rhs)?,
        lhs_contract: positions(&contracted, lhs)?,
        rhs_contract: positions(&contracted, rhs)?,
        dtype,
        precision: Precision::Default,
    })
}

/// Names for all axes of a tensor, or why they cannot be.
fn check_names<'a>(op: &str, names: &[&'a str], spec: &Spec) -> Result<Vec<&'a str>> {
    if names.len() != spec.rank() {
        return Err(error!(Axis, "{op}: {spec} takes {} names, got {}", spec.rank(), names.join(" ")));
    }
    for (axis, name) in names.iter().enumerate() {
        check_identifier(op, name)?;
        if *name != "_" && names[..axis].contains(name) {
            return Err(error!(Axis, "{op}: two axes of {spec} would be `{name}`"));
        }
    }
    Ok(names.to_vec())
}

/// Names are identifiers, so that a string may hold several and einsum can tell them apart.
fn check_identifier(op: &str, name: &str) -> Result<()> {
    let mut characters = name.chars();
    let starts = characters.next().is_some_and(|first| first.is_alphabetic() || first == '_');
    match starts && characters.all(|c| c.is_alphanumeric() || c == '_') {
        true => Ok(()),
        false => Err(error!(Axis, "{op}: `{name}` is no name of an axis")
            .hint("a name is a letter and then letters, digits and underscores")),
    }
}
