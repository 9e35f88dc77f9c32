# Puts what cargo built into the build tree, if it changed: cmake -D ... -P stage.cmake
#
#   shared_from, shared_to      the shared library
#   soname, link_name           the names that lead to it
#   static_from, static_to      the static library
#   linker, objcopy, archiver   binutils
cmake_policy(VERSION 3.22)

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

get_filename_component(folder ${shared_to} DIRECTORY)
file(MAKE_DIRECTORY ${folder})

if(${shared_from} IS_NEWER_THAN ${shared_to})
  # Line tables, most of them of Rust's own library, are nine tenths of the file. A new file, not the
  # same one written over: a running program may have it mapped.
  file(REMOVE ${shared_to})
  if(objcopy)
    run(${objcopy} --strip-debug ${shared_from} ${shared_to})
  else()
    file(COPY_FILE ${shared_from} ${shared_to})
  endif()
  get_filename_component(name ${shared_to} NAME)
  file(CREATE_LINK ${name} ${folder}/${soname} SYMBOLIC)
  file(CREATE_LINK ${soname} ${folder}/${link_name} SYMBOLIC)
endif()

if(${static_from} IS_NEWER_THAN ${static_to})
  file(REMOVE ${static_to})
  if(objcopy)
    # All of it as one object in which only bp_* is global: otherwise a program with two Rust
    # libraries, or with its own zstd, finds symbols twice. Bitcode sections upset other toolchains.
    set(object ${static_to}.o)
    run(${linker} -r --whole-archive ${static_from} -o ${object})
    run(${objcopy} --wildcard "--keep-global-symbol=bp_*" --strip-debug
      --remove-section=.llvmbc --remove-section=.llvmcmd ${object})
    run(${archiver} rcs ${static_to} ${object})
    file(REMOVE ${object})
  else()
    file(COPY_FILE ${static_from} ${static_to})
  endif()
endif()
