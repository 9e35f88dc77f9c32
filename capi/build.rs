//! Names the shared library, which cargo leaves nameless, and tells the tests the target.

use std::env;

/// Equals `BP_ABI_VERSION`; a test compares the two.
const ABI_VERSION: u32 = 0;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = env::var("TARGET").unwrap_or_default();
    println!("cargo:rustc-env=BLOCKPACK_TARGET={target}");
    match env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("linux" | "android" | "freebsd" | "netbsd" | "openbsd" | "dragonfly") => {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libblockpack.so.{ABI_VERSION}");
        }
        Ok("macos") => {
            let name = format!("@rpath/libblockpack.{ABI_VERSION}.dylib");
            println!("cargo:rustc-cdylib-link-arg=-Wl,-install_name,{name}");
        }
        _ => {}
    }
}
