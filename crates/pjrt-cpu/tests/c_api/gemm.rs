//! Products with a transposed matrix on the left, which call our kernel.

use crate::executables::{cost, deserialize, optimized, serialize};
use crate::harness::{Client, Loaded, bits, contains, integer, module};

/// `c[m, n] = sum over k of a[k, m] b[k, n]`, or of `b[n, k]`, for each of a batch.
struct Product {
    batch: &'static [usize],
    m: usize,
    n: usize,
    k: usize,
    rhs_transposed: bool,
}

impl Product {
    fn dims(&self, rows: usize, columns: usize) -> Vec<i64> {
        self.batch.iter().chain([&rows, &columns]).map(|&size| size as i64).collect()
    }

    fn all_dims(&self) -> [Vec<i64>; 3] {
        let (m, n, k) = (self.m, self.n, self.k);
        let b = if self.rhs_transposed { self.dims(n, k) } else { self.dims(k, n) };
        [self.dims(k, m), b, self.dims(m, n)]
    }

    fn program(&self, element_type: &str) -> String {
        let [a, b, c] = self.all_dims().map(|dims| {
            let dims: Vec<String> = dims.iter().map(i64::to_string).collect();
            format!("tensor<{}x{element_type}>", dims.join("x"))
        });
        let rank = self.batch.len();
        let batch: Vec<usize> = (0..rank).collect();
        let rhs = if self.rhs_transposed { rank + 1 } else { rank };
        let body = format!(
            "%out = stablehlo.dot_general %arg0, %arg1, batching_dims = {batch:?} x {batch:?},
             contracting_dims = [{rank}] x [{rhs}] : ({a}, {b}) -> {c}"
        );
        module(&[&a, &b], &c, &body)
    }

    fn matrices(&self) -> usize {
        self.batch.iter().product()
    }

    fn a(&self) -> Vec<f32> {
        (0..self.matrices() * self.k * self.m).map(number).collect()
    }

    fn b(&self) -> Vec<f32> {
        (0..self.matrices() * self.k * self.n).map(|index| number(index + 3)).collect()
    }

    /// In f64.
    fn expected(&self) -> Vec<f64> {
        let (a, b) = (self.a(), self.b());
        let (m_count, n_count, k_count) = (self.m, self.n, self.k);
        let mut c = vec![0.0; self.matrices() * m_count * n_count];
        for (row, sums) in c.chunks_exact_mut(n_count).enumerate() {
            let (matrix, m) = (row / m_count, row % m_count);
            for (n, sum) in sums.iter_mut().enumerate() {
                let b_at = |k| if self.rhs_transposed { n * k_count + k } else { k * n_count + n };
                *sum = (0..k_count)
                    .map(|k| {
                        f64::from(a[(matrix * k_count + k) * m_count + m])
                            * f64::from(b[matrix * k_count * n_count + b_at(k)])
                    })
                    .sum();
            }
        }
        c
    }

    fn run(&self, client: &Client, loaded: &Loaded) -> Vec<f32> {
        let [a, b, _] = self.all_dims();
        let (a, b) = (client.buffer(&self.a(), &a), client.buffer(&self.b(), &b));
        let results = loaded.run(&[&a, &b], 1).expect("it runs");
        results[0].read(self.matrices() * self.m * self.n).expect("readable")
    }
}

/// Of no short period.
fn number(index: usize) -> f32 {
    (index.wrapping_mul(2_654_435_761) >> 8 & 0xffff) as f32 / 32768.0 - 1.0
}

