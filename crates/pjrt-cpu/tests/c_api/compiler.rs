//! What the plugin adds to XLA's compiler: products with a vector call our kernel, short programs stay on their thread.

use crate::executables::{cost, deserialize, optimized, serialize};
use crate::harness::{Buffer, Client, Loaded, bits, contains, integer, module};

/// A product of `x`, a vector of `k` elements, with `w`, a matrix for `n` sums.
struct Product {
    name: &'static str,
    target: &'static str,
    n: usize,
    k: usize,
    /// The types of `x`, `w` and the result, and what computes it.
    program: String,
    /// Whether the `k` elements of a sum follow each other in `w`.
    rows: bool,
    /// What is done to `x` before.
    before: fn(f32) -> f32,
}

fn products(n: usize, k: usize) -> Vec<Product> {
    let plain = |x| x;
    let f32s = |dims: &str| format!("tensor<{dims}xf32>");
    let (x, y) = (f32s(&format!("1x{k}")), f32s(&format!("1x{n}")));
    let (nk, kn) = (format!("{n}x{k}"), format!("{k}x{n}"));
    let transposed = |from: &str, ty: &str| {
        format!(
            "{from} = stablehlo.transpose %arg1, dims = [1, 0] : (tensor<{nk}x{ty}>) -> tensor<{kn}x{ty}>"
        )
    };
    let dot = |from: &str, x: &str, w: &str| {
        format!("%out = stablehlo.dot_general {from}, contracting_dims = [1] x [0] : ({x}, {w}) -> {y}")
    };
    let f32_kn = f32s(&kn);
    let bf16 = (format!("tensor<1x{k}xbf16>"), format!("tensor<{kn}xbf16>"));
    let narrow = format!("%x = stablehlo.convert %arg0 : ({x}) -> {}", bf16.0);
    vec![
        Product {
            name: "x @ w",
            target: "bering.gemv_columns",
            n,
            k,
            program: module(&[&x, &f32_kn], &y, &dot("%arg0, %arg1", &x, &f32_kn)),
            rows: false,
            before: plain,
        },
        Product {
            name: "x @ w.T",
            target: "bering.gemv_rows",
            n,
            k,
            program: module(
                &[&x, &f32s(&nk)],
                &y,
                &format!("{} {}", transposed("%w", "f32"), dot("%arg0, %w", &x, &f32_kn)),
            ),
            rows: true,
            before: plain,
        },
        Product {
            name: "w @ x",
            target: "bering.gemv_rows",
            n,
            k,
            program: module(
                &[&f32s(&k.to_string()), &f32s(&nk)],
                &f32s(&n.to_string()),
                &format!(
                    "%out = stablehlo.dot_general %arg1, %arg0, contracting_dims = [1] x [0] : ({}, {}) -> {}",
                    f32s(&nk),
                    f32s(&k.to_string()),
                    f32s(&n.to_string())
                ),
            ),
            rows: true,
            before: plain,
        },
        Product {
            name: "(x * x + x) @ w.T, with what comes before in the same loop",
            target: "bering.gemv_rows",
            n,
            k,
            program: module(
                &[&x, &f32s(&nk)],
                &y,
                &format!(
                    "{} %s = stablehlo.multiply %arg0, %arg0 : {x} %t = stablehlo.add %s, %arg0 : {x} {}",
                    transposed("%w", "f32"),
                    dot("%t, %w", &x, &f32_kn)
                ),
            ),
            rows: true,
            before: |x| x * x + x,
        },
        Product {
            name: "x @ w in bf16",
            target: "bering.gemv_columns",
            n,
            k,
            program: module(&[&x, &bf16.1], &y, &format!("{narrow} {}", dot("%x, %arg1", &bf16.0, &bf16.1))),
            rows: false,
            before: plain,
        },
        Product {
            name: "x @ w.T in bf16",
            target: "bering.gemv_rows",
            n,
            k,
            program: module(
                &[&x, &format!("tensor<{nk}xbf16>")],
                &y,
                &format!("{narrow} {} {}", transposed("%w", "bf16"), dot("%x, %w", &bf16.0, &bf16.1)),
            ),
            rows: true,
            before: plain,
        },
    ]
}

/// Numbers that are the same in bf16.
fn number(index: usize) -> f32 {
    ((index * 37 + index / 7) % 251) as f32 / 128.0 - 1.0
}

