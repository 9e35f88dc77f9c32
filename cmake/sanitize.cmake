# How the Rust library is built with the sanitizers of BLOCKPACK_SANITIZE that Rust has. Sets, empty if there are none:
#
#   rust_environment    variables of cargo
#   rust_options        options of cargo
#   rust_folder         where below BLOCKPACK_CARGO_TARGET_DIR cargo puts this build
#   sanitizer_runtime   link options of programs, where the C compiler's own runtime does not fit
#
# Compilers of the stable channel ship the sanitizers, but take the option only with RUSTC_BOOTSTRAP. That is for
# tests alone: nothing that is built so is installed.
set(rust_environment "")
set(rust_options "")
set(rust_folder "")
set(sanitizer_runtime "")

set(rust_sanitizer "")
foreach(sanitizer IN ITEMS address thread)
  if(BLOCKPACK_SANITIZE MATCHES "(^|,)${sanitizer}(,|$)")
    set(rust_sanitizer ${sanitizer})
  endif()
endforeach()

if(rust_sanitizer)
  find_program(RUSTC rustc HINTS "$ENV{HOME}/.cargo/bin" REQUIRED)
  execute_process(COMMAND ${RUSTC} -vV OUTPUT_VARIABLE about COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX REPLACE ".*\nhost: ([^\n]+)\n.*" "\\1" rust_target "${about}")
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env RUSTC_BOOTSTRAP=1
      ${RUSTC} -Zsanitizer=${rust_sanitizer} --target ${rust_target} --crate-type lib --crate-name probe
      --out-dir ${PROJECT_BINARY_DIR}/probe -
    INPUT_FILE /dev/null RESULT_VARIABLE refused OUTPUT_QUIET ERROR_QUIET)
endif()
if(rust_sanitizer AND refused)
  message(WARNING "This rustc has no ${rust_sanitizer} sanitizer: only the programs are instrumented, not the library")
elseif(rust_sanitizer)
  # zstd, the C in the library, is instrumented as well.
  string(REPLACE "-" "_" rust_suffix ${rust_target})
  set(rust_environment
    RUSTC_BOOTSTRAP=1
    "RUSTFLAGS=-Zsanitizer=${rust_sanitizer} -Cforce-frame-pointers=yes"
    "CFLAGS_${rust_suffix}=-fsanitize=${rust_sanitizer} -fno-omit-frame-pointer")
  set(rust_options --target ${rust_target})
  set(rust_folder sanitize-${rust_sanitizer})
endif()
