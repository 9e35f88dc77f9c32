# The targets blockpack::blockpack (shared) and blockpack::blockpack_static, built by cargo.
#
# Cargo decides what is out of date, so it runs in every build; cmake/stage.cmake then puts what
# changed into the build tree under the names that are installed.
if(WIN32)
  message(FATAL_ERROR "Building on Windows is not supported yet")
endif()

find_program(CARGO cargo HINTS "$ENV{HOME}/.cargo/bin" REQUIRED)

set(stage ${PROJECT_BINARY_DIR}/lib)
set(BLOCKPACK_STATIC_LIBRARY ${stage}/libblockpack.a)
if(APPLE)
  set(BLOCKPACK_LINK_NAME libblockpack.dylib)
  set(BLOCKPACK_SONAME libblockpack.${BLOCKPACK_ABI_VERSION}.dylib)
  set(BLOCKPACK_SHARED_NAME libblockpack.${PROJECT_VERSION}.dylib)
  set(BLOCKPACK_NATIVE_LIBRARIES "")
else()
  set(BLOCKPACK_LINK_NAME libblockpack.so)
  set(BLOCKPACK_SONAME libblockpack.so.${BLOCKPACK_ABI_VERSION})
  set(BLOCKPACK_SHARED_NAME libblockpack.so.${PROJECT_VERSION})
  # What `rustc --print native-static-libs` says.
  set(BLOCKPACK_NATIVE_LIBRARIES gcc_s util rt pthread m dl c)
endif()
set(BLOCKPACK_SHARED_LIBRARY ${stage}/${BLOCKPACK_SHARED_NAME})

set(features "")
if(BLOCKPACK_CHECKED)
  set(features --features handle-checks)
endif()
set(cargo_folder ${BLOCKPACK_CARGO_TARGET_DIR})
set(cargo_output ${cargo_folder})
set(cargo_environment "")
set(cargo_options "")
set(BLOCKPACK_INSTRUMENTED "")
set(BLOCKPACK_SANITIZER_LINK -fsanitize=${BLOCKPACK_SANITIZE})
include(cmake/sanitize.cmake)
if(BLOCKPACK_CARGO_PROFILE STREQUAL dev)
  set(output ${cargo_output}/debug)
else()
  set(output ${cargo_output}/${BLOCKPACK_CARGO_PROFILE})
endif()
# Reports of sanitizers name lines, for which the libraries stay as cargo built them.
set(objcopy ${CMAKE_OBJCOPY})
if(BLOCKPACK_INSTRUMENTED)
  set(objcopy "")
endif()

add_custom_target(blockpack_build ALL
  COMMAND ${CMAKE_COMMAND} -E env CARGO_TARGET_DIR=${cargo_folder} ${cargo_environment}
    ${CARGO} build --package blockpack-capi --profile ${BLOCKPACK_CARGO_PROFILE} ${cargo_options} ${features}
    ${BLOCKPACK_CARGO_FLAGS}
  COMMAND ${CMAKE_COMMAND}
    -D shared_from=${output}/${BLOCKPACK_LINK_NAME} -D shared_to=${BLOCKPACK_SHARED_LIBRARY}
    -D soname=${BLOCKPACK_SONAME} -D link_name=${BLOCKPACK_LINK_NAME}
    -D static_from=${output}/libblockpack.a -D static_to=${BLOCKPACK_STATIC_LIBRARY}
    -D linker=${CMAKE_LINKER} -D objcopy=${objcopy} -D archiver=${CMAKE_AR}
    -P ${CMAKE_CURRENT_LIST_DIR}/stage.cmake
  BYPRODUCTS ${BLOCKPACK_SHARED_LIBRARY} ${BLOCKPACK_STATIC_LIBRARY}
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
  COMMENT "Building libblockpack with cargo"
  USES_TERMINAL VERBATIM)

set(BLOCKPACK_LICENCES ${PROJECT_BINARY_DIR}/THIRD-PARTY-LICENSES.txt)
add_custom_command(OUTPUT ${BLOCKPACK_LICENCES}
  COMMAND ${CMAKE_COMMAND} -D cargo=${CARGO} "-D flags=${BLOCKPACK_CARGO_FLAGS}" -D output=${BLOCKPACK_LICENCES}
    -P ${CMAKE_CURRENT_LIST_DIR}/licences.cmake
  DEPENDS Cargo.lock ${CMAKE_CURRENT_LIST_DIR}/licences.cmake
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
  COMMENT "Collecting the licences of what is linked in" VERBATIM)
add_custom_target(blockpack_licences ALL DEPENDS ${BLOCKPACK_LICENCES})
# Cargo has the crates at hand when it has built.
add_dependencies(blockpack_licences blockpack_build)

add_library(blockpack SHARED IMPORTED GLOBAL)
set_target_properties(blockpack PROPERTIES
  IMPORTED_LOCATION ${BLOCKPACK_SHARED_LIBRARY}
  IMPORTED_SONAME ${BLOCKPACK_SONAME}
  INTERFACE_INCLUDE_DIRECTORIES ${PROJECT_SOURCE_DIR}/include)

add_library(blockpack_static STATIC IMPORTED GLOBAL)
set_target_properties(blockpack_static PROPERTIES
  IMPORTED_LOCATION ${BLOCKPACK_STATIC_LIBRARY}
  INTERFACE_COMPILE_DEFINITIONS BLOCKPACK_STATIC
  INTERFACE_LINK_LIBRARIES "${BLOCKPACK_NATIVE_LIBRARIES}"
  INTERFACE_INCLUDE_DIRECTORIES ${PROJECT_SOURCE_DIR}/include)

foreach(library blockpack blockpack_static)
  add_dependencies(${library} blockpack_build)
  add_library(blockpack::${library} ALIAS ${library})
endforeach()
