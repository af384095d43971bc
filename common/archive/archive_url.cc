#include "common/archive/archive_url.h"

#include <algorithm>

#include "common/http/url.h"

namespace edgeherd::archive {

namespace {

constexpr std::string_view file_scheme = "file://";
constexpr std::string_view s3_scheme = "s3://";

Error wrong(std::string_view url, const std::string& what) {
  return fail(Errc::invalid, "archive '" + std::string(url) + "': " + what);
}

struct Parts {
  std::string path;  // decoded
  http::Request query;
};

Result<Parts> split(std::string_view rest) {
  Parts parts;
  // parse_target() reads paths that begin with a slash; what is before it is the bucket.
  http::Request request;
  if (auto good = http::parse_target("/" + std::string(rest), request); !good) return good.error();
  parts.path = request.path.substr(1);
  parts.query = std::move(request);
  return parts;
}

Status check_options(const Parts& parts, std::initializer_list<std::string_view> known) {
  std::string list;
  for (const auto name : known) list += (list.empty() ? "" : ", ") + std::string(name);
  for (auto at = parts.query.query.begin(); at != parts.query.query.end(); ++at) {
    const auto& name = at->first;
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return fail(Errc::invalid, "'" + name + "' is not known here, only " + list);
    }
    const auto same = [&name](const auto& other) { return other.first == name; };
    if (std::any_of(std::next(at), parts.query.query.end(), same)) {
      return fail(Errc::invalid, "'" + name + "' is there twice");
    }
  }
  return {};
}

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
bool is_bucket_name(std::string_view name) {
  const auto alnum = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return name.size() >= 3 && name.size() <= 63 && alnum(name.front()) && alnum(name.back()) &&
         name.find("..") == std::string_view::npos &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return alnum(c) || c == '-' || c == '.'; });
}

bool is_region(std::string_view name) {
  return !name.empty() && name.size() <= 63 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

Status set_endpoint(S3Config& config, const std::string& endpoint) {
  const auto url = http::parse_url(endpoint);
  if (!url || url->target != "/") {
    return fail(Errc::invalid, "endpoint must be like http://host:port or https://host");
  }
  const bool tls = url->scheme == http::Scheme::https;
  config.scheme = tls ? "https" : "http";
  config.authority = url->authority;
  // A client may leave a default port out of Host, which is signed.
  const std::string usual = tls ? ":443" : ":80";
  if (config.authority.ends_with(usual)) {
    config.authority.resize(config.authority.size() - usual.size());
  }
  return {};
}

Status set_options(S3Config& config, const Parts& parts) {
  if (auto good = check_options(parts, {"endpoint", "region", "style"}); !good) return good;
  if (const auto region = parts.query.query_value("region"); !region.empty()) {
    if (!is_region(region)) return fail(Errc::invalid, "region must be like eu-central-1");
    config.region = region;
  }
  const std::string endpoint(parts.query.query_value("endpoint"));
  if (endpoint.empty()) {
    config.authority = "s3." + config.region + ".amazonaws.com";
    // The wildcard certificate of AWS covers one label only.
    const bool dotted = config.bucket.find('.') != std::string::npos;
    config.style = dotted ? BucketStyle::path : BucketStyle::host;
  } else if (auto good = set_endpoint(config, endpoint); !good) {
    return good;
  }
  const auto style = parts.query.query_value("style");
  if (style == "path") config.style = BucketStyle::path;
  if (style == "host") config.style = BucketStyle::host;
  if (!style.empty() && style != "path" && style != "host") {
    return fail(Errc::invalid, "style must be path or host");
  }
  return {};
}

Result<S3Config> parse_s3(std::string_view rest) {
  auto parts = split(rest);
  if (!parts) return parts.error();
  S3Config config;
  const auto slash = std::min(parts->path.find('/'), parts->path.size());
  config.bucket = parts->path.substr(0, slash);
  if (!is_bucket_name(config.bucket)) {
    return fail(Errc::invalid,
                "'" + config.bucket + "' is no bucket name (3 to 63 of a-z, 0-9, '-' and '.')");
  }
  auto prefix = clean_prefix(std::string_view(parts->path).substr(slash));
  if (!prefix) return prefix.error().within("prefix");
  config.prefix = std::move(*prefix);
  if (auto good = set_options(config, *parts); !good) return good.error();
  return config;
}

Result<FileUrl> parse_file(std::string_view rest) {
  if (!rest.starts_with('/') || rest.starts_with("//")) {
    return fail(Errc::invalid, "a directory is written file:///absolute/path");
  }
  auto parts = split(rest.substr(1));
  if (!parts) return parts.error();
  if (auto good = check_options(*parts, {"prefix"}); !good) return good.error();
  auto path = clean_prefix(parts->path);
  if (!path) return path.error().within("directory");
  if (path->empty()) return fail(Errc::invalid, "the directory must not be '/'");
  auto prefix = clean_prefix(parts->query.query_value("prefix"));
  if (!prefix) return prefix.error().within("prefix");
  return FileUrl{"/" + *path, std::move(*prefix)};
}

Result<OpenedArchive> open_file(const FileUrl& url, ArchiveDeps deps) {
  auto store = FileStore::open(url.directory, deps.files, deps.random);
  if (!store) return store.error();
  auto archive = FileArchive::make({url.prefix, deps.public_url, deps.secret}, *store, deps.worker);
  if (!archive) return archive.error();
  OpenedArchive opened;
  opened.archive = std::move(*archive);
  opened.endpoint = std::make_unique<FileArchiveEndpoint>(*store, std::move(deps.secret),
                                                          std::move(deps.on_disk_failure));
  return opened;
}

}  // namespace

Result<std::variant<FileUrl, S3Config>> parse_archive_url(std::string_view url) {
  if (url.starts_with(file_scheme)) {
    auto file = parse_file(url.substr(file_scheme.size()));
    if (!file) return wrong(url, file.error().message);
    return std::variant<FileUrl, S3Config>(std::move(*file));
  }
  if (url.starts_with(s3_scheme)) {
    auto s3 = parse_s3(url.substr(s3_scheme.size()));
    if (!s3) return wrong(url, s3.error().message);
    return std::variant<FileUrl, S3Config>(std::move(*s3));
  }
  return wrong(url, "use file:///directory or s3://bucket/prefix");
}

Result<OpenedArchive> make_archive(std::string_view url,
                                   std::optional<aws::Credentials> credentials, ArchiveDeps deps) {
  auto parsed = parse_archive_url(url);
  if (!parsed) return parsed.error();
  if (const auto* file = std::get_if<FileUrl>(&*parsed)) {
    auto opened = open_file(*file, std::move(deps));
    if (!opened) return wrong(url, opened.error().message);
    return opened;
  }
  if (!credentials) {
    return wrong(url,
                 "s3 needs credentials: a credentials file, or AWS_ACCESS_KEY_ID and "
                 "AWS_SECRET_ACCESS_KEY in the environment");
  }
  OpenedArchive opened;
  opened.archive =
      std::make_unique<S3Archive>(std::get<S3Config>(std::move(*parsed)), std::move(*credentials),
                                  deps.loop, std::move(deps.transport));
  return opened;
}

}  // namespace edgeherd::archive
