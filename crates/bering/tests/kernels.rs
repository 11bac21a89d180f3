//! The CPU kernels as traced functions, against the same computation in plain operations on the same device.

use bering::kernels::{self, Activation};
use bering::prelude::*;

/// Numbers from -1 to 1 that are the same every time.
fn values(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed | 1;
    (0..count)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect()
}

/// Runs `function` on arrays of these dimensions; it gives what a kernel computes and what plain operations do.
#[track_caller]
fn check(inputs: &[(&[usize], Vec<f32>)], tolerance: f32, function: impl FnOnce(&[Tensor]) -> [Tensor; 2]) {
    let specs: Vec<Spec> = inputs.iter().map(|(dims, _)| Spec::new(DType::F32, *dims)).collect();
    let graph = trace("kernels", &specs, |_, args| function(args)).unwrap();
    let device = device("cpu").unwrap();
    let compiled = compile(&device, &graph).unwrap();
    let buffers: Vec<Buffer> = inputs
        .iter()
        .map(|(dims, values)| device.client().buffer_from_slice(values, dims).unwrap())
        .collect();
    let outputs = compiled.call(&buffers.iter().collect::<Vec<_>>()).unwrap();
    assert_eq!(outputs[0].dims(), outputs[1].dims());
    let [kernel, plain] = [0, 1].map(|i| outputs[i].to_vec::<f32>().unwrap());
    let worst = kernel.iter().zip(&plain).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst <= tolerance, "largest difference {worst}");
    assert!(plain.iter().any(|value| value.abs() > 1e-3), "nothing was computed");
}

#[test]
fn linear_with_every_activation() {
    let (rows, inputs, outputs) = (7, 20, 70);
    let weight = values(outputs * inputs, 2);
    let packed = kernels::pack(&weight, inputs);
    let dims = kernels::packed_dims(inputs, outputs);
    let arrays = [
        (&[rows, inputs][..], values(rows * inputs, 1)),
        (&[outputs, inputs][..], weight),
        (&dims[..], packed),
        (&[outputs][..], values(outputs, 3)),
    ];
    for activation in Activation::ALL {
        check(&arrays, 1e-5, |args| {
            let [x, weight, packed, bias] = args else { unreachable!() };
            let plain = x.matmul(&weight.transpose([1, 0])) + bias;
            let plain = match activation {
                Activation::Identity => plain,
                Activation::Gelu => plain.gelu(),
                Activation::GeluTanh => plain.gelu_tanh(),
                Activation::Relu => plain.relu(),
                Activation::Silu => plain.silu(),
            };
            [kernels::linear(x, packed, bias, activation), plain]
        });
    }
}

#[test]
fn attention_with_a_mask() {
    let (batch, tokens, heads, width) = (2, 9, 3, 8);
    let features = 3 * heads * width;
    let bias: Vec<f32> = (0..batch * tokens).map(|i| if i % 4 == 3 { -1e9 } else { 0.0 }).collect();
    let arrays = [
        (&[batch, tokens, features][..], values(batch * tokens * features, 5)),
        (&[batch, tokens][..], bias),
    ];
    check(&arrays, 2e-6, |args| {
        let [qkv, bias] = args else { unreachable!() };
        let parts = qkv.split(2, &[features / 3; 3]);
        let [q, k, v] = [0, 1, 2].map(|i| parts[i].reshape([batch, tokens, heads, width]));
        let mask = bias.reshape([batch, 1, 1, tokens]);
        let plain = nn::attention(&q, &k, &v, Some(&mask)).reshape([batch, tokens, heads * width]);
        [kernels::attention(qkv, bias, heads), plain]
    });
}

#[test]
fn layer_norm_of_a_sum() {
    let (rows, width) = (5, 37);
    let arrays = [
        (&[rows, width][..], values(rows * width, 7)),
        (&[rows, width][..], values(rows * width, 8)),
        (&[width][..], values(width, 9)),
        (&[width][..], values(width, 10)),
    ];
    check(&arrays, 2e-6, |args| {
        let [x, residual, weight, bias] = args else { unreachable!() };
        let sum = x + residual;
        let centered = &sum - sum.mean_keepdims(-1);
        let variance = (&centered * &centered).mean_keepdims(-1);
        let plain = centered * (variance + 1e-5).rsqrt() * weight + bias;
        [kernels::add_layer_norm(x, residual, weight, bias, 1e-5), plain]
    });
}

