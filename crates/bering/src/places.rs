//! Where the files are that a program needs beside itself: plugins of targets, models that set-up brings.

use std::path::PathBuf;

/// The directories that set-up fills, best first: what cargo announces (`BERING_PREFIX`), and the prefix of the checkout that this
/// was built in. Of a program that `cargo xtask dist` made the second is unknown, so there may be none.
///
/// Whether they are there is for the caller to see.
///
/// ```
/// let models: Vec<_> = bering::prefixes().iter().map(|prefix| prefix.join("models")).collect();
/// assert!(models.iter().any(|place| place.is_dir()), "set up");
/// ```
pub fn prefixes() -> Vec<PathBuf> {
    let announced = std::env::var_os("BERING_PREFIX").filter(|prefix| !prefix.is_empty()).map(PathBuf::from);
    announced.into_iter().chain(built_in()).collect()
}

#[cfg(not(bering_relocatable))]
fn built_in() -> Option<PathBuf> {
    Some(PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../.bering")))
}

/// What runs elsewhere knows no checkout.
#[cfg(bering_relocatable)]
fn built_in() -> Option<PathBuf> {
    None
}
