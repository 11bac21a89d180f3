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

pub(crate) use math::{exp, gelu, gelu_tanh, silu};

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

    /// Asks for the cache line at `place`, which need not be readable memory, to be brought to the second-level cache.
    #[inline(always)]
    unsafe fn prefetch(place: *const f32) {
        let _ = place;
    }
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

/// The instruction sets there is code for, narrowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// The levels this CPU has, narrowest first.
fn levels() -> impl Iterator<Item = Level> {
    let portable = std::iter::once(Level::Portable);
    #[cfg(target_arch = "x86_64")]
    {
        let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        let avx512 = is_x86_feature_detected!("avx512f");
        portable.chain(avx2.then_some(Level::Avx2)).chain(avx512.then_some(Level::Avx512))
    }
    #[cfg(not(target_arch = "x86_64"))]
    portable
}

/// Runs `routine` with the widest vectors this CPU has.
pub(crate) fn dispatch<R: Routine>(routine: R) {
    #[cfg(test)]
    let level = CHOSEN.get();
    #[cfg(not(test))]
    let level = None;
    let level = level.or_else(|| levels().last()).unwrap_or(Level::Portable);
    // SAFETY: `levels` lists only what the CPU has.
    unsafe {
        match level {
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => avx512::run(routine),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => avx2::run(routine),
            Level::Portable => routine.run::<portable::Portable>(),
        }
    }
}

#[cfg(test)]
thread_local! {
    static CHOSEN: std::cell::Cell<Option<Level>> = const { std::cell::Cell::new(None) };
}

/// Runs a test once for each instruction set that this CPU has.
#[cfg(test)]
pub(crate) fn at_every_level(test: impl Fn()) {
    for level in levels() {
        CHOSEN.set(Some(level));
        test();
    }
    CHOSEN.set(None);
}
