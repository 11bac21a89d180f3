//! Damaged specifications and shapes: whatever a program is given by its user becomes a mistake with a place, never a panic.

use bering_damage::{Random, Trial};
use bering_frontend::*;

const GOOD: [&str; 10] = [
    "ij,jk->ik",
    "bqhd,bkhd->bhqk",
    "...d,df->...f",
    "ii->i",
    "i,j->ij",
    "b q n g d, b k n d -> b n g q k",
    "batch tokens width, width out -> batch tokens out",
    "ij,jk,kl->il",
    "->",
    "a...b,b...->a...",
];

#[test]
fn einsum_specifications() {
    let shapes: [&[usize]; 7] = [&[], &[2], &[2, 3], &[3, 3], &[1, 3, 0], &[2, 3, 4, 5], &[1; 9]];
    // The first bytes say how many operands there are and of what shapes.
    let make = |random: &mut Random| {
        let mut bytes: Vec<u8> = (0..5).map(|_| random.bits() as u8).collect();
        let words = ["->", "...", ",", "i", "ab", "aa", "1", "\u{e9}", "batch"];
        bytes.extend(random.text(&GOOD, &words).into_bytes());
        bytes
    };
    Trial::new("einsum").attempts(4000).run(make, |bytes| {
        let (choice, text) = bytes.split_at(5);
        let specification = std::str::from_utf8(text).expect("text");
        let count = usize::from(choice[0]) % 5;
        let spec = |&byte: &u8| Spec::new(DType::F32, shapes[usize::from(byte) % shapes.len()]);
        let specs: Vec<Spec> = choice[1..][..count].iter().map(spec).collect();
        match trace("f", &specs, |_, x| einsum(specification, &x.iter().collect::<Vec<_>>())) {
            Ok(graph) => assert_eq!(graph.outputs().len(), 1),
            // Without operands there is no trace to record it in.
            Err(error) => assert!(!error.message().is_empty()),
        }
    });
}
