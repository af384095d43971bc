// The configured archive: a URL becomes a LogArchive.
//
//   file:///var/lib/edgeherd/archive?prefix=logs
//   s3://bucket/prefix?region=eu-central-1&endpoint=http://host:port&style=path|host
//
// Without an endpoint the bucket is at AWS: https://s3.<region>.amazonaws.com, style host unless
// the bucket's name has a dot. With one the default is style path. region defaults to us-east-1.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "common/archive/file_archive.h"
#include "common/archive/file_endpoint.h"
#include "common/archive/s3_archive.h"

namespace edgeherd::archive {

struct FileUrl {
  std::string directory;
  std::string prefix;
};

// `invalid` says what is wrong and what would work.
[[nodiscard]] Result<std::variant<FileUrl, S3Config>> parse_archive_url(std::string_view url);

// What an archive may use; all of it outlives the archive.
struct ArchiveDeps {
  EventLoop& loop;
  Worker& worker;
  FileSystem& files;
  Random& random;
  http::Transport transport;  // for s3
  std::string public_url;     // for file: "http://host:port", the coordinator as the nodes reach it
  std::string secret;         // for file: signs the uploads
  std::function<void(const Error&)> on_disk_failure;  // for file; may be empty
};

struct OpenedArchive {
  std::unique_ptr<LogArchive> archive;
  // Where the nodes PUT, for the coordinator to mount under endpoint_path; null for s3.
  std::unique_ptr<FileArchiveEndpoint> endpoint;
};

// Opens nothing but the directory of a file archive; LogArchive::check() asks whether s3 answers.
[[nodiscard]] Result<OpenedArchive> make_archive(std::string_view url,
                                                 std::optional<aws::Credentials> credentials,
                                                 ArchiveDeps deps);

}  // namespace edgeherd::archive