impl Product {
    fn arguments(&self, client: &Client) -> [Buffer; 2] {
        let x: Vec<f32> = (0..self.k).map(number).collect();
        let w: Vec<f32> = (0..self.n * self.k).map(|index| number(index + 5)).collect();
        let (n, k) = (self.n as i64, self.k as i64);
        let x_dims: &[i64] = if self.name == "w @ x" { &[k] } else { &[1, k] };
        let w_dims = if self.rows { [n, k] } else { [k, n] };
        let w = if self.program.contains("bf16") {
            let narrow: Vec<u16> = w.iter().map(|value| (value.to_bits() >> 16) as u16).collect();
            client.buffer(&narrow, &w_dims)
        } else {
            client.buffer(&w, &w_dims)
        };
        [client.buffer(&x, x_dims), w]
    }

    /// In f64.
    fn expected(&self) -> Vec<f64> {
        let x: Vec<f64> = (0..self.k).map(|k| f64::from((self.before)(number(k)))).collect();
        let w = |n: usize, k: usize| {
            let index = if self.rows { n * self.k + k } else { k * self.n + n };
            f64::from(number(index + 5))
        };
        (0..self.n).map(|n| (0..self.k).map(|k| w(n, k) * x[k]).sum()).collect()
    }

    fn run(&self, client: &Client, loaded: &Loaded) -> Vec<f32> {
        let [x, w] = self.arguments(client);
        loaded.run(&[&x, &w], 1).expect("it runs")[0].read(self.n).expect("readable")
    }
}

#[test]
fn products_with_a_vector_call_our_kernel() {
    let one_thread = Client::with(&[integer("num_threads", 1)]).expect("a client");
    let threads = Client::with(&[integer("num_threads", 4)]).expect("a client");
    // With and without rests of groups and of vectors; the last is large enough for several threads.
    for (n, k) in [(64, 256), (257, 83), (1027, 70), (2048, 515)] {
        for product in products(n, k) {
            let context = format!("{} of {n} sums of {k}", product.name);
            let loaded = threads.compile(&product.program).expect("it compiles");
            let executable = loaded.executable();
            assert!(contains(&optimized(&executable), product.target), "{context}");
            let flops = cost(&executable, "flops");
            assert!(
                flops >= (2 * n * k) as f32 && flops < (2 * n * k + 16 * (n + k)) as f32,
                "{context}: {flops}"
            );
            assert!(cost(&executable, "bytes accessed") > (2 * n * k) as f32, "{context}");
            let found = product.run(&threads, &loaded);
            for (index, (found, expected)) in found.iter().zip(product.expected()).enumerate() {
                let error = (f64::from(*found) - expected).abs();
                assert!(
                    error <= 1e-5 * (k as f64).sqrt(),
                    "{context}: {found} at {index}, expected {expected}"
                );
            }
            let again = deserialize(&threads, &serialize(&executable)).expect("it loads");
            assert_eq!(bits(&product.run(&threads, &again)), bits(&found), "{context}, from its bytes");
            let alone = one_thread.compile(&product.program).expect("it compiles");
            assert_eq!(bits(&product.run(&one_thread, &alone)), bits(&found), "{context}, on one thread");
        }
    }
}

#[test]
fn other_products_stay_with_xla() {
    let client = Client::new();
    let cases = [
        // Small, of two rows, of f64, in batches of a few matrices that are not small.
        ("1x32", "32x64", "1x64", "f32", "contracting_dims = [1] x [0]"),
        ("2x512", "512x512", "2x512", "f32", "contracting_dims = [1] x [0]"),
        ("1x512", "512x512", "1x512", "f64", "contracting_dims = [1] x [0]"),
        ("4x1x512", "4x512x64", "4x1x64", "f32", "batching_dims = [0] x [0], contracting_dims = [2] x [1]"),
    ];
    for (x, w, y, ty, dimensions) in cases {
        let [x, w, y] = [x, w, y].map(|dims| format!("tensor<{dims}x{ty}>"));
        let body = format!("%out = stablehlo.dot_general %arg0, %arg1, {dimensions} : ({x}, {w}) -> {y}");
        let loaded = client.compile(&module(&[&x, &w], &y, &body)).expect("it compiles");
        assert!(!contains(&optimized(&loaded.executable()), "bering.gemv"), "{x} {w}");
    }
}

