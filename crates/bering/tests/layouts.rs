//! How arguments and results lie in memory: layouts that the compiler chooses, kinds of memory, and walls against its optimisations.
#![allow(missing_docs)]

use bering::memory;
use bering::prelude::*;

/// A product with weights that lie turned.
fn product((x, w): (Tensor, Tensor)) -> Tensor {
    x.matmul(&w.transpose([1, 0]))
}

fn values(count: usize) -> Vec<f32> {
    (0..count).map(|i| (i * 7 % 13) as f32 - 6.0).collect()
}

#[test]
fn layouts_that_the_compiler_chose_are_told_and_can_be_asked_of_the_maker() {
    let device = device("cpu").unwrap();
    let x = device.tensor(&values(3 * 4), [3, 4]).unwrap();
    let w = device.tensor(&values(5 * 4), [5, 4]).unwrap();
    let expected = jit("product", product).call(&device, (&x, &w)).unwrap().to_vec::<f32>().unwrap();

    let chosen = jit("product", product).argument_layout("", "auto").result_layout("", "auto");
    let chosen = chosen.lower((&x, &w)).unwrap().compile(&device).unwrap();
    let layouts = chosen.argument_layouts().unwrap();
    assert_eq!(layouts.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["0", "1"]);
    for (_, layout) in layouts.iter().chain(&chosen.result_layouts().unwrap()) {
        assert!(["{0,1}", "{1,0}"].contains(&layout.as_str()), "{layouts:?}");
    }
    // A program that makes the arguments as they are wanted.
    let make = jit("make", |pair: (Tensor, Tensor)| tree::map(&pair, |leaf| leaf * 1.0));
    let make = layouts.iter().fold(make, |make, (path, layout)| make.result_layout(path, layout));
    let made = make.call(&device, (&x, &w)).unwrap();
    assert_eq!(chosen.call(made).unwrap().to_vec::<f32>().unwrap(), expected);
}

#[test]
fn a_layout_of_one_program_feeds_another_and_no_other_is_taken() {
    let device = device("cpu").unwrap();
    let x = device.tensor(&values(6), [2, 3]).unwrap();
    let turned = jit("turned", |x: Tensor| x.transpose([1, 0])).result_layout("", "auto");
    let turned = turned.lower(&x).unwrap().compile(&device).unwrap();
    let [(_, layout)] = &turned.result_layouts().unwrap()[..] else { panic!("one result") };
    assert_eq!(layout, "{0,1}", "the compiler turns nothing where it need not");
    let y = turned.call(&x).unwrap();
    let takes = jit("takes", |y: Tensor| y * 2.0).argument_layout("", layout).result_layout("", "default");
    let expected: Vec<f32> = [0, 3, 1, 4, 2, 5].iter().map(|&at| values(6)[at] * 2.0).collect();
    assert_eq!(takes.call(&device, &y).unwrap().to_vec::<f32>().unwrap(), expected);

    // What comes from the host can be laid out so, too.
    let host = values(6);
    let view = HostView::of(&host, [3, 2]).unwrap().with_device_layout([0, 1]).unwrap();
    let laid_out = device.client().buffer(&view, &device).unwrap().to_tensor().unwrap();
    let doubled: Vec<f32> = host.iter().map(|v| v * 2.0).collect();
    assert_eq!(takes.call(&device, &laid_out).unwrap().to_vec::<f32>().unwrap(), doubled);

    let plain = device.tensor(&values(6), [3, 2]).unwrap();
    let error = takes.call(&device, &plain).unwrap_err().to_string();
    assert!(error.ends_with("argument 0 is f32[3,2]{1,0}, the executable takes f32[3,2]{0,1}"), "{error}");
    let error = jit("plain", |y: Tensor| y * 2.0).call(&device, &y).unwrap_err().to_string();
    assert!(error.ends_with("argument 0 is f32[3,2]{0,1}, the executable takes f32[3,2]{1,0}"), "{error}");
    for (layout, complaint) in
        [("{0}", "minor_to_major field contains 1 elements"), ("rows", "layout mode 'rows'")]
    {
        let wrong = jit("wrong", |y: Tensor| y * 2.0).argument_layout("", layout);
        let error = wrong.call(&device, &y).unwrap_err().to_string();
        assert!(error.starts_with("compile failed on `cpu`") && error.contains(complaint), "{error}");
    }
}

#[test]
fn tensors_move_between_the_memories_that_there_are() {
    let device = device("cpu").unwrap();
    let kinds: Vec<String> = device.memories().unwrap().iter().map(|m| m.kind().to_owned()).collect();
    assert_eq!(kinds, ["device", "pinned_host", "unpinned_host"]);
    for from in &kinds {
        let x = memory(&device, from).unwrap().tensor(&values(4), [4]).unwrap();
        for to in &kinds {
            let kind = |x: &Tensor| x.buffer().unwrap().memory().unwrap().kind().to_owned();
            let copied =
                x.buffer().unwrap().copy_to(memory(&device, to).unwrap()).unwrap().to_tensor().unwrap();
            assert_eq!((kind(&copied), copied.to_vec::<f32>().unwrap()), (to.clone(), values(4)));
            let copy = jit("copy", |x: Tensor| x + 1.0).argument_memory("", from).result_memory("", to);
            let y = copy.call(&device, &x).unwrap();
            let expected: Vec<f32> = values(4).iter().map(|v| v + 1.0).collect();
            assert_eq!((kind(&y), y.to_vec::<f32>().unwrap()), (to.clone(), expected));
            // Nothing said, results are in the device's own memory.
            let y = jit("copy", |x: Tensor| x + 1.0).call(&device, &x).unwrap();
            assert_eq!(kind(&y), "device");
        }
    }
}

#[test]
fn a_barrier_keeps_the_compiler_from_merging() {
    let device = device("cpu").unwrap();
    let exponentials = |barrier: bool| {
        let f = jit("f", |x: Tensor| {
            let again = if barrier { Tensor::optimization_barrier(&[&x]).remove(0) } else { x.clone() };
            x.exp() + again.exp()
        });
        let text = f.lower(Tensor::typed(DType::F32, [64])).unwrap().hlo_text(&device).unwrap();
        text.matches(" exponential(").count()
    };
    assert_eq!(exponentials(false), 1);
    assert_eq!(exponentials(true), 2);
}
