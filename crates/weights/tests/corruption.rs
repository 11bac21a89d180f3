//! Random damage to a good file: never a panic, and whatever is accepted is consistent.
//!
//! The generator is seeded, so a failure reproduces; it is printed with the damage that caused it.

use bering_weights::SafeTensors;

/// xorshift64*: enough randomness to choose damage with.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound
    }
}

fn good() -> Vec<u8> {
    let header = r#"{"__metadata__":{"k":"v"},"x.weight":{"dtype":"F32","shape":[4,3],"data_offsets":[0,48]},"x.bias":{"dtype":"I64","shape":[2],"data_offsets":[48,64]},"y":{"dtype":"BOOL","shape":[],"data_offsets":[64,65]}}"#;
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend(0..65u8);
    bytes
}

/// Bytes that mean something in a header are likelier to get past the JSON parser than random ones.
const TOKENS: &[&str] = &[
    "0",
    "9",
    "18446744073709551615",
    "-1",
    "1e9",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\"dtype\"",
    "\"F64\"",
    "\"F4\"",
    "null",
    "[[",
    "\\u0000",
    "x.weight",
    "64",
    "65",
];

fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    match random.below(6) {
        0 => {
            let at = random.below(bytes.len());
            bytes[at] = random.below(256) as u8;
        }
        1 => bytes.truncate(random.below(bytes.len()) + 1),
        2 => {
            let (at, token) = (random.below(bytes.len()), TOKENS[random.below(TOKENS.len())]);
            bytes.splice(at..at, token.bytes());
        }
        3 => {
            let at = random.below(bytes.len());
            let end = (at + 1 + random.below(12)).min(bytes.len());
            bytes.drain(at..end);
            if bytes.is_empty() {
                bytes.push(0);
            }
        }
        4 => {
            // A digit of the header changes: shapes and offsets that contradict each other.
            let digits: Vec<usize> = (0..bytes.len()).filter(|&at| bytes[at].is_ascii_digit()).collect();
            if let Some(&at) = digits.get(random.below(digits.len().max(1))) {
                bytes[at] = b'0' + random.below(10) as u8;
            }
        }
        _ => {
            let length = random.below(bytes.len() * 2) as u64;
            let prefix = length.to_le_bytes();
            let n = bytes.len().min(8);
            bytes[..n].copy_from_slice(&prefix[..n]);
        }
    }
}

#[test]
fn random_damage_never_panics_and_never_yields_nonsense() {
    let mut random = Random(0x5eed);
    let (mut accepted, mut rejected) = (0, 0);
    for _ in 0..60_000 {
        let mut bytes = good();
        let times = 1 + random.below(4);
        for _ in 0..times {
            damage(&mut bytes, &mut random);
        }
        match SafeTensors::from_bytes("damaged", bytes.clone()) {
            Ok(weights) => {
                accepted += 1;
                let total: usize = weights.iter().map(|tensor| tensor.bytes.len()).sum();
                let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
                assert_eq!(total, bytes.len() - 8 - header, "the data is not tiled: {bytes:?}");
                for tensor in weights.iter() {
                    assert_eq!(tensor.dtype.size_of(tensor.dims), Some(tensor.bytes.len()), "{bytes:?}");
                }
            }
            Err(error) => {
                rejected += 1;
                assert!(!error.to_string().is_empty());
            }
        }
    }
    // Both must happen, or the damage is too weak or too strong to test anything.
    assert!(accepted > 500 && rejected > 500, "accepted {accepted}, rejected {rejected}");
}
