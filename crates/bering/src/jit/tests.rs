use super::*;
use crate::{Place, Values, device};
use bering_frontend::{DType, Spec, Static, value_and_grad};
use bering_runtime::{Argument, Device};

#[derive(Tree)]
struct Layer {
    weight: Tensor,
    bias: Option<Tensor>,
    #[tree(static)]
    scale: f32,
}

fn layer(device: &Device, bias: bool, scale: f32) -> Layer {
    let bias = bias.then(|| device.tensor(&[1.0f32, 2.0], [2]).unwrap());
    Layer { weight: device.tensor(&[1.0f32, 0.0, 0.0, 1.0], [2, 2]).unwrap(), bias, scale }
}

fn forward((layer, x): (Layer, Tensor)) -> Tensor {
    let y = x.matmul(&layer.weight) * layer.scale;
    layer.bias.iter().fold(y, |y, bias| y + bias)
}

#[test]
fn programs_are_made_once_for_each_structure_and_type() {
    let device = device("cpu").unwrap();
    let f = jit("f", forward);
    let x = device.tensor(&[1.0f32, 1.0], [1, 2]).unwrap();
    let run = |bias, scale, x: &Tensor| f.call(&device, (layer(&device, bias, scale), x)).unwrap();
    assert_eq!(run(true, 2.0, &x).to_vec::<f32>().unwrap(), [3.0, 4.0]);
    assert_eq!(run(true, 2.0, &x).to_vec::<f32>().unwrap(), [3.0, 4.0]);
    assert_eq!(f.programs(), 1);
    assert_eq!(run(true, 3.0, &x).to_vec::<f32>().unwrap(), [4.0, 5.0]);
    assert_eq!(run(false, 2.0, &x).to_vec::<f32>().unwrap(), [2.0, 2.0]);
    assert_eq!(f.programs(), 3);
    let rows = device.tensor(&[1.0f32; 6], [3, 2]).unwrap();
    assert_eq!(run(true, 2.0, &rows).dims(), [3, 2]);
    assert_eq!(f.programs(), 4);
}

#[test]
fn static_arguments_choose_the_program() {
    let device = device("cpu").unwrap();
    let power = jit("power", |(x, n): (Tensor, Static<usize>)| (0..*n).fold(x.clone(), |y, _| y * &x));
    let x = device.scalar(2.0f32).unwrap();
    let run = |n| power.call(&device, (&x, Static(n))).unwrap().item::<f32>().unwrap();
    assert_eq!([run(1), run(3), run(1)], [4.0, 16.0, 4.0]);
    assert_eq!(power.programs(), 2);
}

#[test]
fn donated_memory_holds_results_of_the_same_type() {
    let device = device("cpu").unwrap();
    let step = jit("step", |(x, n): (Tensor, Tensor)| (&n + 1, x * 2.0, n.convert(DType::F32)));
    let args = || (device.tensor(&[1.0f32; 1024], [1024]).unwrap(), device.scalar(1_i32).unwrap());
    let (x, n) = args();
    let (at, clone) = (x.buffer().unwrap().address().unwrap(), x.clone());
    let (next, doubled, same) = step.call(&device, (Donate(x), &n)).unwrap();
    assert_eq!(doubled.buffer().unwrap().address().unwrap(), at, "the donated memory was not used");
    assert_eq!((next.item::<i32>().unwrap(), same.item::<f32>().unwrap()), (2, 1.0));
    assert_eq!(n.item::<i32>().unwrap(), 1);
    let error = step.call(&device, (&clone, &n)).unwrap_err().to_string();
    assert!(error.contains("was donated to an earlier execution"), "{error}");
    let (x, n) = args();
    let twice = jit("twice", |(x, y): (Tensor, Tensor)| x + y);
    let error = twice.call(&device, (Donate(x.clone()), x)).unwrap_err().to_string();
    assert_eq!(error, "argument `0` of `twice` is donated and passed a second time");
    let text = step.lower((Donate(Tensor::typed(DType::F32, [2])), n)).unwrap();
    assert!(text.text().contains("tf.aliasing_output = 1 : i32"), "{}", text.text());
}

