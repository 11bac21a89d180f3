//! Elementwise mathematics beyond what StableHLO has operations for, complex numbers and bits.

use super::{Case, outputs};
use bering_frontend::{DType, Spec};

pub(super) fn all() -> Vec<Case> {
    cases! {
        acos(F32[8]) |_, x| x[0].acos();
        acosh(F32[8]) |_, x| x[0].acosh();
        asin(F32[8]) |_, x| x[0].asin();
        asinh(F32[8]) |_, x| x[0].asinh();
        atan(F32[8]) |_, x| x[0].atan();
        atanh(F32[8]) |_, x| x[0].atanh();
        cosh(F32[8]) |_, x| x[0].cosh();
        sinh(F32[8]) |_, x| x[0].sinh();
        erfc(F32[64]) |_, x| x[0].erfc();
        erf_inv(F32[16]) |_, x| x[0].erf_inv();
        lgamma(F32[16], F64[8]) |_, x| (x[0].lgamma(), x[1].lgamma());
        digamma(F32[16], F64[8]) |_, x| (x[0].digamma(), x[1].digamma());
        polygamma(F32[8], F64[8]) |_, x| (x[0].polygamma(1), x[0].polygamma(3), x[1].polygamma(0), x[1].polygamma(2));
        leading_zeros(U32[4]) |_, x| x[0].leading_zeros();
        exp2(F32[8]) |_, x| x[0].exp2();
        log2(F32[8]) |_, x| (x[0].log2(), x[0].log10());
        square(I32[4], F32[3]) |_, x| (x[0].square(), x[1].square(), x[1].reciprocal());
        trunc(F32[8]) |_, x| x[0].trunc();
        is_nan(F32[8]) |_, x| (x[0].is_nan(), x[0].is_inf(), x[0].nan_to_num());
        softplus(F32[8]) |_, x| (x[0].softplus(), x[0].log_sigmoid());
        logaddexp(F32[8], F32[8]) |_, x| x[0].logaddexp(&x[1]);
        floor_divide(I32[6], I32[6], F32[8], F32[8], U8[3], U8[3]) |_, x| (
            x[0].floor_divide(&x[1]),
            x[0].remainder(&x[1]),
            x[2].floor_divide(&x[3]),
            x[2].remainder(&x[3]),
            x[4].floor_divide(&x[5]),
            x[4].remainder(&x[5])
        );
        floor_divide__zero(I32[3], U32[2]) |_, x| (x[0].floor_divide(0), x[0].remainder(0), x[1].floor_divide(0));
        hypot(F32[8], F32[8]) |_, x| x[0].hypot(&x[1]);
        complex(F32[3], F32[3]) |_, x| {
            let z = x[0].complex(&x[1]);
            [z.real(), z.imag(), z.abs(), z.angle(), z.conj().imag(), x[0].imag(), x[0].real(), x[0].angle()]
        };
        complex__arithmetic(C64[4], C64[4]) |_, x| {
            let (z, w) = (&x[0], &x[1]);
            vec![z / w, z.exp(), z.log(), z.sqrt(), z.sin(), z.tanh(), z.pow(w), z.sign(), -z, z.square()]
        };
        bitcast(F32[2, 3], U8[2, 4], I16[3]) |_, x| (
            x[0].bitcast(DType::I32),
            x[0].bitcast(DType::U16),
            x[1].bitcast(DType::F32),
            x[2].bitcast(DType::F16)
        );
        reduce_precision(F32[6]) |_, x| (x[0].reduce_precision(8, 7), x[0].reduce_precision(5, 10));
    }
}
