//! Compiles the programs of `c-tests/` against the header and the shared library, and runs them,
//! so that `cargo test` alone covers the C and C++ side.

mod abi;
mod misuse;
mod toolchain;

use abi::Header;
use blockpack_engine::ingest::{Ingest, IngestOptions};
use blockpack_engine::otlp::{InputOptions, Records};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs};
use toolchain::{Language, Library, compile};

/// Every program of one language in `c-tests/`.
fn programs(extension: &str) -> Vec<PathBuf> {
    let folder = toolchain::root().join("c-tests");
    let entries = fs::read_dir(folder).expect("c-tests is readable");
    let paths = entries.map(|entry| entry.expect("a readable entry").path());
    let mut found: Vec<_> =
        paths.filter(|p| p.extension().is_some_and(|e| e == extension)).collect();
    found.sort();
    found
}

/// Builds and runs `program`; gives its output.
fn run(program: &Path, language: Language, arguments: &[&Path]) -> String {
    let executable = compile(program, language, Library::build());
    let mut command = Command::new(&executable);
    command.args(arguments).current_dir(toolchain::root());
    let output = command.output().expect("a program that starts");
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}: {}\n{out}{err}", program.display(), output.status);
    out.into_owned()
}

#[test]
fn c_programs_pass() {
    let programs = programs("c");
    assert!(programs.len() > 1, "no programs in c-tests");
    for program in programs {
        let out = run(&program, Language::C, &[]);
        assert!(!out.contains("skipped"), "{}: {out}", program.display());
    }
}

#[test]
fn cpp_programs_pass() {
    for program in programs("cpp") {
        run(&program, Language::Cpp, &[]);
    }
}

#[test]
fn every_function_answers_misuse() {
    let header = fs::read_to_string(toolchain::root().join("include/blockpack.h")).expect("header");
    let (code, functions) = misuse::program(&header);
    assert!(functions > 150, "only {functions} functions were found");
    let program = toolchain::scratch("misuse").join("misuse.c");
    fs::write(&program, code).expect("a writable folder");
    run(&program, Language::C, &[]);
}

/// A block file of the recorded shop, as the examples take one.
fn shop_file() -> PathBuf {
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    let write = || {
        let path = toolchain::scratch("examples").join("shop.bpk");
        let mut options = IngestOptions::default();
        options.file.overwrite = true;
        let mut ingest = Ingest::create(&path, options).expect("a writable folder");
        let recording = toolchain::root().join("tests/data/shop.pbd.zst");
        let mut records = Records::open(&recording, InputOptions::default()).expect("recording");
        let mut message = Vec::new();
        while records.next(&mut message).expect("a readable recording") {
            ingest.add(&message).expect("valid traces");
        }
        ingest.finish().expect("a file");
        path
    };
    FILE.get_or_init(write).clone()
}

#[test]
fn tours_in_c_and_cpp_say_the_same() {
    let examples = toolchain::root().join("examples");
    let file = shop_file();
    let c = run(&examples.join("c/tour.c"), Language::C, &[&file]);
    let cpp = run(&examples.join("cpp/tour.cpp"), Language::Cpp, &[&file]);
    assert_eq!(c, cpp);
    assert!(c.contains("9752 spans, 1203 traces\n203 spans with an error\n"), "{c}");
    assert!(c.ends_with("bytes held in the end: 0\n"), "{c}");
}

#[test]
fn example_in_the_header_runs() {
    let header = fs::read_to_string(toolchain::root().join("include/blockpack.h")).expect("header");
    let example = header.split_once("A COMPLETE EXAMPLE").expect("an example").1;
    let lines = example.lines().skip(2).take_while(|line| line.starts_with(" * ") || *line == " *");
    let code: String = lines.map(|line| line.get(7..).unwrap_or("").to_owned() + "\n").collect();
    let program = toolchain::scratch("examples").join("header.c");
    fs::write(&program, code).expect("a writable folder");
    let out = run(&program, Language::C, &[&shop_file()]);
    assert!(out.starts_with("203 spans with an error\n") && out.lines().count() == 4, "{out}");
}

