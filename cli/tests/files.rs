//! Block files as a user writes, looks into, merges, checks, recovers and exports them.

mod common;

use blockpack::otlp::{Canonical, InputOptions, Records};
use common::*;
use serde_json::Value;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder for the files of a test.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Folder(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Ingests `input` and gives the block file.
    fn ingest(&self, input: &Path, name: &str, options: &[&str]) -> PathBuf {
        let path = self.path(name);
        let arguments: Vec<&OsStr> = ["ingest".as_ref(), input.as_os_str(), "-o".as_ref()].into();
        let options = options.iter().map(AsRef::as_ref);
        output(arguments.into_iter().chain([path.as_os_str()]).chain(options));
        path
    }

    /// The files in it, sorted.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        names
    }
}

fn args<'a>(parts: &[&'a dyn AsRef<OsStr>]) -> Vec<&'a OsStr> {
    parts.iter().map(|part| (*part).as_ref()).collect()
}

fn canonical(path: &Path) -> Vec<u8> {
    let mut records = Records::open(path, InputOptions::default()).unwrap();
    let (mut canonical, mut message) = (Canonical::new(), Vec::new());
    while records.next(&mut message).unwrap() {
        canonical.add(&message).unwrap();
    }
    canonical.finish()
}

fn number(value: &Value, key: &str) -> u64 {
    value[key].as_u64().unwrap_or_else(|| panic!("{key} in {value}"))
}

#[test]
fn every_format_of_the_recording_is_ingested_and_exported_again() {
    let folder = Folder::new();
    let first = folder.ingest(&recording("shop.pbd.zst"), "first.bpk", &[]);
    let sent = canonical(&recording("shop.pbd.zst"));
    for (name, compress) in [
        ("all.pb", None),
        ("all.pbd", None),
        ("all.jsonl", None),
        ("all.pbd.gz", Some("gzip")),
        ("all.jsonl.zst", Some("zstd")),
    ] {
        let exported = folder.path(name);
        let mut arguments = args(&[&"export", &first, &"-o", &exported]);
        let format = name.split('.').nth(1).unwrap();
        arguments.extend(args(&[&"-f", &format]));
        if let Some(compress) = &compress {
            arguments.extend(args(&[&"-c", compress]));
        }
        output(arguments);
        assert!(canonical(&exported) == sent, "{name} says something else");

        let again = folder.path(&format!("{name}.bpk"));
        let summary = json(args(&[&"ingest", &exported, &"-o", &again, &"--json"]));
        assert_eq!(
            (number(&summary, "spans"), number(&summary, "traces")),
            (9_752, 1_203),
            "{name}"
        );
    }
    let small = folder.path("small.bpk");
    let jsonl = recording("shop-small.jsonl");
    let summary = json(args(&[&"ingest", &jsonl, &"-o", &small, &"--json"]));
    assert_eq!((number(&summary, "spans"), number(&summary, "traces")), (55, 6));
}

#[test]
fn endings_of_names_tell_format_and_compression() {
    let folder = Folder::new();
    let path = folder.ingest(&recording("shop.pbd.zst"), "shop.bpk", &[]);
    const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
    for (name, start) in [
        ("a.pb", &b"\x0a"[..]),
        ("a.json", b"{\"resourceSpans\":"),
        ("a.pbd.GZ", b"\x1f\x8b"),
        ("a.jsonl.zst", &ZSTD),
        ("a.zst", &ZSTD),
    ] {
        let out = folder.path(name);
        output(args(&[&"export", &path, &"-o", &out]));
        assert!(fs::read(&out).unwrap().starts_with(start), "{name}");
        assert!(canonical(&out) == canonical(&recording("shop.pbd.zst")), "{name}");
        output(args(&[&"generate", &"-n", &"100", &"-o", &out]));
        let made = fs::read(&out).unwrap();
        assert!(made.starts_with(start), "{name}");
        output(args(&[&"ingest", &out, &"-o", &folder.path("made.bpk"), &"--force"]));
    }
    let (plain, small) = (folder.path("a.arrows"), folder.path("a.arrows.zst"));
    output(args(&[&"export", &path, &"-o", &plain]));
    output(args(&[&"export", &path, &"-o", &small]));
    assert!(zstd::decode_all(&fs::read(&small).unwrap()[..]).unwrap() == fs::read(&plain).unwrap());
    assert!(fs::read(&plain).unwrap().starts_with(&[0xff; 4]));
}

