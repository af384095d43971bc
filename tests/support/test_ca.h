// A certificate authority for one test, made with the openssl command.
#pragma once

#include <cstdlib>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/temp_directory.h"

namespace edgeherd::test {

class TestCa {
 public:
  TestCa() {
    make("ca",
         "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
         " -subj /CN=test-ca -keyout ca.key -out ca.crt");
  }

  [[nodiscard]] std::string authority() const { return directory_.file("ca.crt"); }
  [[nodiscard]] std::string certificate(const std::string& name) const {
    return directory_.file(name + ".crt");
  }
  [[nodiscard]] std::string key(const std::string& name) const {
    return directory_.file(name + ".key");
  }

  // A server's certificate, valid for `names` ("DNS:localhost,IP:127.0.0.1"), for `days` from now.
  void issue(const std::string& name, const std::string& names, int days) {
    make(name, "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=" + name +
                   " -addext subjectAltName=" + names + " -keyout " + name + ".key -out " + name +
                   ".csr");
    make(name, "x509 -req -in " + name + ".csr -CA ca.crt -CAkey ca.key -CAcreateserial" +
                   " -copy_extensions copy -days " + std::to_string(days) + " -out " + name +
                   ".crt");
  }

 private:
  void make(const std::string& what, const std::string& arguments) const {
    const std::string command =
        "cd " + directory_.path() + " && openssl " + arguments + " >" + what + ".log 2>&1";
    REQUIRE(std::system(command.c_str()) == 0);
  }

  TempDirectory directory_;
};

}  // namespace edgeherd::test
