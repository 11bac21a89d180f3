//! The procedure linkage table of x86-64 as ld and lld write it.
//!
//! Behind a header lies a stub of 16 bytes for each entry of `.rela.plt`: `jmp *slot; push entry; jmp header`. The slot first
//! holds the address of the `push`, which makes the loader look the name up at the first call. A stub of a function that is
//! known becomes a direct jump. The slots of the others move together, since each page of them is written to at every start.

use super::{Place, Relocation};
use anyhow::{Context as _, Result};
use std::collections::HashSet;

const SIZE: usize = 16;
/// Slots that the loader has for itself: the dynamic section, its handle of the library, its resolver.
const RESERVED: usize = 3;
/// `jmp *slot`: two bytes of code, and a distance from the next instruction, which is the `push`.
const PUSH: usize = 6;

pub(super) struct Stubs {
    plt: Place,
    slots: Place,
}

impl Stubs {
    /// `None` unless every entry has the classic stub, with the slot and number that it should have.
    pub(super) fn read(bytes: &[u8], plt: Place, slots: Place, relocations: &[Relocation]) -> Option<Self> {
        let stubs = Self { plt, slots };
        let room = plt.size / SIZE > relocations.len() && slots.size / 8 >= RESERVED + relocations.len();
        let distinct: HashSet<u64> = relocations.iter().map(|relocation| relocation.offset).collect();
        let classic = |(entry, relocation): (usize, &Relocation)| {
            let at = stubs.offset(entry);
            let stub = &bytes[at..at + SIZE];
            let number = u32::from_le_bytes([stub[7], stub[8], stub[9], stub[10]]);
            stub[..2] == [0xff, 0x25]
                && stub[PUSH] == 0x68
                && number as usize == entry
                && slot(stub, stubs.address(entry)) == relocation.offset
                && relocation.offset.wrapping_sub(slots.address) < slots.size as u64
        };
        let whole =
            room && distinct.len() == relocations.len() && relocations.iter().enumerate().all(classic);
        whole.then_some(stubs)
    }

    fn offset(&self, entry: usize) -> usize {
        self.plt.offset + (entry + 1) * SIZE
    }

    fn address(&self, entry: usize) -> u64 {
        self.plt.address.wrapping_add(((entry + 1) * SIZE) as u64)
    }

    /// Makes the stub of `entry` jump to `function`.
    pub(super) fn jump(&self, bytes: &mut [u8], entry: usize, function: u64) -> Result<()> {
        let at = self.offset(entry);
        let distance = distance(self.address(entry).wrapping_add(5), function)?;
        bytes[at] = 0xe9;
        bytes[at + 1..at + 5].copy_from_slice(&distance);
        bytes[at + 5] = 0x90;
        Ok(())
    }

    /// Makes the stub of `entry` the `index`-th of those that look their function up; gives the address of its slot.
    pub(super) fn look_up(&self, bytes: &mut [u8], entry: usize, index: usize) -> Result<u64> {
        let at = self.offset(entry);
        let push = self.address(entry).wrapping_add(PUSH as u64);
        let slot = (RESERVED + index) * 8;
        let address = self.slots.address.wrapping_add(slot as u64);
        bytes[at + 2..at + PUSH].copy_from_slice(&distance(push, address)?);
        bytes[at + 7..at + 11].copy_from_slice(&u32::try_from(index)?.to_le_bytes());
        let slot = self.slots.offset + slot;
        bytes[slot..slot + 8].copy_from_slice(&push.to_le_bytes());
        Ok(address)
    }
}

/// The slot that a stub at `address` jumps by.
fn slot(stub: &[u8], address: u64) -> u64 {
    let distance = i32::from_le_bytes([stub[2], stub[3], stub[4], stub[5]]);
    address.wrapping_add(PUSH as u64).wrapping_add_signed(distance.into())
}

fn distance(from: u64, to: u64) -> Result<[u8; 4]> {
    let distance = i32::try_from(to.wrapping_sub(from).cast_signed());
    Ok(distance.context("a function is out of reach of its stub")?.to_le_bytes())
}
