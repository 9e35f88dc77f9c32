# How cargo builds the library with the sanitizers of BLOCKPACK_SANITIZE that Rust has. Changes, if there is one:
#
#   cargo_folder, cargo_output   where cargo builds, and where below it the folders of profiles are
#   cargo_environment            its variables
#   cargo_options                its options
#   BLOCKPACK_INSTRUMENTED       ON
#
# Compilers of the stable channel have the sanitizers, but take the option only with RUSTC_BOOTSTRAP. That is for
# tests: nothing built so is installed.
if(NOT BLOCKPACK_SANITIZE MATCHES "(^|,)address(,|$)")
  return()
endif()

find_program(RUSTC rustc HINTS "$ENV{HOME}/.cargo/bin" REQUIRED)
execute_process(COMMAND ${RUSTC} -vV OUTPUT_VARIABLE about COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE ".*\nhost: ([^\n]+)\n.*" "\\1" rust_target "${about}")
execute_process(
  COMMAND ${CMAKE_COMMAND} -E env RUSTC_BOOTSTRAP=1
    ${RUSTC} -Zsanitizer=address --target ${rust_target} --crate-type lib --crate-name probe --emit metadata
    --out-dir ${PROJECT_BINARY_DIR} -
  INPUT_FILE /dev/null RESULT_VARIABLE refused ERROR_VARIABLE reason OUTPUT_QUIET)
if(refused)
  message(WARNING "Only the tests are instrumented, not the library: this rustc has no address sanitizer\n${reason}")
  return()
endif()

# The C in the library, zstd, is instrumented like the rest.
string(REPLACE "-" "_" rust_suffix ${rust_target})
set(cargo_environment
  RUSTC_BOOTSTRAP=1
  "RUSTFLAGS=-Zsanitizer=address -Cforce-frame-pointers=yes"
  "CFLAGS_${rust_suffix}=-fsanitize=address -fno-omit-frame-pointer")
set(cargo_options --target ${rust_target})
set(cargo_folder ${BLOCKPACK_CARGO_TARGET_DIR}/sanitize-address)
set(cargo_output ${cargo_folder}/${rust_target})
set(BLOCKPACK_INSTRUMENTED ON)