#[test]
fn standard_input_and_output_are_files_like_others() {
    let folder = Folder::new();
    let path = folder.path("piped.bpk");
    let input = fs::File::open(recording("shop.pbd.zst")).unwrap();
    let arguments = args(&[&"ingest", &"-", &"-o", &path, &"--json"]);
    let run = blockpack().args(arguments).stdin(input).output().unwrap();
    let summary: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(number(&summary, "spans"), 9_752);
    let exported = folder.path("exported.pb");
    fs::write(&exported, output(args(&[&"export", &path, &"-o", &"-", &"-f", &"pb"]))).unwrap();
    assert!(canonical(&exported) == canonical(&recording("shop.pbd.zst")));
}

#[test]
fn json_has_the_keys_that_the_help_names() {
    let folder = Folder::new();
    let (shop, small) = (recording("shop.pbd.zst"), recording("shop-small.jsonl"));
    let (a, b, out) = (folder.path("a.bpk"), folder.path("b.bpk"), folder.path("out.bpk"));
    let runs = [
        ("ingest", args(&[&"ingest", &shop, &"-o", &a, &"--json"])),
        ("ingest", args(&[&"ingest", &small, &"-o", &b, &"--json"])),
        ("merge", args(&[&"merge", &a, &b, &"-o", &out, &"--json"])),
        ("verify", args(&[&"verify", &a, &out, &"--json"])),
        ("recover", args(&[&"recover", &a, &"-o", &out, &"--force", &"--json"])),
        ("inspect", args(&[&"inspect", &a, &"--json"])),
    ];
    for (command, arguments) in runs {
        let found = json(arguments);
        assert_eq!(keys(&found), documented_keys(command), "{command}");
    }
    let found = json(args(&[&"inspect", &a, &"--json"]));
    assert_eq!((number(&found, "spans"), number(&found, "traces")), (9_752, 1_203));
    assert_eq!(keys(&found["blocks"][0]), ["bytes", "end_ns", "spans", "start_ns", "traces"]);
    let columns = found["columns"].as_array().unwrap();
    let name = columns.iter().find(|column| column["name"] == "span:name").unwrap();
    assert_eq!((&name["type"], number(name, "values")), (&"string".into(), 9_752));
}

#[test]
fn merging_joins_traces_and_drops_duplicates() {
    let folder = Folder::new();
    let shop = recording("shop.pbd.zst");
    let whole = folder.ingest(&shop, "whole.bpk", &[]);
    let mut records = Records::open(&shop, InputOptions::default()).unwrap();
    let mut message = Vec::new();
    let halves = ["even.pb", "odd.pb"].map(|name| folder.path(name));
    while records.next(&mut message).unwrap() {
        use std::io::Write;
        let half = &halves[records.count() as usize % 2];
        let file = fs::File::options().create(true).append(true).open(half);
        file.unwrap().write_all(&message).unwrap();
    }
    let parts = halves.each_ref().map(|half| {
        folder.ingest(half, &format!("{}.bpk", half.file_stem().unwrap().display()), &[])
    });
    let out = folder.path("out.bpk");
    let arguments = args(&[&"merge", &parts[0], &parts[1], &whole, &"-o", &out, &"--json"]);
    let merged = json(arguments);
    assert_eq!((number(&merged, "spans_in"), number(&merged, "spans")), (2 * 9_752, 9_752));
    assert_eq!(number(&merged, "duplicates"), 9_752);
    assert_eq!((number(&merged, "traces"), number(&merged, "joined")), (1_203, 1_203));
    let exported = folder.path("out.pb");
    output(args(&[&"export", &out, &"-o", &exported]));
    assert!(canonical(&exported) == canonical(&shop));
}