#[test]
fn batches_of_products_with_a_vector_call_our_kernel() {
    let one_thread = Client::with(&[integer("num_threads", 1)]).expect("a client");
    let threads = Client::with(&[integer("num_threads", 4)]).expect("a client");
    // Of rows shorter than a vector, with and without rests, of rows that are not short, and large enough for several threads.
    for (batch, n, k) in [(64, 33, 8), (100, 64, 5), (40, 20, 77), (7, 77, 600), (512, 30, 24)] {
        for rows in [false, true] {
            for vector_first in [false, true] {
                let context =
                    format!("{batch} of {n} sums of {k}, rows: {rows}, vector first: {vector_first}");
                let w_dims = if rows { [batch, n, k] } else { [batch, k, n] };
                let w_ty = format!("tensor<{}x{}x{}xf32>", w_dims[0], w_dims[1], w_dims[2]);
                let x_ty = format!("tensor<{batch}x{k}xf32>");
                let sum = if rows { 2 } else { 1 };
                let (arguments, dimensions) = if vector_first {
                    (
                        format!("%arg0, %arg1, batching_dims = [0] x [0], contracting_dims = [1] x [{sum}]"),
                        [&x_ty, &w_ty],
                    )
                } else {
                    (
                        format!("%arg1, %arg0, batching_dims = [0] x [0], contracting_dims = [{sum}] x [1]"),
                        [&w_ty, &x_ty],
                    )
                };
                let y_ty = format!("tensor<{batch}x{n}xf32>");
                let body = format!(
                    "%out = stablehlo.dot_general {arguments} : ({}, {}) -> {y_ty}",
                    dimensions[0], dimensions[1]
                );
                let program = module(&[&x_ty, &w_ty], &y_ty, &body);
                let x: Vec<f32> = (0..batch * k).map(number).collect();
                let w: Vec<f32> = (0..batch * n * k).map(|index| number(index + 5)).collect();
                let run = |client: &Client, loaded: &Loaded| -> Vec<f32> {
                    let x = client.buffer(&x, &[batch as i64, k as i64]);
                    let w = client.buffer(&w, &w_dims.map(|size| size as i64));
                    loaded.run(&[&x, &w], 1).expect("it runs")[0].read(batch * n).expect("readable")
                };
                let loaded = threads.compile(&program).expect("it compiles");
                let executable = loaded.executable();
                let target = if rows { "bering.gemv_rows" } else { "bering.gemv_columns" };
                assert!(contains(&optimized(&executable), target), "{context}");
                assert_eq!(cost(&executable, "flops"), (2 * batch * n * k) as f32, "{context}");
                let found = run(&threads, &loaded);
                for (index, found) in found.iter().enumerate() {
                    let (matrix, row) = (index / n, index % n);
                    let at = |k_index| if rows { row * k + k_index } else { k_index * n + row };
                    let expected: f64 = (0..k)
                        .map(|i| f64::from(w[matrix * n * k + at(i)]) * f64::from(x[matrix * k + i]))
                        .sum();
                    assert!(
                        (f64::from(*found) - expected).abs() <= 1e-6 * ((k as f64).sqrt() + expected.abs()),
                        "{context}: {found} at {index}, expected {expected}"
                    );
                }
                let alone = one_thread.compile(&program).expect("it compiles");
                assert_eq!(bits(&run(&one_thread, &alone)), bits(&found), "{context}, on one thread");
            }
        }
    }
}

const ALONE: &str = "bering_single_thread";
const IN_CALLER: &str = "bering_in_caller";

