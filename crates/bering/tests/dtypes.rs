//! Every operation on every dtype it takes, executed on the CPU and compared with NumPy; refused for all others.
//!
//! One program a dtype holds all operations that take it. Operands come from `fixtures/dtypes.py`, as numbers of a type that holds
//! them exactly; the program converts them, and its results back. A result must be there for exactly those pairs of
//! operation and dtype for which the script, which states the dtypes on its own, wrote one.

#[path = "ops/fixture.rs"]
mod fixture;

use bering::frontend::{Conv, DType, ErrorKind, Pads, Pool, Spec, Tensor, lower, trace};
use bering::prelude::*;
use bering::runtime::{CompileOptions, Program};
use fixture::{Array, Fixture};
use std::collections::BTreeSet;

/// An operation on two tensors `[2, 3]`.
type Function = fn(&Tensor, &Tensor) -> Tensor;

macro_rules! functions {
    ($($name:ident |$x:pat_param, $y:pat_param| $body:expr;)*) => {
        &[$((stringify!($name), |$x, $y| $body)),*]
    };
}

const FUNCTIONS: &[(&str, Function)] = functions! {
    abs |x, _| x.abs();
    acos |x, _| x.acos();
    acosh |x, _| x.acosh();
    asin |x, _| x.asin();
    asinh |x, _| x.asinh();
    atan |x, _| x.atan();
    atanh |x, _| x.atanh();
    cbrt |x, _| x.cbrt();
    ceil |x, _| x.ceil();
    cos |x, _| x.cos();
    cosh |x, _| x.cosh();
    erf |x, _| x.erf();
    erfc |x, _| x.erfc();
    erf_inv |x, _| x.erf_inv();
    // Away from its zeros, beside which no tolerance is relative.
    lgamma |x, _| x.lgamma() + 1;
    digamma |_, y| y.maximum(-y).digamma();
    polygamma |_, y| y.maximum(-y).polygamma(1);
    exp |x, _| x.exp();
    expm1 |x, _| x.expm1();
    floor |x, _| x.floor();
    is_finite |x, _| x.is_finite();
    log |x, _| x.log();
    log1p |x, _| x.log1p();
    negate |x, _| -x;
    not |x, _| !x;
    popcount |x, _| x.popcount();
    leading_zeros |x, _| x.leading_zeros();
    round |x, _| x.round();
    round_away |x, _| x.round_away();
    rsqrt |x, _| x.rsqrt();
    sigmoid |x, _| x.sigmoid();
    sign |x, _| x.sign();
    sin |x, _| x.sin();
    sinh |x, _| x.sinh();
    sqrt |x, _| x.sqrt();
    tan |x, _| x.tan();
    tanh |x, _| x.tanh();
    real |x, _| x.real();
    reduce_precision |x, _| x.reduce_precision(5, 2);
    add |x, y| x + y;
    and |x, y| x & y;
    atan2 |x, y| x.atan2(y);
    divide |x, y| x / y;
    maximum |x, y| x.maximum(y);
    minimum |x, y| x.minimum(y);
    multiply |x, y| x * y;
    or |x, y| x | y;
    power |x, y| x.pow(y);
    remainder |x, y| x % y;
    shift_left |x, y| x << y;
    shift_right |x, y| x >> y;
    subtract |x, y| x - y;
    xor |x, y| x ^ y;
    complex |x, y| x.complex(y);
    eq |x, y| x.eq(y);
    lt |x, y| x.lt(y);
    select |x, y| x.eq(y).select(y, x);
    clamp |x, y| x.clamp(y, y);
    concatenate |x, y| Tensor::concatenate(&[x, y], 0);
    pad |x, y| general_pad(x, y);
    transpose |x, _| x.transpose([1, 0]);
    reverse |x, _| x.flip(1);
    slice |x, _| x.slice_step(1, 0..3, 2);
    broadcast |x, _| x.broadcast_to([2, 2, 3]);
    take |x, _| x.take(&Tensor::constant(&[2, -3, 9], [3]), 1);
    dynamic_slice |x, _| x.dynamic_slice_in(1, 1, 2);
    dynamic_update_slice |x, y| x.dynamic_update_slice_in(1, &y.slice(1, 0..2), 1);
    at_set |x, y| x.at((.., &Tensor::constant(&[2, 0], [2]))).set(y.slice(1, 1..3));
    at_add |x, y| x.at((.., &Tensor::constant(&[2, 2], [2]))).add(y.slice(1, 1..3));
    at_multiply |x, y| x.at((.., &Tensor::constant(&[2, 0], [2]))).multiply(y.slice(1, 1..3));
    at_max |x, y| x.at((.., &Tensor::constant(&[2, 2], [2]))).max(y.slice(1, 1..3));
    sort |x, _| x.sort(1);
    argsort |x, _| x.argsort_descending(1);
    top_k |x, _| x.top_k(2).0;
    sum |x, _| x.sum(1);
    prod |x, _| x.prod(0);
    max |x, _| x.max(1);
    min |x, _| x.min(1);
    argmax |x, _| x.argmax(1);
    mean |x, _| x.mean(1);
    variance |x, _| x.variance(1);
    logsumexp |x, _| x.logsumexp(1);
    norm |x, _| x.norm(1);
    any |x, _| x.any(1);
    cumsum |x, _| x.cumsum(1);
    cumprod |x, _| x.cumprod(1);
    cummax |x, _| x.cummax(1);
    max_pool |x, _| x.max_pool(1, &Pool::new([2]).strides([1]));
    matmul |x, y| x.matmul(&y.transpose([1, 0]));
    conv |x, y| x.expand_dims(0).conv(&y.slice(1, 0..2).expand_dims(0), &Conv::new().padding(Pads::Same));
    softmax |x, _| x.softmax(1);
    fft |x, _| x.fft(1);
    cholesky |x, _| (x * x.conj()).slice(1, 0..2).cholesky();
    to_f32 |x, _| if x.dtype().is_complex() { x.clone() } else { x.convert(DType::F32) };
    to_bool |x, _| if x.dtype().is_complex() { x.clone() } else { x.convert(DType::Bool) };
};