#[test]
fn encoder_layer_in_one_call() {
    let (batch, tokens, heads, width, inner) = (2, 19, 3, 8, 70);
    let hidden = heads * width;
    let sizes = [(hidden, 3 * hidden), (hidden, hidden), (hidden, inner), (inner, hidden)];
    let mut arrays: Vec<(Vec<usize>, Vec<f32>)> = vec![
        (vec![batch, tokens, hidden], values(batch * tokens * hidden, 1)),
        (vec![batch, tokens], (0..batch * tokens).map(|key| if key % 4 == 3 { -1e9 } else { 0.0 }).collect()),
    ];
    for (seed, (inputs, outputs)) in (2..).zip(sizes) {
        let weight: Vec<f32> = values(inputs * outputs, seed).iter().map(|value| 0.3 * value).collect();
        let packed = kernels::pack(&weight, inputs);
        arrays.push((vec![outputs, inputs], weight));
        arrays.push((kernels::packed_dims(inputs, outputs).to_vec(), packed));
        arrays.push((vec![outputs], values(outputs, seed + 10)));
    }
    arrays.extend((30..34).map(|seed| (vec![hidden], values(hidden, seed))));
    let arrays: Vec<(&[usize], Vec<f32>)> =
        arrays.iter().map(|(dims, values)| (&dims[..], values.clone())).collect();
    check(&arrays, 1e-5, |args| {
        let [x, bias, parameters @ ..] = args else { unreachable!() };
        let (dense, norms) = parameters.split_at(12);
        let linear = |x: &Tensor, at: usize| x.matmul(&dense[3 * at].transpose([1, 0])) + &dense[3 * at + 2];
        let add_norm = |sum: Tensor, at: usize| {
            let centered = &sum - sum.mean_keepdims(-1);
            let variance = (&centered * &centered).mean_keepdims(-1);
            centered * (variance + 1e-5).rsqrt() * &norms[2 * at] + &norms[2 * at + 1]
        };
        let parts = linear(x, 0).split(2, &[hidden; 3]);
        let [q, k, v] = [0, 1, 2].map(|i| parts[i].reshape([batch, tokens, heads, width]));
        let mask = bias.reshape([batch, 1, 1, tokens]);
        let attended = nn::attention(&q, &k, &v, Some(&mask)).reshape([batch, tokens, hidden]);
        let middle = add_norm(linear(&attended, 1) + x, 0);
        let plain = add_norm(linear(&linear(&middle, 2).gelu(), 3) + &middle, 1);

        let packed =
            |at: usize| kernels::Dense { weight: dense[3 * at + 1].clone(), bias: dense[3 * at + 2].clone() };
        let norm =
            |at: usize| kernels::Norm { weight: norms[2 * at].clone(), bias: norms[2 * at + 1].clone() };
        let layer = kernels::EncoderLayer {
            qkv: packed(0),
            context: packed(1),
            context_norm: norm(0),
            expand: packed(2),
            contract: packed(3),
            output_norm: norm(1),
            heads,
            activation: Activation::Gelu,
            eps: 1e-5,
        };
        [layer.forward(x, bias), plain]
    });
}

/// What does not fit is refused when the program runs, by name, and not read out of bounds.
#[test]
fn operands_that_do_not_fit() {
    let specs = [
        Spec::new(DType::F32, [2, 8]),
        Spec::new(DType::F32, kernels::packed_dims(9, 4)),
        Spec::new(DType::F32, [4]),
    ];
    let graph =
        trace("wrong", &specs, |_, args| kernels::linear(&args[0], &args[1], &args[2], Activation::Identity))
            .unwrap();
    let device = device("cpu").unwrap();
    let compiled = compile(&device, &graph).unwrap();
    let buffers: Vec<Buffer> = specs
        .iter()
        .map(|spec| {
            let zeros = vec![0.0f32; spec.dims().iter().product()];
            device.client().buffer_from_slice(&zeros, spec.dims()).unwrap()
        })
        .collect();
    let result = compiled.call(&buffers.iter().collect::<Vec<_>>());
    let error = match result {
        Ok(outputs) => outputs[0].to_vec::<f32>().unwrap_err().to_string(),
        Err(error) => error.to_string(),
    };
    assert!(error.contains("packed weight has 432 elements, 384 expected"), "{error}");
}