#[test]
fn damage_is_told_and_what_is_whole_is_recovered() {
    let folder = Folder::new();
    let whole = folder.ingest(&recording("shop.pbd.zst"), "whole.bpk", &["--block-rows", "1000"]);
    let said = String::from_utf8(output(args(&[&"verify", &whole]))).unwrap();
    assert!(said.contains("in order: 9,752 spans in 1,203 traces and 10 blocks"), "{said}");

    let found = json(args(&[&"inspect", &whole, &"--json"]));
    let first = number(&found["blocks"][0], "bytes");
    let mut bytes = fs::read(&whole).unwrap();
    bytes[4_096 + first as usize / 2] ^= 0xff;
    let damaged = folder.path("damaged.bpk");
    fs::write(&damaged, &bytes).unwrap();
    let run = run(args(&[&"verify", &damaged, &whole, &"--json"]));
    assert_eq!(run.status.code(), Some(1));
    assert_eq!(run.stderr, b"blockpack: error: 1 of 2 files not in order\n");
    let report: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(number(&report, "damaged"), 1);
    let damage = report["files"][0]["damage"].as_array().unwrap();
    assert_eq!(damage.len(), 1, "{damage:?}");
    let message = damage[0].as_str().unwrap();
    for part in ["damaged.bpk, block 0 at offset 4096: ", "does not match its checksum"] {
        assert!(message.contains(part), "{message}");
    }
    let column = message.split(": ").nth(1).unwrap();
    let names = found["columns"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap());
    assert!(names.into_iter().any(|name| column.starts_with(name)), "no column in {message}");
    assert_eq!(report["files"][1]["damage"].as_array().unwrap().len(), 0);

    // The damaged block is gone, and a file without an end has all that are whole.
    let saved = folder.path("saved.bpk");
    let recovered = json(args(&[&"recover", &damaged, &"-o", &saved, &"--json"]));
    assert_eq!(number(&recovered, "blocks"), 9);
    output(args(&[&"verify", &saved]));
    let short = folder.path("short.bpk");
    fs::write(&short, &fs::read(&whole).unwrap()[..bytes.len() / 2]).unwrap();
    assert_eq!(failure(args(&[&"verify", &short])).0, Some(1));
    let recovered = json(args(&[&"recover", &short, &"-o", &saved, &"--force", &"--json"]));
    assert!((1..10).contains(&number(&recovered, "blocks")), "{recovered}");
    output(args(&[&"verify", &saved]));
}

#[test]
fn files_that_are_there_are_not_overwritten_unless_forced() {
    let folder = Folder::new();
    let shop = recording("shop-small.jsonl");
    let path = folder.ingest(&shop, "there.bpk", &[]);
    let before = fs::read(&path).unwrap();
    let other = folder.ingest(&shop, "other.bpk", &[]);
    for arguments in [
        args(&[&"ingest", &shop, &"-o", &path]),
        args(&[&"merge", &other, &"-o", &path]),
        args(&[&"recover", &other, &"-o", &path]),
    ] {
        let (status, message) = failure(&arguments);
        assert_eq!(status, Some(1), "{message}");
        assert!(message.starts_with("blockpack: error: "), "{message}");
        assert!(message.contains("exists already") && message.contains("--force"), "{message}");
        assert_eq!(fs::read(&path).unwrap(), before);
        output(arguments.into_iter().chain([OsStr::new("--force")]));
        fs::write(&path, &before).unwrap();
    }
    assert_eq!(folder.names(), ["other.bpk", "there.bpk"], "no temporary file is left");
}

