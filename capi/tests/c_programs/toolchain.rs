//! Builds the shared library and compiles programs against it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs};

/// Both headers are clean under all of these.
pub const WARNINGS: [&str; 7] =
    ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wundef", "-Werror"];

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Language {
    C,
    Cpp,
}

/// The project's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("capi is inside the project")
}

/// A folder of this test's own.
pub fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("a writable target folder");
    folder
}

/// The shared library, in a folder where its SONAME is also a file.
pub struct Library {
    pub folder: PathBuf,
    pub path: PathBuf,
}

impl Library {
    /// Builds it once, with the hooks that the tests of the boundary need.
    pub fn build() -> &'static Library {
        static LIBRARY: OnceLock<Library> = OnceLock::new();
        LIBRARY.get_or_init(|| {
            let mut cargo = Command::new(env!("CARGO"));
            cargo.args(["build", "-p", "blockpack-capi", "--lib", "--features", "test-hooks"]);
            cargo.args(["--message-format=json-render-diagnostics", "--quiet"]);
            if !cfg!(debug_assertions) {
                cargo.arg("--release");
            }
            let output = cargo.current_dir(root()).output().expect("cargo starts");
            let err = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "the library does not build:\n{err}");
            let built = shared_library(&String::from_utf8_lossy(&output.stdout));
            let folder = scratch("lib");
            let name = built.file_name().expect("a file name").to_string_lossy();
            let path = folder.join(&*name);
            // Replaced, not overwritten: a program of an earlier run may still have it mapped.
            for name in [name.to_string(), format!("{name}.0")] {
                fs::remove_file(folder.join(&name)).ok();
                fs::copy(&built, folder.join(&name)).expect("a copy of the library");
            }
            Library { folder, path }
        })
    }

    /// Names of the functions that it exports, but for those that only tests have.
    pub fn exported(&self) -> BTreeSet<String> {
        let mut readelf = Command::new("readelf");
        let output = readelf.args(["--dyn-syms", "-W"]).arg(&self.path).output();
        let text = output.expect("readelf, which comes with the compiler").stdout;
        let text = String::from_utf8_lossy(&text);
        let global =
            |l: &&str| (l.contains(" GLOBAL ") || l.contains(" WEAK ")) && !l.contains(" UND ");
        let names = text.lines().filter(global).filter_map(|l| l.split_whitespace().last());
        names.filter(|name| !name.starts_with("bp_test_")).map(str::to_owned).collect()
    }
}

/// The shared library among the files that cargo says it made.
fn shared_library(messages: &str) -> PathBuf {
    let messages = messages.lines().filter_map(|l| serde_json::from_str(l).ok());
    let files = messages.flat_map(|message: serde_json::Value| {
        let files = message["filenames"].as_array().cloned().unwrap_or_default();
        let package = message["target"]["name"] == "blockpack";
        files.into_iter().filter(move |_| package)
    });
    let mut paths = files.filter_map(|f| f.as_str().map(PathBuf::from));
    paths
        .find(|p| p.extension().is_some_and(|e| e == "so" || e == "dylib"))
        .expect("cargo made a shared library")
}

/// Compiles one program, linked with the library; gives the executable.
pub fn compile(program: &Path, language: Language, library: &Library) -> PathBuf {
    let folder = scratch("programs");
    let executable = folder
        .join(program.file_name().expect("a file name"))
        .with_extension(if language == Language::C { "c.out" } else { "cpp.out" });
    let mut build = cc::Build::new();
    build.target(env!("BLOCKPACK_TARGET")).host(env!("BLOCKPACK_TARGET"));
    build.opt_level(1).debug(true).cpp(language == Language::Cpp).cargo_metadata(false);
    let mut command = build.get_compiler().to_command();
    command.arg(if language == Language::C { "-std=c11" } else { "-std=c++17" }).args(WARNINGS);
    if cfg!(debug_assertions) {
        command.arg("-DBLOCKPACK_CHECKED");
    }
    command.arg("-I").arg(root().join("include")).arg("-I").arg(root().join("c-tests"));
    command.arg(program).arg("-o").arg(&executable);
    command.arg("-L").arg(&library.folder).arg("-lblockpack").arg("-lpthread");
    command.arg(format!("-Wl,-rpath,{}", library.folder.display()));
    let output = command.output().expect("a compiler that starts");
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} does not compile:\n{err}", program.display());
    executable
}
