#include "common/net/descriptor_limit.h"

#include <cerrno>
#include <cstring>

#include <sys/resource.h>

namespace edgeherd::net {

namespace {

constexpr std::uint64_t spare_descriptors = 256;

Result<rlimit> limit_now() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) return limit;
  return fail(Errc::internal, std::string("getrlimit: ") + std::strerror(errno));
}

Status judge(const rlimit& limit, std::uint64_t connections) {
  const std::uint64_t wanted = connections + spare_descriptors;
  if (limit.rlim_max >= wanted) return {};
  return fail(Errc::exhausted, std::to_string(connections) + " connections need " +
                                   std::to_string(wanted) + " open files, the hard limit is " +
                                   std::to_string(limit.rlim_max) +
                                   " (raise LimitNOFILE= or ulimit -Hn)");
}

}  // namespace

Status check_descriptors(std::uint64_t connections) {
  const auto limit = limit_now();
  return limit ? judge(*limit, connections) : Status(limit.error());
}

Status ensure_descriptors(std::uint64_t connections) {
  auto limit = limit_now();
  if (!limit) return limit.error();
  const std::uint64_t wanted = connections + spare_descriptors;
  if (limit->rlim_cur >= wanted) return {};
  if (auto enough = judge(*limit, connections); !enough) return enough;
  limit->rlim_cur = wanted;
  if (setrlimit(RLIMIT_NOFILE, &*limit) != 0) {
    return fail(Errc::internal, std::string("setrlimit: ") + std::strerror(errno));
  }
  return {};
}

}  // namespace edgeherd::net