#[test]
fn a_file_that_is_read_is_not_written_to() {
    let folder = Folder::new();
    let path = folder.ingest(&recording("shop-small.jsonl"), "shop.bpk", &[]);
    let before = fs::read(&path).unwrap();
    let linked = folder.path("linked.pb");
    fs::hard_link(&path, &linked).unwrap();
    for out in [&path, &linked] {
        for arguments in [
            args(&[&"export", &path, &"-o", out]),
            args(&[&"export", &path, &"-o", out, &"-f", &"arrow"]),
            args(&[&"query", &path, &"{ } | rate()", &"--svg", out]),
            args(&[&"recover", &path, &"-o", out, &"--force"]),
            args(&[&"ingest", &path, &"-o", out, &"--force"]),
        ] {
            let (status, message) = failure(arguments);
            assert_eq!(status, Some(2), "{message}");
            assert!(message.contains("is the file that is read"), "{message}");
            assert!(fs::read(&path).unwrap() == before, "{} was written to", path.display());
        }
    }
}

/// A block file of the recording whose fifth block of ten is damaged.
fn half_damaged(folder: &Folder) -> PathBuf {
    let whole = folder.ingest(&recording("shop.pbd.zst"), "whole.bpk", &["--block-rows", "1000"]);
    let found = json(args(&[&"inspect", &whole, &"--json"]));
    let before: u64 =
        (0..4).map(|i| number(&found["blocks"][i], "bytes").next_multiple_of(64)).sum();
    let mut bytes = fs::read(&whole).unwrap();
    bytes[4_096 + before as usize + 40_000] ^= 0xff;
    let damaged = folder.path("damaged.bpk");
    fs::write(&damaged, &bytes).unwrap();
    damaged
}

#[test]
fn what_is_exported_appears_when_it_is_complete_or_not_at_all() {
    let folder = Folder::new();
    let damaged = half_damaged(&folder);
    let names = folder.names();
    for name in ["out.pbd", "out.jsonl", "out.arrows"] {
        for compress in [&[][..], &["-c", "zstd"], &["-c", "gzip"]] {
            let out = folder.path(name);
            let arguments = args(&[&"export", &damaged, &"-o", &out]);
            let compress = compress.iter().map(AsRef::as_ref);
            let (status, message) = failure(arguments.into_iter().chain(compress));
            assert_eq!(status, Some(1), "{message}");
            assert!(message.contains("damaged.bpk, block 4 at offset "), "{message}");
            assert!(message.contains("'blockpack recover' saves"), "{message}");
            assert_eq!(folder.names(), names);
        }
    }
    let before = folder.path("there.pb");
    fs::write(&before, "what was there").unwrap();
    assert_eq!(failure(args(&[&"export", &damaged, &"-o", &before])).0, Some(1));
    assert_eq!(fs::read(&before).unwrap(), b"what was there");
    let short = output_until_failure(args(&[&"export", &damaged, &"-o", &"-"]));
    assert!(!short.is_empty(), "standard output has what is in front of the damage");
}

/// Standard output of a run that fails.
fn output_until_failure(arguments: Vec<&OsStr>) -> Vec<u8> {
    let run = run(arguments);
    assert_eq!(run.status.code(), Some(1));
    run.stdout
}

#[test]
fn an_export_that_the_disk_does_not_take_leaves_nothing() {
    let folder = Folder::new();
    let path = folder.ingest(&recording("shop.pbd.zst"), "shop.bpk", &[]);
    // Without the trap the limit is a deadly signal.
    let script = r#"trap "" XFSZ; ulimit -f 100; exec "$0" "$@""#;
    for arguments in [
        args(&[&"export", &path, &"-o", &folder.path("out.pb")]),
        args(&[&"generate", &"-n", &"9000", &"-o", &folder.path("out.pb")]),
    ] {
        let mut command = std::process::Command::new("sh");
        command.args(["-c", script]).arg(blockpack().get_program()).args(arguments);
        let run = command.output().unwrap();
        let message = String::from_utf8(run.stderr).unwrap();
        assert_eq!(run.status.code(), Some(1), "{message}");
        assert!(message.contains("writing ") && message.contains("out.pb: "), "{message}");
        assert_eq!(folder.names(), ["shop.bpk"]);
    }
    let (status, message) = failure(args(&[&"export", &path, &"-o", &"/dev/full"]));
    assert_eq!(status, Some(1));
    assert!(message.starts_with("blockpack: error: writing /dev/full: "), "{message}");
    for arguments in [
        args(&[&"export", &path, &"-o", &"-"]),
        args(&[&"inspect", &path]),
        args(&[&"export", &"--help"]),
        args(&[&"--version"]),
    ] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let run = blockpack().args(&arguments).stdout(full).output().unwrap();
        let message = String::from_utf8(run.stderr).unwrap();
        assert_eq!(run.status.code(), Some(1), "{arguments:?}");
        assert!(message.contains("error: writing standard output: "), "{arguments:?}: {message}");
    }
}

