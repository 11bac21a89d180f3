//! Which checkouts use the store, so that `store gc` removes only what none of them needs.

use super::{Store, durable};
use crate::sha256;
use anyhow::Result;
use std::path::{Path, PathBuf};

/// Remembers a checkout. A store that cannot be written keeps no record; nobody can clean it either.
pub(crate) fn record(store: &Store, checkout: &Path) {
    let Ok(checkout) = std::path::absolute(checkout) else { return };
    let text = checkout.as_os_str().as_encoded_bytes();
    let path = store.checkouts().join(sha256::of(text).to_string());
    if !path.exists() {
        let _ = durable::write_new(&path, text, false);
    }
}

/// The checkouts that still exist; records of others are removed if `forget` says so.
pub(crate) fn known(store: &Store, forget: bool) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let Ok(records) = std::fs::read_dir(store.checkouts()) else { return Ok(found) };
    for record in records {
        let record = record?.path();
        let Ok(text) = std::fs::read_to_string(&record) else { continue };
        let checkout = PathBuf::from(text);
        if checkout.join(bering_build::LOCK_FILE).is_file() {
            found.push(checkout);
        } else if forget {
            durable::remove_tree(&record)?;
        }
    }
    found.sort();
    Ok(found)
}