#[test]
fn programs_are_dispatched_by_what_they_take() {
    let client = Client::new();
    let square = |n: usize| {
        let ty = format!("tensor<{n}x{n}xf32>");
        let body = format!(
            "%out = stablehlo.dot_general %arg0, %arg0, contracting_dims = [1] x [0] : ({ty}, {ty}) -> {ty}"
        );
        module(&[&ty], &ty, &body)
    };
    let trips = |limit: &str| {
        let body = format!(
            "%c0 = stablehlo.constant dense<0> : tensor<i32> %c1 = stablehlo.constant dense<1> : tensor<i32>
             %w:2 = stablehlo.while(%i = %c0, %x = %arg0) : tensor<i32>, tensor<64xf32>
               cond {{ {limit} %p = stablehlo.compare LT, %i, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
                      stablehlo.return %p : tensor<i1> }}
               do {{ %j = stablehlo.add %i, %c1 : tensor<i32> %y = stablehlo.cosine %x : tensor<64xf32>
                    stablehlo.return %j, %y : tensor<i32>, tensor<64xf32> }}
             %out = stablehlo.add %w#1, %arg0 : tensor<64xf32>"
        );
        module(&["tensor<64xf32>", "tensor<i32>"], "tensor<64xf32>", &body)
    };
    let counted = |n: usize| trips(&format!("%n = stablehlo.constant dense<{n}> : tensor<i32>"));
    let unknown = trips(
        "%zero = stablehlo.constant dense<0> : tensor<i32> %n = stablehlo.add %arg1, %zero : tensor<i32>",
    );
    for (name, program, alone, in_caller) in [
        ("a small product", square(64), true, true),
        ("one for several threads", square(256), false, true),
        ("a large one", square(1024), false, false),
        ("a loop of ten", counted(10), true, true),
        ("a loop of a billion", counted(1_000_000_000), false, false),
        ("a loop of unknown length", unknown, false, false),
    ] {
        let program = optimized(&client.compile(&program).expect("it compiles").executable());
        assert_eq!((contains(&program, ALONE), contains(&program, IN_CALLER)), (alone, in_caller), "{name}");
    }
}

/// `w` is donated to `w + 1`, and what is multiplied with the old `w` depends on the new one: the product must read it before
/// it is overwritten, or a copy.
#[test]
fn a_product_reads_its_matrix_before_that_is_overwritten() {
    const N: usize = 256;
    let client = Client::new();
    for (ty, transposed) in [("f32", false), ("f32", true), ("bf16", false), ("bf16", true)] {
        let (x, w, f32_w) =
            (format!("tensor<1x{N}xf32>"), format!("tensor<{N}x{N}x{ty}>"), format!("tensor<{N}x{N}xf32>"));
        let convert = |from: &str, to: &str| format!("{to} = stablehlo.convert {from} : ({w}) -> {f32_w}");
        let order = if transposed { "[1, 0]" } else { "[0, 1]" };
        let program = format!(
            r#"module @update {{ func.func public @main(%x: {x}, %w: {w} {{tf.aliasing_output = 1 : i32}}) -> ({x}, {w}) {{
            %one = stablehlo.constant dense<1.0> : {w}
            %new = stablehlo.add %w, %one : {w}
            {}
            %low = stablehlo.constant dense<0.0> : tensor<f32>
            %most = stablehlo.reduce(%wide_new init: %low) applies stablehlo.maximum across dimensions = [0, 1]
                : ({f32_w}, tensor<f32>) -> tensor<f32>
            %factor = stablehlo.broadcast_in_dim %most, dims = [] : (tensor<f32>) -> {x}
            %y = stablehlo.multiply %x, %factor : {x}
            {}
            %t = stablehlo.transpose %wide, dims = {order} : ({f32_w}) -> {f32_w}
            %out = stablehlo.dot_general %y, %t, contracting_dims = [1] x [0] : ({x}, {f32_w}) -> {x}
            return %out, %new : {x}, {w} }} }}"#,
            convert("%new", "%wide_new"),
            convert("%w", "%wide"),
        );
        let loaded = client.compile(&program).expect("it compiles");
        // Not its own transpose, and with a largest element that the update changes.
        let value = |row: usize, column: usize| if row == 3 || column == 5 { 0.5f32 } else { 0.0 };
        let numbers: Vec<f32> = (0..N * N).map(|index| value(index / N, index % N)).collect();
        let dims = [N as i64, N as i64];
        let w = if ty == "f32" {
            client.buffer(&numbers, &dims)
        } else {
            client.buffer(
                &numbers.iter().map(|value| (value.to_bits() >> 16) as u16).collect::<Vec<_>>(),
                &dims,
            )
        };
        let x: Vec<f32> = (0..N).map(|index| if index == 3 { 2.0 } else { 1.0 }).collect();
        let results = loaded.run(&[&client.buffer(&x, &[1, N as i64]), &w], 2).expect("it runs");
        assert!(w.is_deleted());
        let expected: Vec<f32> = (0..N)
            .map(|n| (0..N).map(|k| 1.5 * x[k] * if transposed { value(n, k) } else { value(k, n) }).sum())
            .collect();
        assert_eq!(results[0].read::<f32>(N).expect("readable"), expected, "{ty}, transposed: {transposed}");
    }
}
