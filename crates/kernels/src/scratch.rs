//! Memory for what lives no longer than a call, kept from call to call.
//!
//! Fresh memory costs a page fault for every 4 KiB, which for a small batch is as much as the work. Each thread that runs
//! handlers keeps one block, as large as the largest it was asked for.

use std::cell::Cell;

use memmap2::MmapMut;

/// Blocks are made this large at least, and as multiples of it: the size of a huge page on the machines there are.
const HUGE: usize = 2 << 20;

thread_local! {
    static KEPT: Cell<Option<MmapMut>> = const { Cell::new(None) };
}

/// Lends `length` f32, aligned to a page, to `work`. What they hold is left over from before.
///
/// # Errors
/// If there is no memory.
pub(crate) fn with_scratch<T>(
    length: usize,
    work: impl FnOnce(&mut [f32]) -> Result<T, String>,
) -> Result<T, String> {
    // Taken, not borrowed: should `work` come here again, or panic, the block is only made anew.
    let mut block = match KEPT.take() {
        Some(block) if block.len() / size_of::<f32>() >= length => block,
        _ => map(length)?,
    };
    // SAFETY: every bit pattern is an f32, and every f32 is four bytes.
    let (_, values, _) = unsafe { block.align_to_mut::<f32>() };
    let result = work(&mut values[..length]);
    KEPT.set(Some(block));
    result
}

fn map(length: usize) -> Result<MmapMut, String> {
    let bytes = length.saturating_mul(size_of::<f32>()).max(1).checked_next_multiple_of(HUGE);
    let block = bytes.and_then(|bytes| MmapMut::map_anon(bytes).ok());
    let block = block.ok_or_else(|| format!("no memory for {length} intermediate values"))?;
    #[cfg(target_os = "linux")]
    {
        // Advice that is not taken only leaves small pages.
        let _ = block.advise(memmap2::Advice::HugePage);
    }
    Ok(block)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_is_aligned_and_kept() {
        let place = |length| {
            with_scratch(length, |block| {
                assert_eq!(block.len(), length);
                Ok(block.as_ptr() as usize)
            })
            .unwrap()
        };
        let first = place(1000);
        assert!(first.is_multiple_of(4096));
        assert_eq!(place(10), first);
        assert!(place(1 << 20).is_multiple_of(4096));
        assert!(place(0).is_multiple_of(4096));
    }

    #[test]
    fn calls_within_calls_get_blocks_of_their_own() {
        with_scratch(8, |outer| {
            outer.fill(1.0);
            with_scratch(8, |inner| {
                inner.fill(2.0);
                Ok(())
            })?;
            assert_eq!(outer, [1.0; 8]);
            Ok(())
        })
        .unwrap();
    }

    #[test]
    fn too_much_is_an_error() {
        let error = with_scratch(usize::MAX / 2, |_| Ok(())).unwrap_err();
        assert_eq!(error, format!("no memory for {} intermediate values", usize::MAX / 2));
    }
}