#[test]
fn outputs_that_are_no_files_are_written_to_where_they_are() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = Folder::new();
    let path = folder.ingest(&recording("shop-small.jsonl"), "shop.bpk", &[]);
    let to = |out: &Path| {
        args(&[&"export", &path, &"-o", &out]).into_iter().map(OsStr::to_owned).collect::<Vec<_>>()
    };
    let whole = output(to(Path::new("-")));
    assert_eq!(output(to(Path::new("/dev/stdout"))), whole);
    assert_eq!(output(to(Path::new("/dev/null"))), b"");
    assert!(!fs::metadata("/dev/null").unwrap().is_file());

    // Standard output that is a file stays the one that is open.
    let (all, linked) = (folder.path("all.pb"), folder.path("linked.pb"));
    let stdout = fs::File::create(&all).unwrap();
    fs::hard_link(&all, &linked).unwrap();
    assert!(
        blockpack().args(to(Path::new("/dev/stdout"))).stdout(stdout).status().unwrap().success()
    );
    assert_eq!(fs::read(&linked).unwrap(), whole);

    let pipe = folder.path("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::read(pipe).unwrap()
    });
    output(to(&pipe));
    assert_eq!(reader.join().unwrap(), whole);

    // A link stays one, and who may read a file may read the one that replaces it.
    let (link, file) = (folder.path("link.pb"), folder.path("real.pb"));
    symlink("real.pb", &link).unwrap();
    output(to(&link));
    fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
    output(to(&link));
    assert!(link.is_symlink() && !file.is_symlink());
    assert_eq!(fs::read(&file).unwrap(), whole);
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(failure(to(folder.0.path())).0, Some(1));
}

#[test]
fn failures_and_wrong_usage_have_their_status_and_a_message_on_standard_error() {
    let folder = Folder::new();
    let text = folder.path("text.bpk");
    fs::write(&text, "this is no block file, but long enough to be one\n".repeat(20)).unwrap();
    let shop = recording("shop-small.jsonl");
    let (out, a_folder) = (folder.path("out.bpk"), folder.0.path());
    let cases = [
        (1, args(&[&"inspect", &"/nowhere.bpk"])),
        (1, args(&[&"inspect", &text])),
        (1, args(&[&"export", &text, &"-o", &"-"])),
        (1, args(&[&"merge", &text, &"-o", &out])),
        (1, args(&[&"recover", &text, &"-o", &out])),
        (1, args(&[&"verify", &text])),
        (1, args(&[&"ingest", &"/nowhere.pb", &"-o", &out])),
        (1, args(&[&"ingest", &a_folder, &"-o", &out])),
        (1, args(&[&"ingest", &shop, &"-o", &"/nowhere/out.bpk"])),
        (2, args(&[&"ingest", &shop])),
        (2, args(&[&"ingest", &shop, &"-o", &out, &"--block-rows", &"0"])),
        (1, args(&[&"ingest", &shop, &"-o", &a_folder])),
        (1, args(&[&"ingest", &shop, &"-o", &"/dev/null", &"--force"])),
        (2, args(&[&"ingest", &shop, &"-o", &"-"])),
        (2, args(&[&"inspect", &"-"])),
        (2, args(&[&"merge", &"-", &"-o", &out])),
        (2, args(&[&"merge", &"-o", &out])),
        (2, args(&[&"verify"])),
        (2, args(&[&"recover", &text])),
        (2, args(&[&"no-such-command"])),
        (2, args(&[])),
    ];
    for (status, arguments) in cases {
        let run = run(&arguments);
        let message = String::from_utf8(run.stderr).unwrap();
        assert_eq!(run.status.code(), Some(status), "{arguments:?}: {message}");
        assert!(
            !message.is_empty() && message.starts_with("blockpack"),
            "{arguments:?}: {message}"
        );
        if arguments.is_empty() {
            assert!(message.starts_with("blockpack: error: a command is needed\n"), "{message}");
        }
        let quiet = arguments.first().is_some_and(|first| *first != "verify");
        assert!(run.stdout.is_empty() || !quiet, "{arguments:?} wrote to standard output");
    }
    assert_eq!(folder.names(), ["text.bpk"], "nothing is left behind");
}

