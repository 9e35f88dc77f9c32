# How cargo builds the library with the sanitizer of BLOCKPACK_SANITIZE that Rust has, address or thread. Changes, if
# there is one:
#
#   cargo_folder, cargo_output   where cargo builds, and where below it the folders of profiles are
#   cargo_environment            its variables
#   cargo_options                its options
#   BLOCKPACK_INSTRUMENTED       the sanitizer
#   BLOCKPACK_SANITIZER_LINK     link options of programs
#
# Compilers of the stable channel have the sanitizers, but take the option only with RUSTC_BOOTSTRAP. That is for
# tests: nothing built so is installed.
if(NOT BLOCKPACK_SANITIZE MATCHES "(^|,)(address|thread)(,|$)")
  return()
endif()
set(rust_sanitizer ${CMAKE_MATCH_2})

find_program(RUSTC rustc HINTS "$ENV{HOME}/.cargo/bin" REQUIRED)
execute_process(COMMAND ${RUSTC} -vV OUTPUT_VARIABLE about COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE ".*\nhost: ([^\n]+)\n.*" "\\1" rust_target "${about}")
execute_process(
  COMMAND ${CMAKE_COMMAND} -E env RUSTC_BOOTSTRAP=1
    ${RUSTC} -Zsanitizer=${rust_sanitizer} -Cunsafe-allow-abi-mismatch=sanitizer --target ${rust_target}
    --crate-type lib --crate-name probe --emit metadata --out-dir ${PROJECT_BINARY_DIR} -
  INPUT_FILE /dev/null RESULT_VARIABLE refused ERROR_VARIABLE reason OUTPUT_QUIET)
if(refused)
  message(WARNING
    "Only the tests are instrumented, not the library: this rustc has no ${rust_sanitizer} sanitizer\n${reason}")
  return()
endif()

# The C in the library, zstd, is instrumented like the rest.
string(REPLACE "-" "_" rust_suffix ${rust_target})
set(cargo_environment
  RUSTC_BOOTSTRAP=1
  "RUSTFLAGS=-Zsanitizer=${rust_sanitizer} -Cforce-frame-pointers=yes"
  "CFLAGS_${rust_suffix}=-fsanitize=${rust_sanitizer} -fno-omit-frame-pointer")
set(cargo_options --target ${rust_target})
set(cargo_folder ${BLOCKPACK_CARGO_TARGET_DIR}/sanitize-${rust_sanitizer})
set(cargo_output ${cargo_folder}/${rust_target})
set(BLOCKPACK_INSTRUMENTED ${rust_sanitizer})

if(rust_sanitizer STREQUAL thread)
  # Locks are in Rust's own library: unless that is instrumented, too, what they guard looks unguarded.
  list(APPEND cargo_options -Zbuild-std)
  execute_process(COMMAND ${RUSTC} --print sysroot OUTPUT_VARIABLE sysroot OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT EXISTS ${sysroot}/lib/rustlib/src/rust/library/Cargo.lock)
    message(FATAL_ERROR "The source of Rust's own library is missing; this adds it: rustup component add rust-src")
  endif()
  # The runtime is Rust's: that of an older C compiler lacks functions that Rust's code calls.
  file(GLOB runtime ${sysroot}/lib/rustlib/${rust_target}/lib/librustc-*_rt.tsan.a)
  set(BLOCKPACK_SANITIZER_LINK "-Wl,--whole-archive,${runtime},--no-whole-archive,--export-dynamic")
endif()
