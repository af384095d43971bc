// Records of a domain at Digital Ocean: what a name answers, and what has to change for it to
// answer otherwise.
//
// A name with N addresses is N records with N ids there, and no change of several is made as one.
// Thread: any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "coordinator/act/seams/dns_provider.h"
#include "coordinator/providers/digitalocean/api.h"
#include "coordinator/providers/digitalocean/page_body.h"

namespace edgeherd::dns {

struct CloudRecord {
  std::string id;
  std::string type;  // "A"
  std::string name;  // in full, lower case, no trailing dot: "lon1.edge.example.org"
  std::string data;  // an address
  Duration ttl{};
};
[[nodiscard]] inline const std::string& id_of(const CloudRecord& record) {
  return record.id;
}

// One page of the records of `domain`. Anything that is not as the API describes it is `broken`.
[[nodiscard]] Result<digitalocean::Page<CloudRecord>> parse_records(std::string_view body,
                                                                    std::string_view domain);

// "/v2/domains/example.org/records".
[[nodiscard]] std::string records_path(std::string_view domain);

// What each of the names answers, of all records of the domain. The TTL of an odd set is its
// largest.
[[nodiscard]] std::vector<act::NameSet> answers_of(const std::vector<CloudRecord>& records,
                                                   const std::vector<std::string>& names);

// The requests of a change. Those of one step may be made in any order; every one of a step is
// answered before the next step begins. A dead address harms for as long as it is answered, and a
// change may end in its midst: so names that keep half of what they are to answer, or that are to
// end, lose first what they are to lose. All others gain first, so that none is meanwhile without
// an address, or with a few for all its viewers.
struct Steps {
  std::vector<digitalocean::ApiRequest> drop;
  std::vector<digitalocean::ApiRequest> add;
  std::vector<digitalocean::ApiRequest> adjust;  // TTLs
  std::vector<digitalocean::ApiRequest> remove;
};
// From `records` to the wanted answer. Only A records of that very name are ever changed.
void plan_change(const std::vector<CloudRecord>& records, const act::NameSet& wanted,
                 const std::string& domain, Steps& steps);

}  // namespace edgeherd::dns