#[test]
fn exported_symbols_are_those_of_the_header() {
    let header = fs::read_to_string(toolchain::root().join("include/blockpack.h")).expect("header");
    let prototypes = Header::parse(&header).declarations.into_iter();
    let prototypes = prototypes.filter(|line| line.starts_with("BP_"));
    let name = |line: String| {
        let before = line.split('(').next().and_then(|d| d.split([' ', '*']).next_back());
        before.unwrap_or_default().to_owned()
    };
    let declared: BTreeSet<String> = prototypes.map(name).collect();
    assert_eq!(Library::build().exported(), declared);
}

#[test]
fn shared_library_has_its_soname() {
    let library = Library::build();
    let Ok(output) = Command::new("readelf").args(["-d", "-W"]).arg(&library.path).output() else {
        println!("skipped: no readelf");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("soname: [libblockpack.so.0]"), "{text}");
}

/// The header alone and twice, in every standard it promises, with every compiler at hand.
#[test]
fn header_compiles_alone_in_every_standard() {
    let folder = toolchain::scratch("header-matrix");
    let twice = "#include \"blockpack.h\"\n#include \"blockpack.h\"\nint header_is_used(void);\n\
                 int header_is_used(void) { return BP_OK; }\n";
    let wrapper = "#include \"blockpack.hpp\"\n#include \"blockpack.hpp\"\nint header_is_used();\n\
                   int header_is_used() { return BP_OK; }\n";
    let c = ["-Wstrict-prototypes", "-Wc++-compat"];
    let cpp = ["-Wold-style-cast"];
    let bare = ["-Wold-style-cast", "-fno-exceptions", "-fno-rtti"];
    let mut runs = 0;
    for (compiler, extension, extra, source, standards) in [
        ("gcc", "c", &c[..], twice, &["c99", "c11", "c17", "c2x", "gnu17"][..]),
        ("clang", "c", &c[..], twice, &["c99", "c11", "c17", "c2x", "gnu17"][..]),
        ("g++", "cpp", &cpp[..], twice, &["c++11", "c++14", "c++17", "c++20"][..]),
        ("clang++", "cpp", &cpp[..], twice, &["c++11", "c++14", "c++17", "c++20"][..]),
        ("g++", "hpp.cpp", &bare[..], wrapper, &["c++17", "c++20"][..]),
        ("clang++", "hpp.cpp", &bare[..], wrapper, &["c++17", "c++20"][..]),
    ] {
        let present = Command::new(compiler).arg("--version").output().is_ok();
        if !present {
            println!("skipped: {compiler} {extension}");
            continue;
        }
        let file = folder.join(format!("{compiler}.{extension}"));
        fs::write(&file, source).expect("a writable folder");
        for standard in standards {
            let mut command = Command::new(compiler);
            command.arg(format!("-std={standard}")).args(toolchain::WARNINGS).args(extra);
            command.arg("-I").arg(toolchain::root().join("include"));
            command.args(["-fsyntax-only"]).arg(&file);
            let output = command.output().expect("a compiler that starts");
            let err = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{compiler} {standard}:\n{err}");
            runs += 1;
        }
    }
    assert!(runs > 0 || env::var_os("CC").is_some(), "no compiler was found");
}

/// Each file of the C++ wrapper includes what it needs, and blockpack.hpp includes them all.
#[test]
fn each_file_of_the_wrapper_compiles_alone() {
    let include = toolchain::root().join("include");
    let all = fs::read_to_string(include.join("blockpack.hpp")).expect("the wrapper");
    for entry in fs::read_dir(include.join("blockpack")).expect("the wrapper's folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        assert!(all.contains(&format!("#include \"blockpack/{name}\"")), "{name}");
        let mut command = Command::new("g++");
        command.args(["-std=c++17", "-fno-exceptions", "-fno-rtti", "-fsyntax-only", "-x", "c++"]);
        command.args(toolchain::WARNINGS).arg("-include").arg(&path).arg("/dev/null");
        let Ok(output) = command.output() else {
            println!("skipped: no g++");
            return;
        };
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name}:\n{err}");
    }
}
