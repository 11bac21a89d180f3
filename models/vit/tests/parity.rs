//! Small networks against timm on the same weights, layer by layer; `tests/reference/generate.py` made them.

use bering::prelude::*;
use bering::weights::{DType as Stored, NewTensor, save};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use vit::{Classifier, Config, Vit, decode, prepare};

/// Largest difference of an element, relative to the largest element of its layer.
const TOLERANCE: f32 = 2e-6;

fn reference(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(name)
}

fn floats(weights: &SafeTensors, name: &str) -> Vec<f32> {
    let bytes = weights.get(name).unwrap().bytes;
    bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect()
}

#[track_caller]
fn assert_close(found: &[f32], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        // Written so that a NaN fails.
        let close = (found - expected).abs() <= TOLERANCE * largest;
        assert!(close, "{what}, element {i}: {found} is not {expected} (largest is {largest})");
    }
}

#[test]
fn every_layer_is_as_in_timm() {
    let device = device("cpu").unwrap();
    for name in ["plain", "registers"] {
        let weights = SafeTensors::open(reference(name)).unwrap();
        let layers = SafeTensors::open(reference(name).join("layers.safetensors")).unwrap();
        let config = Config::read(&reference(name), &weights).unwrap();
        assert_eq!((config.blocks, config.classes, config.preparation.size), (3, 7, 32));
        let graph = trace(name, &[Spec::new(DType::F32, [2, 3, 32, 32])], |params: &Params, x| {
            let output = Vit::new(params, &config).forward(&x[0]);
            (output.hidden, output.logits)
        });
        let graph = graph.unwrap();
        let parameters = Parameters::load(&device, &graph, &weights).unwrap();
        // All that timm stored, and nothing else.
        assert!(parameters.names().eq(weights.names()));
        let image = device.client().buffer_from_slice(&floats(&layers, "image"), [2, 3, 32, 32]).unwrap();
        let function = compile(&device, &graph).unwrap().bind(&parameters).unwrap();
        let results = function.call(&[&image]).unwrap();
        let names = ["hidden.0", "hidden.1", "hidden.2", "hidden.3", "logits"];
        assert_eq!(results.len(), names.len());
        for (result, layer) in results.iter().zip(names) {
            let what = format!("{name}, {layer}");
            assert_close(&result.to_vec::<f32>().unwrap(), &floats(&layers, layer), &what);
        }
    }
}

#[test]
fn images_are_prepared_as_in_timm() {
    let weights = SafeTensors::open(reference("plain")).unwrap();
    let config = Config::read(&reference("plain"), &weights).unwrap();
    let expected = SafeTensors::open(reference("photo.safetensors")).unwrap();
    let expected = floats(&expected, "prepared");
    let found = prepare(&decode(&reference("photo.png")).unwrap(), &config.preparation);
    assert_eq!(found.len(), expected.len());
    let furthest = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0f32, f32::max);
    // Both round to 8 bits between their steps: two units of 1/255, divided by the least `std`.
    assert!(furthest <= 2.01 / 255.0 / 0.224, "{furthest}");
}

fn vit(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vit")).args(arguments).output().unwrap()
}

#[test]
fn the_command_line_names_classes() {
    let (model, photo) = (reference("plain"), reference("photo.png"));
    let (model, photo) = (model.to_str().unwrap(), photo.to_str().unwrap());
    let output = vit(&["--model", model, "-k", "2", photo]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines.len(), lines[0]), (3, photo));

    let classifier = Classifier::open(&reference("plain"), device("cpu").unwrap()).unwrap();
    let guesses = classifier.classify(&decode(&reference("photo.png")).unwrap(), 7).unwrap();
    let sum: f32 = guesses.iter().map(|guess| guess.probability).sum();
    assert!((sum - 1.0).abs() < 1e-5 && guesses.is_sorted_by(|a, b| a.probability >= b.probability));
    assert!(lines[1].ends_with(guesses[0].label.as_ref().unwrap().as_str()), "{text}");
}

#[test]
fn what_is_wrong_is_said() {
    let photo = reference("photo.png");
    let photo = photo.to_str().unwrap();
    let check = |arguments: &[&str], expected: &str| {
        let output = vit(arguments);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && text.contains(expected), "{text}");
    };
    check(&["--model", "/nowhere", photo], "cannot read `/nowhere`");
    let model = reference("plain");
    let model = model.to_str().unwrap();
    check(&["--model", model, &format!("{model}/config.json")], "cannot use the image");
    let truncated = Path::new(env!("CARGO_TARGET_TMPDIR")).join("half.jpg");
    let whole = std::fs::read(reference("pictures/colours.jpg")).unwrap();
    std::fs::write(&truncated, &whole[..whole.len() / 8]).unwrap();
    check(&["--model", model, truncated.to_str().unwrap()], "cannot use the image");
}

