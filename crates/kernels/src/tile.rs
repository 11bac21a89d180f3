//! The register tile at the heart of the matrix kernels: a few rows by a few vectors of a product, held in registers
//! while the contracted axis runs past.
//!
//! Matrices are row-major with a stride. The right-hand side is read a row of `COLS` vectors at a time, so it should
//! lie in panels (see [`crate::linear`]); the left-hand side is read one scalar at a time and broadcast.

use crate::simd::Vector;

/// A row-major matrix of f32 somewhere in memory: where it starts and how far apart its rows are.
#[derive(Clone, Copy)]
pub(crate) struct Matrix {
    pub(crate) start: *const f32,
    pub(crate) stride: usize,
}

impl Matrix {
    /// The same matrix from row `row`, column `column` on.
    ///
    /// # Safety
    /// That element lies inside the matrix (or one past its end).
    #[inline(always)]
    pub(crate) unsafe fn at(self, row: usize, column: usize) -> Self {
        // SAFETY: passed on.
        Self { start: unsafe { self.start.add(row * self.stride + column) }, ..self }
    }
}

/// Memory to bring into the cache while a product is computed, as it will be needed after it: some cache lines a step of
/// the contracted axis.
#[derive(Clone, Copy)]
pub(crate) struct Ahead {
    pub(crate) start: *const f32,
    /// How many f32 there are from `start` on.
    pub(crate) length: usize,
}

impl Ahead {
    /// Nothing to read ahead.
    pub(crate) const NOTHING: Self = Self { start: std::ptr::null(), length: 0 };

    /// What is left of it after a product of `depth` steps that asks for `LINES` lines each.
    pub(crate) fn after<const LINES: usize>(self, depth: usize) -> Self {
        let asked = (depth * LINES * LINE).min(self.length);
        Self { start: self.start.wrapping_add(asked), length: self.length - asked }
    }
}

/// The f32 of a cache line, on every machine there is code for.
const LINE: usize = 16;

/// `init + lhs[0..ROWS, 0..depth] x rhs[0..depth, 0..COLS * LANES]`, where every row starts from `init`; asks for `LINES`
/// cache lines of `ahead` a step.
///
/// # Safety
/// Both matrices are readable over these ranges, and the CPU has `V`'s instruction set.
#[inline(always)]
pub(crate) unsafe fn product<V: Vector, const ROWS: usize, const COLS: usize, const LINES: usize>(
    depth: usize,
    lhs: Matrix,
    rhs: Matrix,
    init: [V; COLS],
    ahead: Ahead,
) -> [[V; COLS]; ROWS] {
    // Two loops, so that the one in which there is nothing left to ask for has no test.
    let asking = (ahead.length / (LINES * LINE).max(1)).min(depth);
    let mut sums = [init; ROWS];
    for step in 0..asking {
        // SAFETY: `step < depth`; a prefetch may be of any address.
        unsafe {
            for line in 0..LINES {
                V::prefetch(ahead.start.wrapping_add((step * LINES + line) * LINE));
            }
            accumulate::<V, ROWS, COLS>(step, lhs, rhs, &mut sums);
        }
    }
    for step in asking..depth {
        // SAFETY: `step < depth`.
        unsafe { accumulate::<V, ROWS, COLS>(step, lhs, rhs, &mut sums) }
    }
    sums
}

/// Adds column `step` of `lhs` times row `step` of `rhs`.
///
/// # Safety
/// As [`product`], with `step` inside the contracted axis.
#[inline(always)]
unsafe fn accumulate<V: Vector, const ROWS: usize, const COLS: usize>(
    step: usize,
    lhs: Matrix,
    rhs: Matrix,
    sums: &mut [[V; COLS]; ROWS],
) {
    // SAFETY: the caller grants `step`; `row < ROWS` and `column < COLS` stay in the ranges it grants.
    unsafe {
        let rhs = load::<V, COLS>(rhs.start.add(step * rhs.stride));
        for (row, sums) in sums.iter_mut().enumerate() {
            let factor = V::splat(*lhs.start.add(row * lhs.stride + step));
            for column in 0..COLS {
                sums[column] = factor.mul_add(rhs[column], sums[column]);
            }
        }
    }
}

/// `COLS` vectors side by side.
///
/// A loop and not `array::from_fn`: a closure is compiled as a function of its own, without the instruction set of the
/// function it stands in, and then every intrinsic in it is a call (measured 2026-11: half the speed of the kernel).
///
/// # Safety
/// `from` is readable for `COLS` vectors, and the CPU has `V`'s instruction set.
#[inline(always)]
pub(crate) unsafe fn load<V: Vector, const COLS: usize>(from: *const f32) -> [V; COLS] {
    // SAFETY: granted by the caller.
    unsafe {
        let mut vectors = [V::splat(0.0); COLS];
        for (column, vector) in vectors.iter_mut().enumerate() {
            *vector = V::load(from.add(column * V::LANES));
        }
        vectors
    }
}

/// Cuts `rows` into tiles of at most `V::TILE_ROWS` rows and calls `$body!(first_row, ROWS)` with a literal height each.
///
/// A macro, because the height must be a constant for the tile to stay in registers, and a trait's constant cannot be
/// a const argument.
macro_rules! for_row_tiles {
    ($vector:ty, $rows:expr, $body:ident) => {{
        let rows: std::ops::Range<usize> = $rows;
        let mut row = rows.start;
        while row < rows.end {
            let left = rows.end - row;
            row += if left >= 8 && <$vector>::TILE_ROWS >= 8 {
                $body!(row, 8);
                8
            } else if left >= 4 && <$vector>::TILE_ROWS >= 4 {
                $body!(row, 4);
                4
            } else if left >= 2 {
                $body!(row, 2);
                2
            } else {
                $body!(row, 1);
                1
            };
        }
    }};
}
pub(crate) use for_row_tiles;
