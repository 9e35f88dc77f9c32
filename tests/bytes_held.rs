//! The process-wide count of heap bytes, alone in its process so that it can be exact.

use blockpack::bytes::{AlignedBuf, Bytes, bytes_held};

#[test]
fn heap_bytes_are_counted_from_the_first_owner_to_the_last() {
    assert_eq!(bytes_held(), 0);
    let buf = AlignedBuf::zeroed(1000);
    assert_eq!(bytes_held(), 0, "a buffer being filled is nobody's yet");
    let bytes = Bytes::from_aligned(buf);
    let held = bytes_held();
    assert!((1000..2000).contains(&held), "{held}");
    let part = bytes.slice(10, 20).unwrap();
    let copy = bytes.clone();
    drop((bytes, copy));
    assert_eq!(bytes_held(), held, "a slice keeps its owner");
    drop(part);
    assert_eq!(bytes_held(), 0);
}
