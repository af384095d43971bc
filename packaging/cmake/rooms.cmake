# A room is one folder and one static library, named after its path: common/core -> common_core.
# DEPS are the rooms and libraries it may know; the layer lint (tests/lint) reads the same list.

set(EDGEHERD_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
# GCC 12 sees copies that overlap in the joining of strings, where there are none (GCC bug 105651), and
# at -O2 reads of empty optionals that are tested first (GCC bug 80635).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  list(APPEND EDGEHERD_WARNINGS -Wno-restrict -Wno-maybe-uninitialized)
  if(EDGEHERD_PCH)  # it forgets that the inlined string code is a system header's
    list(APPEND EDGEHERD_WARNINGS -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
  endif()
endif()
# The sanitizers' builds are there to run; what another compiler warns of besides is seen, and no error.
if(EDGEHERD_SANITIZE)
  list(REMOVE_ITEM EDGEHERD_WARNINGS -Werror)
endif()

add_library(edgeherd_flags INTERFACE)
target_include_directories(edgeherd_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(edgeherd_flags INTERFACE ${EDGEHERD_WARNINGS})
target_compile_definitions(edgeherd_flags INTERFACE EDGEHERD_VERSION="${PROJECT_VERSION}")
if(EDGEHERD_SANITIZE)
  target_compile_options(edgeherd_flags INTERFACE
    -fsanitize=${EDGEHERD_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  # A quarter of the compiling, for what ASan stops at too (null), and what only one room can do wrong:
  # it alone reads structures out of bytes (alignment).
  if(EDGEHERD_SANITIZE MATCHES "undefined")
    target_compile_options(edgeherd_flags INTERFACE
      $<$<NOT:$<STREQUAL:$<TARGET_PROPERTY:NAME>,agent_collect>>:-fno-sanitize=null,alignment>)
  endif()
  target_link_options(edgeherd_flags INTERFACE -fsanitize=${EDGEHERD_SANITIZE})
  # Asio's fences, which GCC warns that TSan does not understand; our threads meet at mutexes.
  if(EDGEHERD_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(edgeherd_flags INTERFACE -Wno-tsan)
  endif()
endif()
if(EDGEHERD_FUZZ)
  target_compile_options(edgeherd_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(EDGEHERD_MUTANTS)
  target_compile_definitions(edgeherd_flags INTERFACE EDGEHERD_MUTANTS)
endif()
# Precompiled headers make the builds that tests run in a third shorter. What is shipped is built without
# them; tests/lint/includes.py finds a file that would fail there, since it does not include what it uses.
set(EDGEHERD_PCH_HEADERS <algorithm> <array> <chrono> <cstdint> <deque> <functional> <map> <memory>
    <optional> <set> <span> <sstream> <string> <string_view> <unordered_map> <utility> <variant> <vector>)
if(EDGEHERD_PCH)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/pch.cc CONTENT "")
  add_library(edgeherd_pch OBJECT ${CMAKE_BINARY_DIR}/pch.cc)
  target_link_libraries(edgeherd_pch PRIVATE edgeherd_flags)
  target_precompile_headers(edgeherd_pch PRIVATE ${EDGEHERD_PCH_HEADERS})
endif()

function(edgeherd_precompiled target from)
  if(EDGEHERD_PCH)
    target_precompile_headers(${target} REUSE_FROM ${from})
  endif()
endfunction()

function(edgeherd_room path)
  cmake_parse_arguments(ARG "" "" "DEPS" ${ARGN})
  string(REPLACE "/" "_" name ${path})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${path}/*.cc)
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC edgeherd_flags ${ARG_DEPS})
    if(EDGEHERD_COVERAGE AND path MATCHES "^coordinator/(model|decide)$")
      # These rooms throw nothing. Without landing pads only those branches are left that a source line
      # asks for. Their objects stand first in a link, so that functions of their headers are counted.
      target_compile_options(${name} PRIVATE --coverage -fno-exceptions)
      target_link_options(${name} INTERFACE --coverage
        "SHELL:-Wl,--whole-archive $<TARGET_FILE:${name}> -Wl,--no-whole-archive")
    else()
      edgeherd_precompiled(${name} edgeherd_pch)
    endif()
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE edgeherd_flags ${ARG_DEPS})
  endif()
endfunction()

function(edgeherd_program program main)
  cmake_parse_arguments(ARG "" "" "DEPS" ${ARGN})
  add_executable(${program} ${CMAKE_SOURCE_DIR}/${main})
  target_link_libraries(${program} PRIVATE edgeherd_flags ${ARG_DEPS})
endfunction()

# tests/unit mirrors the source: edgeherd_unit(common/core) builds tests/unit/common/core/*_test.cc
# into unit_common_core and registers it with ctest.
function(edgeherd_unit path)
  cmake_parse_arguments(ARG "" "" "DEPS" ${ARGN})
  string(REPLACE "/" "_" name ${path})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/${path}/*_test.cc)
  if(NOT sources)
    return()
  endif()
  add_executable(unit_${name} ${sources})
  target_link_libraries(unit_${name} PRIVATE edgeherd_flags tests_catch ${name} ${ARG_DEPS})
  edgeherd_precompiled(unit_${name} tests_pch)
  edgeherd_test(unit/${path} unit_${name})
endfunction()

# Rooms that share state between threads: their tests also run under ThreadSanitizer.
set(EDGEHERD_THREADED_ROOMS common/os common/net common/http coordinator/store coordinator/observe
                            coordinator/app agent/link)

# Registers a test program that also runs under ASan and UBSan (label and target `sanitized`), and, if
# its room is among those above, under TSan (`threaded`); see tests/run.sh.
function(edgeherd_test name program)
  string(REGEX REPLACE "^unit/" "" room ${name})
  set(labels sanitized unit)
  add_dependencies(sanitized ${program})
  if(room IN_LIST EDGEHERD_THREADED_ROOMS)
    list(APPEND labels threaded)
    add_dependencies(threaded ${program})
  endif()
  add_test(NAME ${name} COMMAND ${program})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300 LABELS "${labels}"
    ENVIRONMENT "TSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/support/tsan.supp")
endfunction()
