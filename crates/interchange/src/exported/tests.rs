use super::*;

fn example() -> Exported<'static> {
    let value = |dtype, dims: &[&'static str]| Abstract { dtype, dims: dims.to_vec() };
    Exported {
        name: "step",
        module: b"ML\xefR and more",
        arguments: vec![value("f32", &["2", "3"]), value("bf16", &[]), value("c64", &["b", "2*b"])],
        results: vec![value("i4", &["7"]), value("bool", &["0"])],
        kept: vec![0, 2],
        platforms: vec!["cpu", "cuda"],
        devices: 1,
        ordered_effects: 0,
    }
}

#[test]
fn what_is_written_is_read() {
    let example = example();
    assert_eq!(Exported::parse(&example.to_bytes().unwrap()).unwrap(), example);
    let least = Exported {
        name: "",
        module: b"ML\xefR",
        arguments: Vec::new(),
        results: Vec::new(),
        kept: Vec::new(),
        platforms: Vec::new(),
        devices: 100_000,
        ordered_effects: 0,
    };
    assert_eq!(Exported::parse(&least.to_bytes().unwrap()).unwrap(), least);
}

#[test]
fn what_cannot_be_written_is_an_error() {
    let mut example = example();
    example.arguments[0].dtype = "f99";
    assert_eq!(example.to_bytes().unwrap_err().to_string(), "JAX has no element type `f99`");
    example.ordered_effects = 1;
    assert!(example.to_bytes().unwrap_err().to_string().contains("ordered effects"));
    example.ordered_effects = 0;
    example.kept = vec![70_000];
    assert!(example.to_bytes().unwrap_err().to_string().contains("more than a file"));
}

#[test]
fn contradictions_are_errors() {
    let refused = |change: fn(&mut Exported<'static>), text: &str| {
        let mut example = example();
        change(&mut example);
        let message = Exported::parse(&example.to_bytes().unwrap()).unwrap_err().to_string();
        assert!(message.contains(text), "{message}");
    };
    refused(|example| example.module = b"module {}", "it holds no MLIR module");
    refused(|example| example.kept = vec![2, 0], "arguments [2, 0] of 3 are kept");
    refused(|example| example.kept = vec![3], "arguments [3] of 3 are kept");
    refused(|example| example.arguments[0].dims = vec!["1"; 65], "more than 64 dimensions");
}

#[test]
fn damage_is_an_error_or_another_function() {
    let good = example().to_bytes().unwrap();
    for end in 0..good.len() {
        drop(Exported::parse(&good[..end]));
    }
    for at in 0..good.len() {
        for byte in [0, 1, 4, 0x7f, 0x80, 0xff] {
            let mut bytes = good.clone();
            bytes[at] = byte;
            drop(Exported::parse(&bytes));
        }
    }
}
