//! The checked-in header is what the sources say, and it documents what it must.
//!
//! `BLOCKPACK_BLESS=1 cargo test -p blockpack-capi --test header` (`make header`) writes it anew.

mod generate;

use std::path::{Path, PathBuf};
use std::{env, fs};

fn header_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../include/blockpack.h")
}

fn checked_in() -> String {
    fs::read_to_string(header_path()).expect("include/blockpack.h is readable")
}

#[test]
fn checked_in_header_is_what_the_sources_say() {
    let generated = generate::header();
    if env::var_os("BLOCKPACK_BLESS").is_some() {
        fs::write(header_path(), &generated).expect("include/blockpack.h is writable");
    }
    if checked_in() != generated {
        let differs = checked_in().lines().zip(generated.lines()).position(|(a, b)| a != b);
        panic!("include/blockpack.h differs from the sources at line {differs:?}: make header");
    }
}

/// Each exported function with its comment: (name, comment, declaration).
fn functions(header: &str) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    let mut comment = String::new();
    let mut lines = header.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("//") {
            comment.push_str(line);
            comment.push('\n');
        } else if line.starts_with("BP_") {
            let mut declaration = line.to_owned();
            while !declaration.contains(';') {
                declaration.push_str(lines.next().expect("a declaration that ends"));
            }
            let name = declaration.split('(').next().and_then(|d| d.split(' ').next_back());
            let name = name.expect("a name").trim_start_matches('*').to_owned();
            found.push((name, std::mem::take(&mut comment), declaration));
        } else {
            comment.clear();
        }
    }
    found
}

/// The parts of a comment behind what the function does, in the order in which they come.
const PARTS: [&str; 7] =
    ["Parameters", "Ownership", "Valid until", "Threads", "Errors", "Cost", "Since"];

/// The part that a line of a comment begins.
fn part(line: &str) -> Option<usize> {
    let (name, _) = line.strip_prefix("// ")?.split_once(": ")?;
    PARTS.iter().position(|part| *part == name)
}

fn says_what(comment: &str) -> bool {
    comment.lines().next().is_some_and(|line| line.len() > 10 && part(line).is_none())
}

fn are_in_order(comment: &str) -> bool {
    comment.lines().filter_map(part).collect::<Vec<_>>().is_sorted_by(|a, b| a < b)
}

/// Whether the function makes a handle: `bp_x **out` of an opaque bp_x.
fn gives_handle(declaration: &str, header: &str) -> bool {
    let Some((before, _)) = declaration.split_once(" **out,") else { return false };
    let kind = before.rsplit([' ', '(', ',']).next().unwrap_or("");
    header.contains(&format!("typedef struct {kind} {kind};"))
}

#[test]
fn every_function_is_documented_in_the_fixed_form() {
    let header = checked_in();
    let functions = functions(&header);
    assert!(functions.len() > 10, "found only {} functions", functions.len());
    for (name, comment, declaration) in functions {
        assert!(name.starts_with("bp_"), "{name} has no prefix");
        assert!(comment.contains("Since: "), "{name} does not say since when");
        assert!(comment.contains("Threads: "), "{name} says nothing about threads");
        assert!(says_what(&comment), "{name} does not say what it does, before anything else");
        assert!(are_in_order(&comment), "{name}: the parts of its comment are not in their order");
        if !name.ends_with("_free") {
            assert!(comment.contains("Cost: "), "{name} does not say what it costs");
        }
        if gives_handle(&declaration, &header) {
            assert!(comment.contains("Ownership: "), "{name} gives a handle without an owner");
        }
        if declaration.contains("bp_error **err") {
            assert!(declaration.ends_with("bp_error **err);"), "{name}: err is not last");
            assert!(comment.contains("Errors: "), "{name} does not list its errors");
        }
        let views = ["bp_str *out", "bp_value *out", "bp_field *out", "bp_bytes *out"];
        let gives_views = views.iter().any(|v| declaration.contains(v))
            || declaration.starts_with("BP_API bp_str ");
        if gives_views {
            assert!(comment.contains("Valid until: "), "{name} gives views without an end");
        }
    }
}

#[test]
fn no_rust_link_syntax_leaks_into_the_header() {
    let header = checked_in();
    for (i, line) in header.lines().enumerate() {
        assert!(!line.contains('`') && !line.contains("]("), "line {}: {line}", i + 1);
    }
}

#[test]
fn every_status_of_the_header_has_its_name_and_its_number_once() {
    let sources = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/status.rs"));
    let sources = sources.expect("src/status.rs is readable");
    let mut numbers = Vec::new();
    for line in checked_in().lines() {
        let Some(rest) = line.strip_prefix("#define BP_ERR_") else { continue };
        let (name, number) = rest.split_once(' ').expect("a number");
        if name == "FIRST" {
            continue;
        }
        assert!(sources.contains(&format!("=> c\"BP_ERR_{name}\"")), "BP_ERR_{name} has no name");
        numbers.push(number.parse::<i32>().expect("a plain number"));
    }
    let count = numbers.len();
    numbers.dedup();
    assert!(count > 20 && numbers.len() == count && numbers.is_sorted(), "{numbers:?}");
}

#[test]
fn version_macros_are_the_packages() {
    let header = checked_in();
    let version = env!("CARGO_PKG_VERSION");
    let mut parts = version.split('.').map(|p| p.parse::<u32>().expect("a number"));
    let mut next = || parts.next().expect("three parts");
    let (major, minor, patch) = (next(), next(), next());
    let number = major << 16 | minor << 8 | patch;
    for line in [
        format!("#define BP_VERSION_MAJOR {major}\n"),
        format!("#define BP_VERSION_MINOR {minor}\n"),
        format!("#define BP_VERSION_PATCH {patch}\n"),
        format!("#define BP_VERSION_STRING \"{version}\"\n"),
        format!("#define BP_VERSION_NUMBER {number:#010x}u "),
    ] {
        assert!(header.contains(&line), "missing: {line}");
    }
    let build = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("build.rs"));
    let abi = header.lines().find_map(|l| l.strip_prefix("#define BP_ABI_VERSION "));
    let declared = format!("const ABI_VERSION: u32 = {};", abi.expect("BP_ABI_VERSION"));
    assert!(build.expect("build.rs").contains(&declared), "SONAME and BP_ABI_VERSION differ");
}
