//! What the tests of the command have in common: running it, and where the data is.

#![allow(dead_code, reason = "not every test needs all")]

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The built command, wherever it is run.
pub fn blockpack() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_blockpack"));
    command.env_remove("COLUMNS");
    command
}

/// Runs the command with these arguments.
pub fn run<A: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = A>) -> Output {
    blockpack().args(arguments).output().unwrap()
}

/// Standard output of a run that succeeds.
pub fn output<A: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = A>) -> Vec<u8> {
    let Output { status, stdout, stderr } = run(arguments);
    assert_eq!(status.code(), Some(0), "{}", String::from_utf8_lossy(&stderr));
    stdout
}

/// The JSON that a run prints that succeeds.
pub fn json<A: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = A>) -> Value {
    serde_json::from_slice(&output(arguments)).unwrap()
}

/// Exit status and standard error of a run.
pub fn failure<A: AsRef<std::ffi::OsStr>>(
    arguments: impl IntoIterator<Item = A>,
) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = run(arguments);
    (status.code(), String::from_utf8(stderr).unwrap())
}

/// A file of the recording.
pub fn recording(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data").join(name)
}

/// A file of the real data sets: in the folder that `BLOCKPACK_DATA` names, else `../shared/data`
/// beside the repository. If it is not there, says so and gives `None`.
pub fn real_data(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("BLOCKPACK_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    );
    let path = folder.join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: no real data at {}", path.display());
    None
}

/// The keys of a JSON object, sorted.
pub fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

/// The keys that the help of a command lists behind `--json`: those before the first `;`, sorted.
pub fn documented_keys(command: &str) -> Vec<String> {
    let help = String::from_utf8(output([command, "--help"])).unwrap();
    let flat = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, list) = flat.split_once("(keys: ").unwrap();
    let end = list.find([';', ')']).unwrap();
    let mut keys: Vec<String> = list[..end].split(", ").map(str::to_owned).collect();
    keys.sort_unstable();
    keys
}
