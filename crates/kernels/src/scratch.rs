//! Memory for what lives no longer than a call, kept from call to call.
//!
//! Fresh memory costs a page fault for every 4 KiB, which for a small batch is as much as the work. Each thread that runs
//! handlers keeps one block, as large as the largest it was asked for.

use std::cell::Cell;

/// Cache lines are this long, in bytes; rows of whole vectors then never lie across two.
const ALIGNMENT: usize = 64;

thread_local! {
    static KEPT: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
}

/// Lends `length` aligned f32 to `work`. What they hold is left over from before.
pub(crate) fn with_scratch<T>(length: usize, work: impl FnOnce(&mut [f32]) -> T) -> T {
    // Taken, not borrowed: should `work` come here again, or panic, the block is only made anew.
    let mut block = KEPT.take();
    let wanted = length + ALIGNMENT / size_of::<f32>();
    if block.len() < wanted {
        block = vec![0.0; wanted];
    }
    let start = block.as_ptr().align_offset(ALIGNMENT).min(wanted - length);
    let result = work(&mut block[start..start + length]);
    KEPT.set(block);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_is_aligned_and_kept() {
        let place = |length| {
            with_scratch(length, |block| {
                assert_eq!(block.len(), length);
                block.as_ptr() as usize
            })
        };
        let first = place(1000);
        assert_eq!(first % ALIGNMENT, 0);
        assert_eq!(place(10), first);
        assert_eq!(place(1 << 20) % ALIGNMENT, 0);
    }

    #[test]
    fn calls_within_calls_get_blocks_of_their_own() {
        with_scratch(8, |outer| {
            outer.fill(1.0);
            with_scratch(8, |inner| inner.fill(2.0));
            assert_eq!(outer, [1.0; 8]);
        });
    }
}
