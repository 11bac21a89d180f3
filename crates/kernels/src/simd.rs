//! Vectors of f32 for the machine at hand, and the choice between them.
//!
//! A kernel is written once, generic over [`Vector`], and instantiated for AVX-512, AVX2 and plain arrays (which
//! the compiler vectorises for the target's baseline, NEON on AArch64). Its body must be `#[inline(always)]`, so that it is
//! compiled inside [`dispatch`]'s `#[target_feature]` functions; otherwise every vector operation would be a call.
//! This module knows numbers, not tensors.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod math;
mod portable;

pub(crate) use math::{exp, gelu, gelu_tanh};
#[cfg(test)]
pub(crate) use portable::Portable;

/// A few f32 lanes and what the kernels do with them.
///
/// # Safety
/// All methods require that the CPU has the instruction set the implementation is for; [`dispatch`] sees to that.
/// `load` and `store` require `LANES` readable (writable) f32 at the pointer; no alignment is needed.
pub(crate) trait Vector: Copy {
    /// How many f32 it holds.
    const LANES: usize;
    /// How many rows a register tile of three vectors a row may have before accumulators spill.
    const TILE_ROWS: usize;

    unsafe fn splat(value: f32) -> Self;
    unsafe fn load(from: *const f32) -> Self;
    unsafe fn store(self, to: *mut f32);
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn sub(self, other: Self) -> Self;
    unsafe fn mul(self, other: Self) -> Self;
    unsafe fn div(self, other: Self) -> Self;
    unsafe fn max(self, other: Self) -> Self;
    unsafe fn min(self, other: Self) -> Self;
    /// `self * factor + addend`.
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self;
    unsafe fn abs(self) -> Self;
    /// Magnitude of `self`, sign of `sign`.
    unsafe fn copysign(self, sign: Self) -> Self;
    unsafe fn round(self) -> Self;
    /// 2 to the power of `self`, which holds integers in -126..=127.
    unsafe fn exp2_of_integer(self) -> Self;
    unsafe fn sum(self) -> f32;
    unsafe fn max_lane(self) -> f32;
}

/// Something to run with the widest vectors the machine has.
pub(crate) trait Routine {
    /// Runs with vectors `V`; must be `#[inline(always)]`.
    ///
    /// # Safety
    /// The CPU has `V`'s instruction set.
    unsafe fn run<V: Vector>(self);
}

/// Runs `routine` with the widest vectors this CPU has.
pub(crate) fn dispatch<R: Routine>(routine: R) {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: the CPU has AVX-512F, just asked.
            return unsafe { avx512::run(routine) };
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: the CPU has AVX2 and FMA, just asked.
            return unsafe { avx2::run(routine) };
        }
    }
    // SAFETY: arrays need no instruction set.
    unsafe { routine.run::<portable::Portable>() }
}
