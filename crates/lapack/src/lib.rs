//! LAPACK's names as handlers that compiled programs call.
//!
//! XLA has no dense factorisations for CPUs beyond the simplest; JAX calls LAPACK for them, through custom calls named after its
//! routines (`lapack_sgetrf_ffi`). Programs that JAX exported for CPUs have these calls, and here is what answers them, computed
//! by `faer` and by the few loops that LAPACK's own formats take:
//!
//! | calls | of | results |
//! |---|---|---|
//! | `potrf` | `cholesky` | the factor; the other triangle as it was |
//! | `getrf` | `lu`, `solve`, `inv`, `det` | both factors, row exchanges counted from 1 |
//! | `trsm` | `triangular_solve` | the solution, from either side, transposed or not |
//! | `geqrf`, `orgqr`, `ungqr` | `qr`, `householder_product` | reflectors and their factors; Q |
//! | `syevd`, `heevd` | `eigh` | eigenvalues ascending; eigenvectors |
//! | `gesdd` | `svd`, `pinv`, `lstsq` | singular values descending; singular vectors |
//!
//! Each in f32, f64, c64 and c128, over any number of leading axes. Factors are LAPACK's up to rounding; eigenvectors and singular
//! vectors, which are only defined up to a sign (or a complex unit), are not its in that, nor are the phases of complex `qr`.
//! Work is done on the calling thread.
//!
//! Source: LAPACK Users' Guide, 3rd edition; the calls' operands are those of jaxlib's `lapack_kernels`.
#![forbid(unsafe_code)]

mod cholesky;
mod lu;
mod matrix;
mod qr;
mod spectral;
mod triangular;

use bering_kernels::abi::{Call, Handler, Registration};
use faer::{c32, c64};
use std::marker::PhantomData;

macro_rules! routines {
    ($($routine:ident = $module:ident::$function:ident: $f32:literal $f64:literal $c64:literal $c128:literal;)*) => {
        $(
            struct $routine<T>(PhantomData<T>);
            routines!(@ $routine $module $function, f32 $f32, f64 $f64, c32 $c64, c64 $c128);
        )*

        /// All handlers of this crate, to be registered with a plugin on its host platform.
        pub fn registrations() -> Vec<Registration> {
            vec![$(
                Registration::of::<$routine<f32>>(),
                Registration::of::<$routine<f64>>(),
                Registration::of::<$routine<c32>>(),
                Registration::of::<$routine<c64>>(),
            )*]
        }
    };
    (@ $routine:ident $module:ident $function:ident, $($element:ident $target:literal),*) => {$(
        impl Handler for $routine<$element> {
            const TARGET: &'static str = concat!("lapack_", $target, "_ffi");

            fn run(call: Call<'_>) -> Result<(), String> {
                $module::$function::<$element>(call)
            }
        }
    )*};
}

routines! {
    Potrf = cholesky::potrf: "spotrf" "dpotrf" "cpotrf" "zpotrf";
    Getrf = lu::getrf: "sgetrf" "dgetrf" "cgetrf" "zgetrf";
    Trsm = triangular::trsm: "strsm" "dtrsm" "ctrsm" "ztrsm";
    Geqrf = qr::geqrf: "sgeqrf" "dgeqrf" "cgeqrf" "zgeqrf";
    Orgqr = qr::orgqr: "sorgqr" "dorgqr" "cungqr" "zungqr";
    Syevd = spectral::syevd: "ssyevd" "dsyevd" "cheevd" "zheevd";
    Gesdd = spectral::gesdd: "sgesdd" "dgesdd" "cgesdd" "zgesdd";
}