#[test]
fn files_of_another_kind_are_told_by_name_and_what_to_do() {
    let folder = Folder::new();
    let shop = recording("shop-small.jsonl");
    let path = folder.ingest(&shop, "shop.bpk", &[]);
    let (out, empty) = (folder.path("out.bpk"), folder.path("empty.bpk"));
    fs::write(&empty, "").unwrap();
    for (arguments, parts) in [
        (args(&[&"inspect", &shop]), ["shop-small.jsonl: not a block", "'blockpack ingest'"]),
        (
            args(&[&"merge", &path, &shop, &"-o", &out]),
            ["shop-small.jsonl: ", "'blockpack ingest'"],
        ),
        (args(&[&"graph", &empty]), ["empty.bpk: not a blockpack file", "it is empty"]),
        (args(&[&"ingest", &path, &"-o", &out]), ["shop.bpk is a block file", "'blockpack merge'"]),
    ] {
        let (status, message) = failure(&arguments);
        assert_eq!(status, Some(1), "{arguments:?}");
        assert!(parts.iter().all(|part| message.contains(part)), "{arguments:?}: {message}");
    }
    // The second of two messages, each behind its length.
    let (wrong, bytes) = (folder.path("wrong.pbd"), [2, 0x0a, 0, 2, 0x0f, 0]);
    fs::write(&wrong, bytes).unwrap();
    for command in [
        args(&[&"ingest", &wrong, &"-o", &out, &"--format", &"pbd"]),
        args(&[&"query", &wrong, &"{ }"]),
    ] {
        let (_, message) = failure(command);
        assert!(message.contains("wrong.pbd: record 1 at byte 3: "), "{message}");
    }
    fs::remove_file(wrong).unwrap();
    let input = fs::File::open(&path).unwrap();
    let run = blockpack().args(args(&[&"ingest", &"-", &"-o", &out])).stdin(input).output();
    let message = String::from_utf8(run.unwrap().stderr).unwrap();
    assert!(message.starts_with("blockpack: error: standard input: "), "{message}");
    assert_eq!(folder.names(), ["empty.bpk", "shop.bpk"]);
}

#[test]
fn names_in_messages_do_not_move_the_cursor() {
    let (_, message) = failure(["inspect", "no\x1b[2Jsuch\tfile"]);
    assert!(message.starts_with("blockpack: error: opening no [2Jsuch file: "), "{message:?}");
    let (_, message) = failure(["inspect", "a\x1b[31m", "b\x1b[31m"]);
    assert!(!message.contains('\x1b') && message.contains("\n\nUsage: "), "{message:?}");
}

#[test]
fn a_file_of_nothing_is_a_file() {
    let folder = Folder::new();
    let (nothing, out) = (folder.path("nothing.jsonl"), folder.path("out.pb"));
    fs::write(&nothing, "").unwrap();
    let path = folder.ingest(&nothing, "nothing.bpk", &[]);
    let said = |arguments| String::from_utf8(output(arguments)).unwrap();
    let found = said(args(&[&"ingest", &nothing, &"-o", &path, &"--force"]));
    assert!(found.contains(": 0 spans in 0 traces and 0 blocks, 576 B, "), "{found}");
    let found = said(args(&[&"inspect", &path]));
    assert!(found.contains(": 576 B in 0 blocks, written by "), "{found}");
    assert!(said(args(&[&"verify", &path])).contains("in order: 0 spans"));
    assert_eq!(said(args(&[&"query", &path, &"{ } | rate()"])), "0 series of 0 spans\n");
    assert_eq!(said(args(&[&"tags", &path])), "no attributes\n");
    output(args(&[&"export", &path, &"-o", &out]));
    assert_eq!(fs::read(&out).unwrap(), b"");
}

