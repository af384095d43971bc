# The libraries Edgeherd stands on. packaging/install-deps.sh installs them.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(pugixml REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(spdlog REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(ZMQ REQUIRED IMPORTED_TARGET libzmq)
# What it names beside itself is what it was built with; its headers need none of that. CMake passes these options
# on in another order when it configures again, and then all that includes them would be built again.
set_target_properties(PkgConfig::ZMQ PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "" INTERFACE_COMPILE_OPTIONS "")

# msgpack-c's C++ headers: from the system, or unpacked by install-deps.sh (see there).
find_path(MSGPACK_INCLUDE msgpack.hpp
          PATHS /usr/include ${CMAKE_SOURCE_DIR}/build/deps/msgpack/usr/include NO_DEFAULT_PATH)
if(NOT MSGPACK_INCLUDE)
  message(FATAL_ERROR "msgpack.hpp is not installed: packaging/install-deps.sh gets it, and all the rest.")
endif()
add_library(edgeherd_msgpack INTERFACE)
target_include_directories(edgeherd_msgpack SYSTEM INTERFACE ${MSGPACK_INCLUDE})
target_compile_definitions(edgeherd_msgpack INTERFACE MSGPACK_NO_BOOST)

add_library(edgeherd_asio INTERFACE)
target_link_libraries(edgeherd_asio INTERFACE Boost::headers Boost::url Threads::Threads
                                              OpenSSL::SSL OpenSSL::Crypto)
target_compile_definitions(edgeherd_asio INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_VISIBILITY BOOST_BEAST_USE_STD_STRING_VIEW)
