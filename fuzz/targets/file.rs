//! Any bytes are a file or an error; what is a file gives its blocks, finds its traces and tells what is
//! damaged. Hashes of its ends are made right first.

#![no_main]

use blockpack::bytes::Bytes;
use blockpack::file::reader::{Reader, Verify};
use blockpack::file::source::Memory;
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// The bytes with the hashes of header, tail and trailer that docs/format.md asks for.
fn resealed(bytes: &[u8]) -> Vec<u8> {
    let mut file = bytes.to_vec();
    if file.len() < 192 {
        return file;
    }
    let hash = xxh3_64(&file[..56]);
    file[56..64].copy_from_slice(&hash.to_le_bytes());
    let trailer = file.len() - 128;
    file.copy_within(..64, trailer);
    let number = |file: &[u8], at: usize| {
        file[at..at + 8].iter().rev().fold(0usize, |n, &byte| n << 8 | usize::from(byte))
    };
    let (offset, len) = (number(&file, trailer + 64), number(&file, trailer + 72));
    let tail = offset.checked_add(len).and_then(|end| file.get(offset..end));
    if let Some(hash) = tail.map(xxh3_64) {
        file[trailer + 80..trailer + 88].copy_from_slice(&hash.to_le_bytes());
    }
    let hash = xxh3_64(&file[trailer..trailer + 120]);
    file[trailer + 120..].copy_from_slice(&hash.to_le_bytes());
    file
}

fuzz_target!(|bytes: &[u8]| {
    let source = Arc::new(Memory::new(Bytes::copy_from_slice(&resealed(bytes))));
    let Ok(reader) = Reader::open_source(source, Verify::Lazy) else { return };
    let whole = reader.verify().is_ok();
    let _ = reader.find_trace(&[7; 16]);
    for index in 0..reader.block_count() {
        let block = reader.block(index);
        assert!(!whole || block.is_ok(), "a file verifies that has a bad block");
        if let Ok(block) = block {
            let _ = block.verify();
        }
    }
});
