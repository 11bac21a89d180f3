//! Indices with sizes: what each axis of each operand is, and what the result has.

use super::parse::{Specification, Term};
use crate::error::{Result, error};
use crate::{Error, Spec};

/// An index, as a position in [`Plan::sizes`].
pub(super) type Index = usize;

/// A specification that fits its operands.
pub(super) struct Plan {
    /// The index of each axis of each operand.
    pub(super) operands: Vec<Vec<Index>>,
    pub(super) output: Vec<Index>,
    /// The size of each index, 1 only where it is 1 everywhere.
    pub(super) sizes: Vec<usize>,
}

/// So many indices fit a bit set; no tensor has as many axes.
const MOST: usize = 128;

/// What is known of an index while terms are read.
struct Entry<'a> {
    /// `None` for an axis under `...`.
    name: Option<&'a str>,
    /// Operand and axis that say the size.
    sized: Option<(usize, usize)>,
    /// Operand and axis that say the name.
    named: Option<(usize, usize)>,
}

pub(super) fn plan(specification: &Specification<'_>, specs: &[&Spec]) -> Result<Plan> {
    check_operands(specification, specs)?;
    let ranks: Vec<usize> = specification
        .terms
        .iter()
        .zip(specs)
        .map(|(term, spec)| ellipsis_rank(term, spec))
        .collect::<Result<_>>()?;
    // Axes under `...` are aligned at the last, so their indices come first and count from the end.
    let under_ellipsis = ranks.iter().copied().max().unwrap_or(0);
    let mut entries: Vec<Entry<'_>> =
        (0..under_ellipsis).map(|_| Entry { name: None, sized: None, named: None }).collect();
    let mut operands = Vec::with_capacity(specs.len());
    for (operand, (term, rank)) in specification.terms.iter().zip(&ranks).enumerate() {
        let indices = term_indices(term, under_ellipsis - rank..under_ellipsis, &mut entries);
        for (axis, &index) in indices.iter().enumerate() {
            let before = indices[..axis].iter().position(|&other| other == index);
            entries[index].meet((operand, axis), before, specs)?;
        }
        operands.push(indices);
    }
    let output = output_indices(specification, under_ellipsis, &mut entries, &operands)?;
    if entries.len() > MOST {
        return Err(error!(Argument, "einsum: takes at most {MOST} indices, got {}", entries.len()));
    }
    let size = |entry: &Entry<'_>| entry.sized.map_or(1, |(operand, axis)| specs[operand].dims()[axis]);
    Ok(Plan { operands, output, sizes: entries.iter().map(size).collect() })
}

fn check_operands(specification: &Specification<'_>, specs: &[&Spec]) -> Result<()> {
    if specification.terms.len() != specs.len() {
        let terms: Vec<String> = specification.terms.iter().map(|term| format!("`{term}`")).collect();
        return Err(error!(
            Argument,
            "einsum: there are {} terms, {}, and {} operands",
            terms.len(),
            terms.join(", "),
            specs.len()
        ));
    }
    match specs.iter().position(|spec| spec.dtype != specs[0].dtype) {
        None => Ok(()),
        Some(other) => Err(error!(
            DType,
            "einsum: operands must have one dtype, got operand 0 {} and operand {other} {}",
            specs[0],
            specs[other]
        )
        .hint("convert one of them; dtypes are never promoted implicitly")),
    }
}

/// How many axes of an operand stand under `...`.
fn ellipsis_rank(term: &Term<'_>, spec: &Spec) -> Result<usize> {
    let (indices, rank) = (term.indices.len(), spec.rank());
    match term.ellipsis {
        Some(_) if indices <= rank => Ok(rank - indices),
        None if indices == rank => Ok(0),
        _ => {
            let error = error!(Shape, "einsum: term `{term}` has {indices} indices, its operand is {spec}");
            Err(match term.indices.iter().all(|index| index.len() == 1) && indices > rank && rank > 0 {
                true => error.hint("indices that are names stand apart: `batch width` and not `batchwidth`"),
                false => error,
            })
        }
    }
}

/// The indices of a term; those under its `...` are given.
fn term_indices<'a>(
    term: &Term<'a>,
    ellipsis: std::ops::Range<Index>,
    entries: &mut Vec<Entry<'a>>,
) -> Vec<Index> {
    let mut indices = Vec::with_capacity(term.indices.len() + ellipsis.len());
    for (position, name) in term.indices.iter().enumerate() {
        if term.ellipsis == Some(position) {
            indices.extend(ellipsis.clone());
        }
        let known = entries.iter().position(|entry| entry.name == Some(name));
        indices.push(known.unwrap_or(entries.len()));
        if known.is_none() {
            entries.push(Entry { name: Some(name), sized: None, named: None });
        }
    }
    if term.ellipsis == Some(term.indices.len()) {
        indices.extend(ellipsis);
    }
    indices
}

fn output_indices<'a>(
    specification: &Specification<'a>,
    under_ellipsis: usize,
    entries: &mut Vec<Entry<'a>>,
    operands: &[Vec<Index>],
) -> Result<Vec<Index>> {
    match &specification.output {
        Some(term) if term.ellipsis.is_none() && under_ellipsis > 0 => Err(error!(
            Argument,
            "einsum: `...` stands for {under_ellipsis} axes, and the result `{term}` has no `...` for them"
        )),
        // The parser has seen that these are in some term.
        Some(term) => Ok(term_indices(term, 0..under_ellipsis, entries)),
        None => {
            let times = |index: &Index| operands.iter().flatten().filter(|&other| other == index).count();
            let mut once: Vec<Index> =
                (under_ellipsis..entries.len()).filter(|index| times(index) == 1).collect();
            once.sort_by_key(|&index| entries[index].name);
            Ok((0..under_ellipsis).chain(once).collect())
        }
    }
}

impl Entry<'_> {
    /// An axis of an operand has this index; `before` is an axis of that operand that has it too.
    fn meet(&mut self, axis: (usize, usize), before: Option<usize>, specs: &[&Spec]) -> Result<()> {
        let size = |(operand, axis): (usize, usize)| specs[operand].dims()[axis];
        // A diagonal is of a square; only between operands does size 1 stretch.
        if let Some(before) = before.map(|before| (axis.0, before))
            && size(before) != size(axis)
        {
            return Err(self.mismatch("size", before, axis, specs));
        }
        match self.sized {
            Some(known) if size(known) == size(axis) || size(axis) == 1 => {}
            Some(known) if size(known) != 1 => return Err(self.mismatch("size", known, axis, specs)),
            _ => self.sized = Some(axis),
        }
        let name = |(operand, axis): (usize, usize)| specs[operand].shape.name(axis);
        match (self.named, name(axis)) {
            (None, Some(_)) => self.named = Some(axis),
            (Some(known), Some(own)) if name(known) != Some(own) => {
                return Err(self.mismatch("name", known, axis, specs));
            }
            _ => {}
        }
        Ok(())
    }

    fn mismatch(&self, what: &str, known: (usize, usize), axis: (usize, usize), specs: &[&Spec]) -> Error {
        let index = self.name.map_or("an axis under `...`".to_string(), |name| format!("index `{name}`"));
        let one = |(operand, axis): (usize, usize)| {
            format!("{} in operand {operand} {}", specs[operand].shape.describe(axis), specs[operand])
        };
        error!(Shape, "einsum: {index} must have one {what}, got {} and {}", one(known), one(axis))
    }
}
