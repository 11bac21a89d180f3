//! `fft`: linear; the matrix of a full transform is symmetric, so that it is its own transpose.

use super::super::emit::emit_one;
use super::super::rule::Site;
use crate::error::Result;
use crate::{DType, FftKind, Op, Tensor};

pub(super) fn vjp_fft(site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let (Op::Fft { kind, lengths }, Some(cotangent)) = (site.op, &cotangents[0]) else {
        return Ok(vec![None]);
    };
    site.first(match kind {
        FftKind::Fft | FftKind::Ifft => emit_one(site.op.clone(), &[cotangent]),
        FftKind::Rfft => half_back(cotangent, lengths),
        FftKind::Irfft => whole_back(cotangent, lengths),
    })
}

/// The half spectrum is a full one cut, of real numbers: completed with zeros, transformed, the real part taken.
fn half_back(cotangent: &Tensor, lengths: &[usize]) -> Tensor {
    let (rank, last) = (cotangent.rank(), lengths[lengths.len() - 1]);
    let mut edges = vec![(0, 0); rank];
    edges[rank - 1].1 = last as i64 - cotangent.dims()[rank - 1] as i64;
    let full = cotangent.pad(0, &edges);
    emit_one(Op::Fft { kind: FftKind::Fft, lengths: lengths.to_vec() }, &[&full]).real()
}

/// Every frequency of the half stands for two of the whole, but the first and, of an even number, the last.
fn whole_back(cotangent: &Tensor, lengths: &[usize]) -> Tensor {
    let spectrum = emit_one(Op::Fft { kind: FftKind::Rfft, lengths: lengths.to_vec() }, &[cotangent]);
    let (last, half) = (lengths[lengths.len() - 1], spectrum.dims()[spectrum.rank() - 1]);
    let counter = Tensor::arange(DType::I32, half);
    let alone = match last.is_multiple_of(2) {
        true => counter.eq(0) | counter.eq(half.saturating_sub(1) as i64),
        false => counter.eq(0),
    };
    let count: f64 = lengths.iter().map(|&length| length as f64).product();
    let one = Tensor::full(1.0 / count, cotangent.dtype(), []);
    let weights = alone.select(&one, &one * 2);
    spectrum.conj() * weights.convert(spectrum.dtype())
}
