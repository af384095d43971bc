#include "common/net/reconnect.h"

namespace edgeherd::net {

Duration Reconnect::wait(Spoke spoke, Duration held, Random& random) {
  if (spoke == Spoke::no) return unanswered_.next(random);
  unanswered_.reset();
  if (held >= limits_.answered_most) answered_.reset();
  return answered_.next(random);
}

}  // namespace edgeherd::net