/// Names, sizes and bytes.
type Tensors = Vec<(String, Vec<usize>, Vec<u8>)>;

/// The command on a copy of `plain` whose tensors and configuration are changed, must fail and say `expected`.
#[track_caller]
fn refuses(change: impl FnOnce(&mut Tensors), config: &str, expected: &str) {
    let directory = tempfile::tempdir().unwrap();
    let weights = SafeTensors::open(reference("plain")).unwrap();
    let mut tensors: Vec<_> =
        weights.iter().map(|view| (view.name.to_owned(), view.dims.to_vec(), view.bytes.to_vec())).collect();
    change(&mut tensors);
    let tensors: Vec<NewTensor<'_>> = tensors
        .iter()
        .map(|(name, dims, bytes)| {
            let dtype =
                if bytes.len() == 4 * dims.iter().product::<usize>() { Stored::F32 } else { Stored::F16 };
            NewTensor { name, dtype, dims, bytes }
        })
        .collect();
    save(directory.path().join("model.safetensors"), &tensors).unwrap();
    std::fs::write(directory.path().join("config.json"), config).unwrap();
    let photo = reference("photo.png");
    let output = vit(&["--model", directory.path().to_str().unwrap(), photo.to_str().unwrap()]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && text.contains(expected) && !text.contains("panicked"), "{text}");
}

#[test]
fn other_networks_are_refused() {
    const CONFIG: &str = r#"{"model_args": {"num_heads": 3}}"#;
    let nothing = |_: &mut Tensors| {};
    let without = |name: &'static str| move |tensors: &mut Tensors| tensors.retain(|tensor| tensor.0 != name);
    refuses(nothing, "{}", "24 features do not make 0 heads");
    refuses(nothing, r#"{"model_args": {"num_heads": 5}}"#, "24 features do not make 5 heads");
    refuses(
        nothing,
        r#"{"model_args": {"num_heads": 3, "act_layer": "quick_gelu"}}"#,
        "the activation is `quick_gelu`",
    );
    refuses(
        nothing,
        r#"{"model_args": {"num_heads": 3}, "pretrained_cfg": {"interpolation": "lanczos"}}"#,
        "`lanczos`",
    );
    refuses(nothing, r#"{"model_args": {"num_heads": 3}, "label_names": ["one"]}"#, "1 labels for 7 classes");
    refuses(nothing, "{", "cannot use");
    refuses(without("patch_embed.proj.weight"), CONFIG, "no vision transformer in timm's layout");
    refuses(without("blocks.1.attn.qkv.bias"), CONFIG, "`blocks.1.attn.qkv.bias`");
    refuses(without("cls_token"), CONFIG, "17 positions are no square of patches");
    let added = |tensors: &mut Tensors| tensors.push(("norm_pre.weight".to_owned(), vec![24], vec![0; 96]));
    refuses(
        added,
        CONFIG,
        "holds `norm_pre.weight`, which the vision transformers that are known here do not have",
    );
    let find =
        |tensors: &mut Tensors, name: &str| tensors.iter().position(|tensor| tensor.0 == name).unwrap();
    let wider = |tensors: &mut Tensors| {
        let at = find(tensors, "blocks.2.attn.proj.bias");
        tensors[at] = ("blocks.2.attn.proj.bias".into(), vec![25], vec![0; 100]);
    };
    refuses(wider, CONFIG, "tensor `blocks.2.attn.proj.bias` is f32[25]");
    let halved = |tensors: &mut Tensors| {
        let at = find(tensors, "head.bias");
        tensors[at] = ("head.bias".into(), vec![7], vec![0; 14]);
    };
    refuses(halved, CONFIG, "tensor `head.bias` is f16[7]");
    let oblong = |tensors: &mut Tensors| {
        let at = find(tensors, "pos_embed");
        tensors[at] = ("pos_embed".into(), vec![1, 15, 24], vec![0; 15 * 24 * 4]);
    };
    refuses(oblong, CONFIG, "15 positions are no square of patches");
}

#[test]
fn what_is_no_network_is_said() {
    let photo = reference("photo.png");
    let directory = tempfile::tempdir().unwrap();
    std::fs::copy(reference("photo.safetensors"), directory.path().join("model.safetensors")).unwrap();
    let output = vit(&["--model", directory.path().to_str().unwrap(), photo.to_str().unwrap()]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && text.contains("no vision transformer in timm's layout"), "{text}");
}
