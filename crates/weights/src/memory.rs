//! Memory for weights that are not used where they lie in a file.
//!
//! Weights are read from one end to the other, again and again, and there are many of them. In pages of 4 KiB that costs a fault
//! a page when the memory is first written and a look-up a page at every pass; so large blocks ask for huge pages,
//! which the kernel grants where it can.

use std::fmt;
use std::io;

/// A block of private memory, zeroed, aligned as widely as it is large (to at most 2 MiB).
pub struct Memory {
    map: memmap2::MmapMut,
    start: usize,
    length: usize,
}

/// The size of a huge page on the machines there are.
const HUGE: usize = 2 << 20;

impl Memory {
    /// `length` bytes of zeros.
    ///
    /// # Errors
    /// If there is not so much memory.
    pub fn zeroed(length: usize) -> io::Result<Memory> {
        let slack = if length < HUGE { 0 } else { HUGE };
        let map = memmap2::MmapMut::map_anon(length.max(1).saturating_add(slack))?;
        let start = if slack == 0 { 0 } else { map.as_ptr().align_offset(HUGE).min(slack) };
        #[cfg(target_os = "linux")]
        if slack != 0 {
            // Advice that is not taken only leaves small pages.
            let _ = map.advise(memmap2::Advice::HugePage);
        }
        Ok(Memory { map, start, length })
    }

    /// Its bytes, to be written.
    pub fn as_mut_bytes(&mut self) -> &mut [u8] {
        &mut self.map[self.start..self.start + self.length]
    }

    /// Its bytes as f32, to be written; up to three bytes at the end are left out.
    pub fn as_mut_f32s(&mut self) -> &mut [f32] {
        crate::mmap::as_mut_f32s(self.as_mut_bytes())
    }
}

impl AsRef<[u8]> for Memory {
    fn as_ref(&self) -> &[u8] {
        &self.map[self.start..self.start + self.length]
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("length", &self.length).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_zeroed_aligned_and_writable() {
        for length in [0, 1, 4097, HUGE - 1, HUGE, HUGE + 7] {
            let mut memory = Memory::zeroed(length).unwrap();
            assert_eq!(memory.as_ref().len(), length);
            assert!(memory.as_ref().iter().all(|&byte| byte == 0));
            assert!((memory.as_ref().as_ptr() as usize).is_multiple_of(if length < HUGE {
                4096
            } else {
                HUGE
            }));
            memory.as_mut_f32s().fill(1.0);
            assert_eq!(memory.as_mut_f32s().len(), length / 4);
            assert!(memory.as_ref().chunks_exact(4).all(|value| value == 1.0f32.to_ne_bytes()));
        }
    }
}