fn general_pad(x: &Tensor, y: &Tensor) -> Tensor {
    x.pad(y.select_at(0, 0).select_at(0, 0), &[(1, 0), (-1, 2)])
}

/// The type that carries elements of another one exactly, in fixtures and through the runtime.
fn carrier(dtype: DType) -> DType {
    match dtype {
        dtype if dtype.is_float() && dtype.bits() < 32 => DType::F32,
        dtype if dtype.is_integer() && dtype.bits() < 32 => DType::I32,
        dtype => dtype,
    }
}

/// What a dtype's operations give, by name, and the names of those that refuse it.
fn results(dtype: DType, x: &Tensor, y: &Tensor) -> Vec<Tensor> {
    let (x, y) = (x.convert(dtype), y.convert(dtype));
    let takes = |function: &&(&str, Function)| takes(dtype, function.1);
    let results = FUNCTIONS.iter().filter(takes).map(|(_, function)| function(&x, &y));
    results.map(|result| result.convert(carrier(result.dtype()))).collect()
}

/// Whether an operation takes a dtype; if not, it must say that the dtype is the reason.
fn takes(dtype: DType, function: Function) -> bool {
    let specs = [Spec::new(dtype, [2, 3]), Spec::new(dtype, [2, 3])];
    match trace("one", &specs, |_, x| function(&x[0], &x[1])) {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::DType, "{dtype}: {error}");
            false
        }
    }
}

fn check(device: &Device, fixture: &Fixture, dtype: DType) -> Vec<String> {
    let operands = fixture.arrays(&format!("{dtype}.operands"), "in");
    let specs: Vec<Spec> = operands.iter().map(|array| array.spec()).collect();
    let names: Vec<&str> = FUNCTIONS.iter().filter(|f| takes(dtype, f.1)).map(|f| f.0).collect();
    let prefix = format!("{dtype}.");
    let known: BTreeSet<String> = fixture
        .names()
        .into_iter()
        .filter_map(|name| Some(name.strip_prefix(&prefix)?.to_string()))
        .collect();
    let taken: BTreeSet<String> = names.iter().chain(&["operands"]).map(|name| name.to_string()).collect();
    let mut failures: Vec<String> = known
        .symmetric_difference(&taken)
        .map(|name| format!("{dtype}: {name} is on one side only"))
        .collect();
    let graph = trace(dtype.name(), &specs, |_, x| results(dtype, &x[0], &x[1])).unwrap();
    let code = lower::to_stablehlo_bytecode(&graph).unwrap();
    let client = device.client();
    let buffer = |array: &&Array| {
        let view = HostView::from_bytes(array.runtime_dtype().unwrap(), &array.dims, &array.bytes).unwrap();
        client.buffer(&view, device).unwrap()
    };
    let buffers: Vec<Buffer> = operands.iter().map(buffer).collect();
    let executable = match client.compile(Program::mlir(&code), &CompileOptions::default()) {
        Ok(executable) => executable,
        Err(error) => return vec![format!("{dtype}: {error}")],
    };
    let got = executable.execute(&buffers.iter().collect::<Vec<_>>()).unwrap();
    for (name, got) in names.iter().zip(&got) {
        for want in fixture.arrays(&format!("{dtype}.{name}"), "out") {
            let result = want.compare_as(&got.to_bytes().unwrap(), dtype);
            failures.extend(result.err().map(|error| format!("{dtype}: {name}: {error}")));
        }
    }
    failures
}

#[test]
fn every_operation_agrees_with_numpy_on_every_dtype() {
    let device = device("cpu").unwrap();
    let fixture = Fixture::load("tests/fixtures/dtypes");
    let failures: Vec<String> = DType::ALL
        .into_iter()
        // XLA does not have these.
        .filter(|dtype| !matches!(dtype, DType::F6E2M3Fn | DType::F6E3M2Fn))
        .flat_map(|dtype| check(&device, &fixture, dtype))
        .collect();
    assert!(failures.is_empty(), "{} fail\n{}", failures.len(), failures.join("\n"));
}
