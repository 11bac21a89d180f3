//! Four CPU devices, and values to try them with.

use bering::prelude::*;
use bering::{DeviceOptions, devices};

/// A mesh of four CPU devices.
pub(crate) fn mesh<const N: usize>(axes: [(&str, usize); N]) -> DeviceMesh {
    let four = DeviceOptions { devices: Some(4), ..Default::default() };
    DeviceMesh::new(&devices("cpu", &four).unwrap(), axes).unwrap()
}

/// Values of no symmetry, the same every time.
pub(crate) fn values(count: usize, seed: usize) -> Vec<f32> {
    (0..count).map(|i| (((i * 7919 + seed * 104_729) % 1009) as f32 / 504.5 - 1.0) * 0.5).collect()
}

/// That two lists are the same up to rounding.
#[track_caller]
pub(crate) fn close(what: &str, got: &[f32], expected: &[f32]) {
    assert_eq!(got.len(), expected.len(), "{what}");
    for (at, (g, e)) in got.iter().zip(expected).enumerate() {
        assert!((g - e).abs() <= 2e-5 * (1.0 + e.abs()), "{what}: element {at}: {g} is not {e}");
    }
}
