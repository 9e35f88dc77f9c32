//! Publishing: under a file's name there is a whole file or what was there before, whatever
//! happens to the writer.

mod shop;

use blockpack::ErrorKind;
use blockpack::block::build::BuiltBlock;
use blockpack::file::reader::{OpenOptions, Reader};
use blockpack::file::writer::{FileWriter, WriteOptions, Writer};
use shop::{build, publish, recording, shortest_record};
use std::error::Error as _;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

fn small() -> Vec<BuiltBlock> {
    build(&[shortest_record()], 100)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn uuid(path: &Path) -> [u8; 16] {
    let reader = Reader::open(path, &OpenOptions::default()).unwrap();
    reader.verify().unwrap();
    reader.header().uuid
}

fn io_kind(e: &blockpack::Error) -> Option<io::ErrorKind> {
    e.source()?.downcast_ref::<io::Error>().map(io::Error::kind)
}

/// Runs a test of this file, which is marked as ignored, in a process of its own.
fn child(test: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--ignored", "--nocapture"]).env(FOLDER, folder);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

const FOLDER: &str = "BLOCKPACK_TEST_FOLDER";

/// The folder a child works in; `None` if it was not started by its parent.
fn child_folder() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

// --- names ----------------------------------------------------------------------------------

#[test]
fn a_name_that_is_taken_stays_unless_asked() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.bp");
    let first = publish(&small(), &path, false).unwrap();
    let e = publish(&small(), &path, false).unwrap_err();
    assert_eq!(io_kind(&e), Some(io::ErrorKind::AlreadyExists));
    assert!(e.message().contains(path.to_str().unwrap()), "{e}");
    assert_eq!(uuid(&path), first.uuid);
    let second = publish(&small(), &path, true).unwrap();
    assert_eq!(uuid(&path), second.uuid);
    assert_eq!(names(dir.path()), ["a.bp"]);
}

#[test]
fn who_may_use_a_file_may_use_its_successor_and_no_one_else() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.bp");
    publish(&small(), &path, false).unwrap();
    for mode in [0o600, 0o664] {
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        publish(&small(), &path, true).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, mode);
    }
}

#[test]
fn a_reader_keeps_the_file_that_was_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.bp");
    let first = publish(&build(&recording(), 3_000), &path, false).unwrap();
    let reader = Reader::open(&path, &OpenOptions::default()).unwrap();
    publish(&small(), &path, true).unwrap();
    assert_eq!(reader.rows(), first.spans);
    reader.verify().unwrap();
}

#[test]
fn of_two_writers_of_one_name_one_wins_and_the_other_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.bp");
    let options = WriteOptions::default();
    let writers: Vec<_> = (0..8).map(|_| FileWriter::create(&path, &options).unwrap()).collect();
    let results: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = writers.into_iter().map(|w| scope.spawn(|| w.finish())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    assert_eq!(uuid(&path), won[0].as_ref().unwrap().uuid);
    for e in lost {
        assert_eq!(io_kind(&e.unwrap_err()), Some(io::ErrorKind::AlreadyExists));
    }
    assert_eq!(names(dir.path()), ["a.bp"]);
}

#[test]
fn a_writer_that_is_given_up_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.bp");
    let blocks = small();
    let mut writer = FileWriter::create(&path, &WriteOptions::default()).unwrap();
    writer.append(&blocks[0].bytes, &blocks[0].trace_ids).unwrap();
    assert_eq!(names(dir.path()).len(), 1, "the temporary file");
    drop(writer);
    assert_eq!(names(dir.path()), [""; 0]);
}

#[test]
fn long_names_and_names_without_folder_work() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("n".repeat(255));
    publish(&small(), &path, false).unwrap();
    uuid(&path);
    let status = child("child_writes_to_its_working_folder", dir.path())
        .current_dir(dir.path())
        .status()
        .unwrap();
    assert!(status.success());
    uuid(&dir.path().join("plain.bp"));
}

#[test]
#[ignore = "run by long_names_and_names_without_folder_work"]
fn child_writes_to_its_working_folder() {
    if child_folder().is_some() {
        publish(&small(), Path::new("plain.bp"), false).unwrap();
    }
}

// --- places that refuse ---------------------------------------------------------------------

#[test]
fn places_that_cannot_be_written_to_are_told_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, b"content").unwrap();
    let folder = dir.path().join("folder");
    std::fs::create_dir(&folder).unwrap();
    let (missing, no_name) = (dir.path().join("missing/a.bp"), dir.path().join("missing/"));
    for path in [missing, no_name, file.join("a.bp"), folder.clone(), "/".into()] {
        for overwrite in [false, true] {
            let e = FileWriter::create(&path, &WriteOptions { overwrite }).err().unwrap();
            assert!(matches!(e.kind(), ErrorKind::Io | ErrorKind::InvalidArgument), "{e:?}");
            assert!(e.message().contains(path.to_str().unwrap()), "{e}");
            assert!(!e.message().contains("overwrite"), "nothing of this can be: {e}");
        }
    }
    assert_eq!(names(&folder), [""; 0]);
    assert_eq!(std::fs::read(&file).unwrap(), b"content");
}