#[test]
fn products_with_a_transposed_left_side_call_our_kernel() {
    let one_thread = Client::with(&[integer("num_threads", 1)]).expect("a client");
    let threads = Client::with(&[integer("num_threads", 4)]).expect("a client");
    // Of one tile and of less, with and without rests of tiles, of depths and of blocks, for one thread and for several.
    let shapes: [(&[usize], usize, usize, usize); 9] = [
        (&[], 2, 2, 2),
        (&[], 48, 64, 256),
        (&[], 5, 70, 3),
        (&[], 193, 33, 257),
        (&[], 200, 530, 70),
        (&[], 400, 300, 600),
        (&[], 3, 2000, 515),
        (&[3], 17, 40, 20),
        (&[2, 8], 64, 48, 96),
    ];
    for (batch, m, n, k) in shapes {
        for rhs_transposed in [false, true] {
            let product = Product { batch, m, n, k, rhs_transposed };
            let context = format!("{batch:?} of {m} x {n} sums of {k}, transposed: {rhs_transposed}");
            let loaded = threads.compile(&product.program("f32")).expect("it compiles");
            let executable = loaded.executable();
            let target = if rhs_transposed { "bering.gemm_tt" } else { "bering.gemm_tn" };
            assert!(contains(&optimized(&executable), target), "{context}");
            let matrices = product.matrices();
            assert_eq!(cost(&executable, "flops"), (2 * matrices * m * n * k) as f32, "{context}");
            let bytes = 4 * matrices * (k * (m + n) + m * n);
            assert!(cost(&executable, "bytes accessed") >= bytes as f32, "{context}");
            let found = product.run(&threads, &loaded);
            for (index, (found, expected)) in found.iter().zip(product.expected()).enumerate() {
                let error = (f64::from(*found) - expected).abs();
                assert!(
                    error <= 1e-6 * ((k as f64).sqrt() + expected.abs()),
                    "{context}: {found} at {index}, expected {expected}"
                );
            }
            let again = deserialize(&threads, &serialize(&executable)).expect("it loads");
            assert_eq!(bits(&product.run(&threads, &again)), bits(&found), "{context}, from its bytes");
            let alone = one_thread.compile(&product.program("f32")).expect("it compiles");
            assert_eq!(bits(&product.run(&one_thread, &alone)), bits(&found), "{context}, on one thread");
        }
    }
}

/// The gradient of the weights of a layer in bf16 is the transpose of a product over batch and tokens, which XLA takes for
/// one of YNNPACK's and then computes an element at a time.
#[test]
fn products_of_bf16_whose_result_is_transposed_call_our_kernel() {
    let wide = |bits: u16| f64::from(f32::from_bits(u32::from(bits) << 16));
    let narrow = |index: usize| (number(index).to_bits() >> 16) as u16;
    let client = Client::with(&[integer("num_threads", 4)]).expect("a client");
    for (batch, tokens, m, n) in [(4, 32, 48, 64), (2, 9, 33, 70), (3, 171, 200, 330)] {
        let k_count = batch * tokens;
        let types = [m, n].map(|size| format!("tensor<{batch}x{tokens}x{size}xbf16>"));
        let result = format!("tensor<{n}x{m}xbf16>");
        let body = format!(
            "%product = stablehlo.dot_general %arg0, %arg1, contracting_dims = [0, 1] x [0, 1]
                 : ({}, {}) -> tensor<{m}x{n}xbf16>
             %out = stablehlo.transpose %product, dims = [1, 0] : (tensor<{m}x{n}xbf16>) -> {result}",
            types[0], types[1]
        );
        let loaded = client.compile(&module(&[&types[0], &types[1]], &result, &body)).expect("it compiles");
        assert!(contains(&optimized(&loaded.executable()), "bering.gemm_t"), "{m} x {n} sums of {k_count}");
        let a: Vec<u16> = (0..k_count * m).map(narrow).collect();
        let b: Vec<u16> = (0..k_count * n).map(|index| narrow(index + 3)).collect();
        let dims = |size: usize| [batch as i64, tokens as i64, size as i64];
        let (x, y) = (client.buffer(&a, &dims(m)), client.buffer(&b, &dims(n)));
        let found = loaded.run(&[&x, &y], 1).expect("it runs")[0].read::<u16>(m * n).expect("readable");
        for (index, found) in found.into_iter().enumerate() {
            let (column, row) = (index / m, index % m);
            let expected: f64 = (0..k_count).map(|k| wide(a[k * m + row]) * wide(b[k * n + column])).sum();
            // Rounded once, to 8 bits.
            let error = (wide(found) - expected).abs();
            assert!(
                error <= expected.abs() / 256.0 + 1e-6 * (k_count as f64).sqrt(),
                "{} at {index} of {m} x {n} sums of {k_count}, expected {expected}",
                wide(found)
            );
        }
    }
}

#[test]
fn other_such_products_stay_with_xla() {
    let client = Client::new();
    for (m, n, ty) in [(64, 64, "f64"), (1, 64, "f32"), (64, 1, "f32")] {
        let product = Product { batch: &[2], m, n, k: 64, rhs_transposed: false };
        let loaded = client.compile(&product.program(ty)).expect("it compiles");
        assert!(!contains(&optimized(&loaded.executable()), "bering.gemm"), "{m} x {n} of {ty}");
    }
}