#[test]
fn mistakes_name_the_argument() {
    let device = device("cpu").unwrap();
    let f = jit("f", forward);
    let mut given = layer(&device, false, 1.0);
    given.weight = Tensor::typed(DType::F32, [2, 2]);
    let x = device.tensor(&[1.0f32, 1.0], [1, 2]).unwrap();
    let error = f.call(&device, (given, &x)).unwrap_err().to_string();
    assert_eq!(error, "argument `0.weight` of `f` holds no elements: type: f32[2, 2]");
    let other = crate::device("cpu").unwrap();
    let error = f.call(&device, (layer(&other, false, 1.0), &x)).unwrap_err().to_string();
    assert_eq!(error, "argument `0.weight` of `f` is on another client's `cpu:0`, the call on `cpu:0`");
    let wrong = jit("wrong", |(layer, x): (Layer, Tensor)| layer.weight + x.reshape([7]));
    let error = wrong.call(&device, (layer(&device, false, 1.0), &x)).unwrap_err().to_string();
    assert!(error.starts_with("reshape: "), "{error}");
    let error = f.argument_layout("2", "{0,1}").lower((layer(&device, false, 1.0), &x)).err().unwrap();
    assert_eq!(error.to_string(), "`f` has no argument `2`; it has `0.weight`, `1`");
}

#[test]
fn compiled_ahead_of_time_it_checks_what_it_is_given() {
    let device = device("cpu").unwrap();
    let f = jit("f", forward);
    let typed = |bias: bool| Layer {
        weight: Tensor::typed(DType::F32, [2, 2]),
        bias: bias.then(|| Tensor::typed(DType::F32, [2])),
        scale: 2.0,
    };
    let x = device.tensor(&[1.0f32, 1.0], [1, 2]).unwrap();
    let staged = f.lower((typed(true), &x)).unwrap();
    assert_eq!(staged.results().spec(), &Spec::new(DType::F32, [1, 2]));
    let compiled = staged.compile(&device).unwrap();
    let y = compiled.call((layer(&device, true, 2.0), &x)).unwrap();
    assert_eq!(y.to_vec::<f32>().unwrap(), [3.0, 4.0]);
    let error = compiled.call((layer(&device, false, 2.0), &x)).unwrap_err().to_string();
    assert_eq!(error, "arguments of `f` have another structure than it was compiled for");
    let error = compiled.call((layer(&device, true, 2.0), Donate(x.clone()))).unwrap_err().to_string();
    assert_eq!(error, "argument `1` of `f` must be f32[1, 2], got f32[1, 2], donated");
    assert!(compiled.cost_analysis().unwrap().iter().any(|(name, _)| name == "flops"));
    assert!(compiled.memory_analysis().unwrap().arguments >= 32);
    assert_eq!(f.programs(), 0, "compiling ahead of time is no call");
}

#[test]
fn a_compiled_function_runs_on_several_threads_at_once() {
    let device = device("cpu").unwrap();
    let matrix = device.tensor(&[1.0f32, 2.0, 3.0, 4.0], [2, 2]).unwrap();
    let f = jit("f", |(x, n): (Tensor, Tensor)| (x.matmul(&matrix) + &n, x * 1.0));
    let types = (Tensor::typed(DType::F32, [1, 2]), Tensor::typed(DType::F32, []));
    let compiled = f.lower((Donate(types.0), types.1)).unwrap().compile(&device).unwrap();
    let (function, client) = (compiled.function().clone(), device.client());
    let matrix = matrix.buffer().unwrap();
    let work = |thread: u16| {
        for i in 0..200u16 {
            let (x, n) = (f32::from(thread), f32::from(i));
            let buffers = [client.buffer_from_slice(&[x, 1.0], [1, 2]), client.buffer_from_slice(&[n], [])]
                .map(Result::unwrap);
            let arguments =
                [Argument::Donate(&buffers[0]), Argument::Keep(&buffers[1]), Argument::Keep(matrix)];
            let results = function.call_with(&arguments).unwrap();
            assert_eq!(results[0].to_vec::<f32>().unwrap(), [x + 3.0 + n, 2.0 * x + 4.0 + n]);
            assert_eq!(results[1].to_vec::<f32>().unwrap(), [x, 1.0]);
        }
    };
    std::thread::scope(|scope| (0..6).for_each(|thread| drop(scope.spawn(move || work(thread)))));
    let x = device.tensor(&[1.0f32, 1.0], [1, 2]).unwrap();
    let (y, _) = compiled.call((Donate(x), device.scalar(0.0f32).unwrap())).unwrap();
    assert_eq!(y.to_vec::<f32>().unwrap(), [4.0, 6.0]);
}

