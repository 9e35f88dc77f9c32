# What `cmake --install` gives: headers, libraries, the CMake package and the pkg-config files. All of it
# finds itself by its place, so the installed tree can be moved.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(DIRECTORY include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
  FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp")
install(FILES LICENSE ${BLOCKPACK_LICENCES} DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT runtime)
install(FILES CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT development)

if(BLOCKPACK_BUILD_SHARED)
  install(PROGRAMS ${BLOCKPACK_SHARED_LIBRARY} ${PROJECT_BINARY_DIR}/lib/${BLOCKPACK_SONAME}
    DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime)
  install(PROGRAMS ${PROJECT_BINARY_DIR}/lib/${BLOCKPACK_LINK_NAME}
    DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
endif()
if(BLOCKPACK_BUILD_STATIC)
  install(FILES ${BLOCKPACK_STATIC_LIBRARY}
    DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
endif()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/blockpack)
configure_package_config_file(cmake/blockpack-config.cmake.in blockpack-config.cmake
  INSTALL_DESTINATION ${package_dir}
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
# Before 1.0 a minor version may break; from 1.0 on only a major one does.
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(compatibility SameMinorVersion)
else()
  set(compatibility SameMajorVersion)
endif()
write_basic_package_version_file(blockpack-config-version.cmake COMPATIBILITY ${compatibility})
install(FILES
  ${PROJECT_BINARY_DIR}/blockpack-config.cmake ${PROJECT_BINARY_DIR}/blockpack-config-version.cmake
  DESTINATION ${package_dir} COMPONENT development)

# The way from the pkg-config files back to the prefix.
set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
if(IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR})
  set(pkgconfig_prefix ${CMAKE_INSTALL_PREFIX})
else()
  file(RELATIVE_PATH back /${pkgconfig_dir} /)
  string(REGEX REPLACE "/$" "" back ${back})
  set(pkgconfig_prefix "\${pcfiledir}/${back}")
endif()
list(TRANSFORM BLOCKPACK_NATIVE_LIBRARIES PREPEND -l OUTPUT_VARIABLE native_libs)
list(JOIN native_libs " " native_libs)
foreach(name blockpack blockpack-static)
  configure_file(cmake/${name}.pc.in ${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc
    DESTINATION ${pkgconfig_dir} COMPONENT development)
endforeach()
