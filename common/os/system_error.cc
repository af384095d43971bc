#include "common/os/system_error.h"

#include <cerrno>
#include <system_error>

namespace edgeherd::os {

Errc classify_errno(int error_number) {
  switch (error_number) {
    case ENOENT:
      return Errc::not_found;
    case EEXIST:
    case ENOTEMPTY:
    case ETXTBSY:
      return Errc::conflict;
    case EACCES:
    case EPERM:
    case EROFS:
      return Errc::refused;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return Errc::exhausted;
    case EINVAL:
    case EISDIR:
    case ENOTDIR:
    case ENAMETOOLONG:
    case ELOOP:
    case EXDEV:
    case ENOEXEC:
      return Errc::invalid;
    case ETIMEDOUT:
      return Errc::timeout;
    default:
      return Errc::unavailable;
  }
}

Error system_error(int error_number, const std::string& what) {
  return fail(classify_errno(error_number),
              what + ": " + std::generic_category().message(error_number));
}

}  // namespace edgeherd::os
