//! What several tests need: where the recorded data is.

use std::path::PathBuf;

/// A file of the real data sets: in the folder that `BLOCKPACK_DATA` names, else `../shared/data`.
/// If it is not there, says so and gives `None`.
pub fn real_data(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("BLOCKPACK_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data")),
        PathBuf::from,
    );
    let path = folder.join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: no real data at {}", path.display());
    None
}