#[test]
fn layouts_are_as_asked_for() {
    let device = device("cpu").unwrap();
    let f = jit("f", |x: Tensor| (x.transpose([1, 0]), &x + 1.0)).result_layout("1", "{0,1}");
    let x = device.tensor(&[1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0], [2, 3]).unwrap();
    let compiled = f.lower(&x).unwrap().compile(&device).unwrap();
    let layouts = compiled.result_layouts().unwrap();
    assert_eq!(layouts, [("0".to_string(), "{1,0}".to_string()), ("1".to_string(), "{0,1}".to_string())]);
    assert_eq!(compiled.argument_layouts().unwrap(), [(String::new(), "{1,0}".to_string())]);
    let (_, y) = compiled.call(&x).unwrap();
    assert_eq!(y.to_vec::<f32>().unwrap(), [2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
    let g = jit("g", |x: Tensor| x * 2.0).argument_layout("", "{0,1}");
    let z = g.call(&device, &y).unwrap();
    assert_eq!(z.to_vec::<f32>().unwrap(), [4.0, 6.0, 8.0, 10.0, 12.0, 14.0]);
}

#[test]
fn memories_that_are_not_there_are_named() {
    let device = device("cpu").unwrap();
    let kind = device.default_memory().unwrap().kind().to_string();
    let x = crate::memory(&device, &kind).unwrap().tensor(&[1.0f32, 2.0], [2]).unwrap();
    let f = |kind: &str| jit("f", |x: Tensor| x * 2.0).argument_memory("", kind).result_memory("", kind);
    let y = f(&kind).call(&device, &x).unwrap();
    assert_eq!(y.to_vec::<f32>().unwrap(), [2.0, 4.0]);
    assert_eq!(y.buffer().unwrap().memory().unwrap().kind(), kind);
    let error = f("hbm").call(&device, &x).unwrap_err().to_string();
    assert!(error.starts_with("no memory `hbm` on `cpu:0`; there is: `"), "{error}");
}

/// A stack of layers whose parameters have the layers on their first axis.
fn stack(layers: usize) -> Layer {
    Layer {
        weight: Tensor::typed(DType::F32, [layers, 4, 4]),
        bias: Some(Tensor::typed(DType::F32, [layers, 4])),
        scale: 1.0,
    }
}

#[test]
fn programs_of_scanned_layers_do_not_grow_with_depth() {
    let apply = |(layers, x): (Layer, Tensor)| {
        let body = |x: Tensor, layer: Layer| (forward((layer, x)).tanh(), ());
        bering_frontend::control::scan(body, x, layers).0
    };
    let train = jit("train", |(layers, x): (Layer, Tensor)| {
        value_and_grad(|layers| apply((layers, x.clone())).sum(..), &layers)
    });
    let x = Tensor::typed(DType::F32, [3, 4]);
    let texts = |layers| {
        let forward = jit("forward", apply).lower((stack(layers), &x)).unwrap().text().to_owned();
        [forward, train.lower((stack(layers), &x)).unwrap().text().to_owned()]
    };
    let (two, twelve, forty_eight) = (texts(2), texts(12), texts(48));
    // The depth is only a number in the text, so what has as many digits is as long.
    assert_eq!(twelve.each_ref().map(String::len), forty_eight.each_ref().map(String::len));
    let lines = |texts: [String; 2]| texts.map(|text| text.lines().count());
    let [forward, trained] = lines(two);
    assert_eq!([forward, trained], lines(forty_eight));
    assert!(forward < 60 && trained < 250, "{forward} and {trained} lines");
}
