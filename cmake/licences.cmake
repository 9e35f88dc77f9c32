# Writes the licence texts of all crates that are linked into the libraries and the command into one file:
#
#   cmake -D cargo=... -D "flags=..." -D output=... -P licences.cmake    in the source tree
#
# Who ships binaries has to ship these texts along. They come out of the crates' own packages, which cargo
# has at hand when it has built.
cmake_policy(VERSION 3.22)

# Not every flag that builds is known to what only asks.
list(FILTER flags INCLUDE REGEX "^--(locked|offline|frozen)$")

function(ask_cargo result)
  execute_process(COMMAND ${cargo} ${ARGN} ${flags} OUTPUT_VARIABLE answer COMMAND_ERROR_IS_FATAL ANY)
  set(${result} "${answer}" PARENT_SCOPE)
endfunction()

# licence_files FOLDER RESULT: the texts to ship. Of several licences to choose from the shortest will do,
# MIT; NOTICE files go with any.
function(licence_files folder result)
  file(GLOB files ${folder}/LICENSE-MIT*)
  if(NOT files)
    file(GLOB files ${folder}/LICEN[CS]E* ${folder}/COPYING* ${folder}/COPYRIGHT*)
    list(FILTER files EXCLUDE REGEX "GPL")
  endif()
  file(GLOB notices ${folder}/NOTICE*)
  set(${result} ${files} ${notices} PARENT_SCOPE)
endfunction()

ask_cargo(metadata metadata --format-version 1)
string(JSON count LENGTH "${metadata}" packages)
math(EXPR last "${count} - 1")
foreach(index RANGE ${last})
  string(JSON package GET "${metadata}" packages ${index})
  string(JSON name GET "${package}" name)
  string(JSON version GET "${package}" version)
  string(JSON manifest GET "${package}" manifest_path)
  get_filename_component(folder_${name}_${version} ${manifest} DIRECTORY)
endforeach()

ask_cargo(tree tree --package blockpack-capi --package blockpack-cli --edges normal,no-proc-macro
  --prefix none --no-dedupe --format "{p}|{l}|{r}")
string(REGEX MATCHALL "[^\n]+" lines "${tree}")
list(FILTER lines EXCLUDE REGEX "^blockpack")
list(SORT lines)
list(REMOVE_DUPLICATES lines)

set(text "libblockpack and the blockpack command have the code of these crates in them, and that of Rust's standard library
(https://www.rust-lang.org, MIT OR Apache-2.0). Their licences:\n")
foreach(line IN LISTS lines)
  string(REGEX MATCH "^([^ ]+) v([^ |]+)[^|]*\\|([^|]*)\\|(.*)$" matched "${line}")
  set(folder ${folder_${CMAKE_MATCH_1}_${CMAKE_MATCH_2}})
  string(APPEND text "\n======== ${CMAKE_MATCH_1} ${CMAKE_MATCH_2}: ${CMAKE_MATCH_3}\n${CMAKE_MATCH_4}\n")
  licence_files(${folder} files)
  if(NOT files)
    message(FATAL_ERROR "${folder} has no text of its licence (${CMAKE_MATCH_3})")
  endif()
  foreach(path IN LISTS files)
    file(READ ${path} licence)
    string(APPEND text "\n${licence}")
  endforeach()
endforeach()
file(WRITE ${output} "${text}")
