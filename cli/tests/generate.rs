//! `blockpack generate` as a user runs it.

use blockpack::wire::Reader;
use std::process::{Command, Output, Stdio};

fn generate() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_blockpack"));
    command.args(["generate", "--seed", "9"]);
    command
}

/// Standard output with these arguments.
fn output(arguments: &[&str]) -> Vec<u8> {
    let Output { status, stdout, stderr } =
        generate().args(["-n", "3000", "-o", "-"]).args(arguments).output().unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    stdout
}

/// The messages of a stream in which each follows its length.
fn messages(stream: &[u8]) -> Vec<&[u8]> {
    let mut reader = Reader::new(stream);
    let mut messages = Vec::new();
    while !reader.is_empty() {
        messages.push(reader.bytes().unwrap());
    }
    messages
}

#[test]
fn every_format_carries_the_same_requests() {
    let delimited = output(&["-f", "pbd"]);
    let messages = messages(&delimited);
    assert!(messages.len() > 5);
    assert_eq!(output(&["-f", "pb"]), messages.concat());
    let lines = output(&["-f", "jsonl"]);
    let mut expected = Vec::new();
    for message in messages {
        blockpack::otlp::traces_to_json(message, &mut expected).unwrap();
        expected.push(b'\n');
    }
    assert!(lines == expected);
}

#[test]
fn parts_together_are_the_whole() {
    let spans = |parts: &[&str]| -> Vec<u8> {
        let mut canonical = blockpack::otlp::Canonical::new();
        for part in parts {
            for message in messages(&output(&["-f", "pbd", "--part", part])) {
                canonical.add(message).unwrap();
            }
        }
        canonical.finish()
    };
    let whole = spans(&["1/1"]);
    assert!(spans(&["3/3", "1/3", "2/3"]) == whole);
    assert!(spans(&["1/2"]) != whole);
}

#[test]
fn compressed_output_holds_the_same_bytes() {
    let plain = output(&[]);
    assert!(zstd::decode_all(&output(&["-c", "zstd"])[..]).unwrap() == plain);
    let mut unzipped = Vec::new();
    let gzip = output(&["-c", "gzip"]);
    std::io::copy(&mut flate2::read::GzDecoder::new(&gzip[..]), &mut unzipped).unwrap();
    assert!(unzipped == plain);
}

#[test]
fn what_was_made_is_told_beside_the_bytes() {
    let run = generate().args(["-n", "1", "-o", "-"]).output().unwrap();
    let told = String::from_utf8(run.stderr).unwrap();
    let start = "standard output: 1 span in 1 trace and 1 request, ";
    assert!(told.starts_with(start) && told.contains(" B of OTLP, "), "{told}");
}

#[test]
fn wrong_usage_and_failures_have_their_exit_status_and_say_why() {
    for (arguments, status) in [
        (&["-o", "-", "--spans", "many"][..], 2),
        (&[][..], 2),
        (&["-o", "/nowhere/at/all.pbd"][..], 1),
    ] {
        let output = generate().args(arguments).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{error}");
        assert!(error.starts_with("blockpack: error: "), "{error}");
    }
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let mut child = generate()
        .args(["-n", "1000000", "-o", "-"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
