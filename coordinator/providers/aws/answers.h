// What EC2 answers, read from its XML. Whatever is not as its API reference has it is `broken`,
// with what is wrong and where; a page that is cut short never makes a short list.
//
// Thread: free functions, safe from any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "coordinator/act/provider.h"
#include "coordinator/providers/aws/options.h"

namespace edgeherd::aws {

inline constexpr std::size_t max_answer_bytes = 32 * 1024 * 1024;

enum class Alive { yes, ending, terminated };

struct Instance {
  model::Vm vm;
  Alive alive = Alive::yes;
};

template <class T>
struct Page {
  std::vector<T> items;
  std::string next;  // empty: the last
};

[[nodiscard]] Result<Page<Instance>> parse_instances(std::string_view xml, Address address);
// Of RunInstances for one.
[[nodiscard]] Result<Instance> parse_run(std::string_view xml, Address address);
// In which state TerminateInstances found the one instance `vm`.
[[nodiscard]] Result<Alive> parse_termination(std::string_view xml, const VmId& vm);
// Of RebootInstances.
[[nodiscard]] Status parse_reboot(std::string_view xml);
[[nodiscard]] Result<Page<act::Image>> parse_images(std::string_view xml);

// An answer that is no 200.
struct Refusal {
  std::string code;  // EC2's own, "RequestLimitExceeded"; empty when it names none
  Error error;       // sorted by the code, or by the status when there is none
};
[[nodiscard]] Refusal parse_refusal(int status, std::string_view xml);

}  // namespace edgeherd::aws