#[test]
fn the_help_of_every_command_has_examples() {
    let help = String::from_utf8(output(["--help"])).unwrap();
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let mut seen = Vec::new();
    for line in commands.lines().take_while(|line| line.starts_with("  ")) {
        let Some(name) = line.split_whitespace().next() else { continue };
        if name == "help" || line.starts_with("   ") {
            continue;
        }
        let help = String::from_utf8(output([name, "--help"])).unwrap();
        assert!(help.contains("Examples:\n"), "{name} --help has no examples");
        assert!(help.contains(&format!("\n  blockpack {name} ")), "{name}: {help}");
        seen.push(name.to_owned());
    }
    for name in ["ingest", "inspect", "export", "merge", "verify", "recover", "generate"] {
        assert!(seen.iter().any(|other| other == name), "{name} is not among {seen:?}");
    }
}

#[test]
fn damage_is_told_by_the_status_also_if_nobody_reads_which() {
    let folder = Folder::new();
    let damaged = half_damaged(&folder);
    let (nobody, stdout) = std::io::pipe().unwrap();
    drop(nobody);
    let run = blockpack().args(args(&[&"verify", &damaged])).stdout(stdout).output().unwrap();
    assert_eq!(run.status.code(), Some(1));
    assert_eq!(run.stderr, b"blockpack: error: 1 of 1 file not in order\n");
}

#[test]
fn readers_that_go_away_end_a_command_quietly() {
    let folder = Folder::new();
    let path = folder.ingest(&recording("shop.pbd.zst"), "shop.bpk", &[]);
    for arguments in [
        args(&[&"export", &path, &"-o", &"-", &"-f", &"jsonl"]),
        args(&[&"inspect", &path, &"--json"]),
        args(&[&"verify", &path]),
    ] {
        let mut child = blockpack()
            .args(&arguments)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let run = child.wait_with_output().unwrap();
        assert!(run.status.success(), "{arguments:?}");
        assert_eq!(String::from_utf8_lossy(&run.stderr), "", "{arguments:?}");
    }
}

/// Traces and spans of each set, from the table in the README beside the data.
fn real_sets(readme: &str) -> Vec<(String, u64, u64)> {
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let number = |i: usize| cells.get(i)?.replace(',', "").parse().ok();
        // | set | licence | requests | traces | spans | services | ...
        let known = cells.len() > 15 && number(3).is_some();
        known.then_some((cells.get(1)?.to_string(), number(4)?, number(5)?))
    };
    readme.lines().filter_map(row).collect()
}

#[test]
fn real_sets_have_the_traces_and_spans_that_their_table_names() {
    let Some(readme) = real_data("README.md") else { return };
    let sets = real_sets(&fs::read_to_string(&readme).unwrap());
    assert!(sets.len() >= 9, "{sets:?}");
    let folder = Folder::new();
    for (set, traces, spans) in sets {
        for ending in ["pb", "pbd", "pbd.zst", "jsonl", "jsonl.zst"] {
            // JSON of the largest sets says the same in ten times the time.
            if ending.starts_with("json") && spans > 50_000 {
                continue;
            }
            let input = readme.with_file_name(format!("{set}.{ending}"));
            if !input.exists() {
                continue;
            }
            let path = folder.path("set.bpk");
            let arguments = args(&[&"ingest", &input, &"-o", &path, &"--force", &"--json"]);
            let summary = json(arguments);
            let found = (number(&summary, "traces"), number(&summary, "spans"));
            assert_eq!(found, (traces, spans), "{set}.{ending}");
        }
    }
}
