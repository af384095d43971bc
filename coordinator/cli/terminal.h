// Terminal: where output goes, and whether it may be coloured. Thread: main's.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

namespace edgeherd::cli {

enum class Style { plain, dim, bold, good, warning, alarm };

enum class Device {
  plain,   // a file or a pipe, or NO_COLOR is set
  screen,  // understands colours and can be cleared
};

class Terminal {
 public:
  // The streams outlive the terminal.
  Terminal(std::ostream& out, std::ostream& err, Device device)
      : out_(out), err_(err), device_(device) {}

  [[nodiscard]] std::ostream& out() { return out_; }
  [[nodiscard]] std::ostream& err() { return err_; }
  // The text as it is on a plain device.
  [[nodiscard]] std::string paint(Style style, std::string_view text) const;
  // An empty screen before the next picture, or an empty line where that cannot be.
  void next_picture();

 private:
  std::ostream& out_;
  std::ostream& err_;
  Device device_;
};

}  // namespace edgeherd::cli