/// What calls the target by itself may have got it wrong.
#[test]
fn matrices_that_do_not_fit_are_an_error() {
    let client = Client::new();
    let call = |a: &str, b: &str, c: &str| {
        let [a, b, c] = [a, b, c].map(|dims| format!("tensor<{dims}xf32>"));
        let body = format!(
            "%out = stablehlo.custom_call @bering.gemm_tn(%arg0, %arg1) {{api_version = 4 : i32}} : ({a}, {b}) -> {c}"
        );
        module(&[&a, &b], &c, &body)
    };
    let sizes =
        |dims: &str| dims.split('x').map(|size| size.parse().expect("a number")).collect::<Vec<i64>>();
    for (a, b, c) in [
        ("1x4x2", "1x5x3", "1x2x3"),
        ("1x4x2", "2x4x3", "1x2x3"),
        ("2x4x2", "2x4x3", "1x2x3"),
        ("1x4x2", "1x4x3", "1x3x3"),
        ("1x4x2", "1x4x3", "1x2x4"),
    ] {
        let loaded = client.compile(&call(a, b, c)).expect("it compiles");
        let buffers = [a, b].map(|dims| {
            let dims = sizes(dims);
            client.buffer(&vec![1f32; dims.iter().product::<i64>() as usize], &dims)
        });
        let error = loaded.run(&[&buffers[0], &buffers[1]], 1).expect_err("an error").to_string();
        assert!(error.contains("the matrices do not fit each other"), "{a} {b} {c}: {error}");
    }
}

/// Each side is of f32 or bf16 by itself; programs that XLA has optimised have one of each only by hand.
#[test]
fn each_side_is_of_either_type_and_of_no_other() {
    let client = Client::new();
    let product = Product { batch: &[1], m: 3, n: 5, k: 4, rhs_transposed: true };
    let program = |a_type: &str, b_type: &str| {
        let [a, b, c] = [
            format!("tensor<1x4x3x{a_type}>"),
            format!("tensor<1x5x4x{b_type}>"),
            "tensor<1x3x5xf32>".into(),
        ];
        let body = format!(
            "%out = stablehlo.custom_call @bering.gemm_tt(%arg0, %arg1) {{api_version = 4 : i32}} : ({a}, {b}) -> {c}"
        );
        module(&[&a, &b], &c, &body)
    };
    let [a_dims, b_dims, _] = product.all_dims();
    // Exact in bf16, so that both types give the same.
    let whole = |len: usize| (0..len).map(|index| (index % 7) as f32 - 3.0).collect::<Vec<f32>>();
    let (a, b) = (whole(12), whole(20));
    let narrow =
        |values: &[f32]| values.iter().map(|value| (value.to_bits() >> 16) as u16).collect::<Vec<u16>>();
    let sides = [
        (client.buffer(&a, &a_dims), client.buffer(&b, &b_dims)),
        (client.buffer(&narrow(&a), &a_dims), client.buffer(&narrow(&b), &b_dims)),
    ];
    let expected: Vec<f32> =
        (0..15).map(|at| (0..4).map(|k| a[k * 3 + at / 5] * b[at % 5 * 4 + k]).sum()).collect();
    for (a_type, x) in [("f32", &sides[0].0), ("bf16", &sides[1].0)] {
        for (b_type, y) in [("f32", &sides[0].1), ("bf16", &sides[1].1)] {
            let loaded = client.compile(&program(a_type, b_type)).expect("it compiles");
            let found = loaded.run(&[x, y], 1).expect("it runs")[0].read::<f32>(15).expect("readable");
            assert_eq!(found, expected, "{a_type} by {b_type}");
        }
    }
    let loaded = client.compile(&program("f32", "i32")).expect("it compiles");
    let y = client.buffer(&[1i32; 20], &b_dims);
    let error = loaded.run(&[&sides[0].0, &y], 1).expect_err("an error").to_string();
    assert!(error.contains("not a batch of matrices of f32 or bf16"), "{error}");
}

/// Costs are estimated of every call, before anything has looked at its operands.
#[test]
fn calls_without_what_a_kernel_takes_are_errors() {
    let client = Client::new();
    for target in ["gemm_tn", "gemm_tt", "gemv_rows", "gemv_columns"] {
        for (arguments, types) in
            [("", ""), ("%arg0", "tensor<f32>"), ("%arg0, %arg0", "tensor<f32>, tensor<f32>")]
        {
            let body = format!(
                "%out = stablehlo.custom_call @bering.{target}({arguments}) {{api_version = 4 : i32}} : ({types}) -> tensor<f32>"
            );
            let program = module(&["tensor<f32>"], "tensor<f32>", &body);
            let Ok(loaded) = client.compile(&program) else { continue };
            cost(&loaded.executable(), "bytes accessed");
            loaded.run(&[&client.buffer(&[1f32], &[])], 1).expect_err("an error");
        }
    }
}