#[test]
fn a_read_only_folder_is_told_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("sealed");
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o555)).unwrap();
    let path = folder.join("a.bp");
    match FileWriter::create(&path, &WriteOptions::default()) {
        Err(e) => {
            assert_eq!(io_kind(&e), Some(io::ErrorKind::PermissionDenied));
            assert!(e.message().contains(path.to_str().unwrap()), "{e}");
        }
        Ok(_) => eprintln!("root may write to read-only folders; nothing tested"),
    }
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o755)).unwrap();
}

#[test]
fn a_full_disk_is_told_and_the_writer_stays_failed() {
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
        eprintln!("there is no /dev/full here; nothing tested");
        return;
    };
    // Large enough that no buffer takes it.
    let blocks = build(&recording(), 3_000);
    let sink = io::BufWriter::new(full);
    let mut writer = Writer::new(sink, "/dev/full").unwrap();
    let e = writer.append(&blocks[0].bytes, &blocks[0].trace_ids).unwrap_err();
    assert_eq!(io_kind(&e), Some(io::ErrorKind::StorageFull));
    assert!(e.message().contains("/dev/full"), "{e}");
    let e = writer.append(&blocks[0].bytes, &blocks[0].trace_ids).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::State);
    assert_eq!(writer.finish().err().unwrap().kind(), ErrorKind::State);
}

#[test]
fn a_file_larger_than_allowed_is_an_error_that_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    // The limit counts blocks of 512 bytes or 1 KiB; without the trap it is a deadly signal.
    let script = r#"trap "" XFSZ; ulimit -f 100; exec "$@""#;
    let inner = child("child_writes_more_than_its_limit", dir.path());
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh"]).arg(inner.get_program()).args(inner.get_args());
    command.env(FOLDER, dir.path()).stdout(Stdio::null());
    assert!(command.status().unwrap().success());
    assert_eq!(names(dir.path()), [""; 0]);
}

#[test]
#[ignore = "run by a_file_larger_than_allowed_is_an_error_that_leaves_nothing"]
fn child_writes_more_than_its_limit() {
    let Some(folder) = child_folder() else { return };
    let path = folder.join("a.bp");
    let e = publish(&build(&recording(), 3_000), &path, false).unwrap_err();
    assert_eq!(io_kind(&e), Some(io::ErrorKind::FileTooLarge));
    assert!(e.message().contains(path.to_str().unwrap()), "{e}");
}

// --- crashes --------------------------------------------------------------------------------

/// How often a writer is killed; more in the long run.
fn kills() -> u64 {
    std::env::var("BLOCKPACK_CRASHES").ok().and_then(|n| n.parse().ok()).unwrap_or(25)
}

#[test]
fn a_killed_writer_leaves_the_old_file_or_the_new_one() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.bp");
    let (old, new) = (small(), build(&recording(), 1_000));
    let rows = |blocks: &[BuiltBlock]| blocks.iter().map(|b| u64::from(b.rows)).sum::<u64>();
    let (old_rows, new_rows) = (rows(&old), rows(&new));
    let (mut olds, mut news) = (0, 0);
    for kill in 0..kills() {
        publish(&old, &path, true).unwrap();
        let mut writer = child("child_publishes_again_and_again", dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // It says so when its blocks are built and it is about to write.
        wait_for_line(&mut writer, "writing");
        // A linear congruential generator, for kills that are spread over some publishings.
        let random = kill.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407) >> 33;
        std::thread::sleep(Duration::from_micros(random % 30_000));
        writer.kill().unwrap();
        writer.wait().unwrap();
        let reader = Reader::open(&path, &OpenOptions::default()).unwrap();
        reader.verify().unwrap();
        match reader.rows() {
            n if n == old_rows => olds += 1,
            n if n == new_rows => news += 1,
            n => panic!("{n} spans, but {old_rows} or {new_rows} were written"),
        }
        // What a killed writer leaves is recognised by its name.
        for name in names(dir.path()).iter().filter(|name| *name != "a.bp") {
            assert!(name.starts_with(".blockpack-") && name.ends_with(".tmp"), "{name}");
            std::fs::remove_file(dir.path().join(name)).unwrap();
        }
    }
    eprintln!("after {} kills: {olds} old files, {news} new ones", kills());
}

fn wait_for_line(child: &mut std::process::Child, line: &str) {
    let lines = io::BufRead::lines(io::BufReader::new(child.stdout.take().unwrap()));
    let found = lines.map_while(io::Result::ok).any(|l| l.contains(line));
    assert!(found, "the writer ended early");
}

#[test]
#[ignore = "run by a_killed_writer_leaves_the_old_file_or_the_new_one"]
fn child_publishes_again_and_again() {
    let Some(folder) = child_folder() else { return };
    let path = folder.join("a.bp");
    let (old, new) = (small(), build(&recording(), 1_000));
    println!("writing");
    loop {
        publish(&new, &path, true).unwrap();
        publish(&old, &path, true).unwrap();
    }
}
