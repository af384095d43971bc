#include "common/aws/credentials.h"

#include <algorithm>

namespace edgeherd::aws {

namespace {

std::string_view trimmed(std::string_view text) {
  const auto space = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return text;
}

// Visible ASCII: what fits into a header and a signature.
bool is_token(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

Status assign(Credentials& credentials, std::string_view key, std::string_view value) {
  std::string* target = nullptr;
  if (key == "aws_access_key_id") target = &credentials.access_key_id;
  if (key == "aws_secret_access_key") target = &credentials.secret_access_key;
  if (key == "aws_session_token") target = &credentials.session_token;
  if (target == nullptr) return {};  // region, output, ...: other programs share the file
  const std::string name(key);
  if (value.empty() || !is_token(value)) {
    return fail(Errc::invalid, name + " is empty or has characters that no key has");
  }
  if (!target->empty()) return fail(Errc::invalid, name + " is there twice");
  *target = value;
  return {};
}

Status check_complete(const Credentials& credentials, const std::string& where,
                      std::string_view id_name, std::string_view secret_name) {
  if (credentials.access_key_id.empty()) {
    return fail(Errc::invalid, where + std::string(id_name) + " is missing");
  }
  if (credentials.secret_access_key.empty()) {
    return fail(Errc::invalid, where + std::string(secret_name) + " is missing");
  }
  return {};
}

Result<Credentials> from_environment(const CredentialsSource& source) {
  const auto get = [&source](const char* name) {
    const char* value = source.environment ? source.environment(name) : nullptr;
    return std::string(value == nullptr ? "" : value);
  };
  Credentials credentials{get("AWS_ACCESS_KEY_ID"), get("AWS_SECRET_ACCESS_KEY"),
                          get("AWS_SESSION_TOKEN")};
  if (auto good = check_complete(credentials, "no credentials: name a credentials file, or set ",
                                 "AWS_ACCESS_KEY_ID, which", "AWS_SECRET_ACCESS_KEY, which");
      !good) {
    return good.error();
  }
  if (!is_token(credentials.access_key_id) || !is_token(credentials.secret_access_key) ||
      !is_token(credentials.session_token)) {
    return fail(Errc::invalid,
                "the environment's AWS_ credentials have characters that no key has");
  }
  return credentials;
}

}  // namespace

Result<Credentials> parse_credentials(std::string_view text, std::string_view profile,
                                      const std::string& name) {
  Credentials credentials;
  std::string section;
  bool found = false;
  int line_number = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::string where = name + ":" + std::to_string(++line_number) + ": ";
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      if (line.back() != ']') return fail(Errc::invalid, where + "a section without its ']'");
      section = trimmed(line.substr(1, line.size() - 2));
      found = found || section == profile;
      continue;
    }
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) {
      return fail(Errc::invalid, where + "expected 'name = value'");
    }
    if (section.empty()) return fail(Errc::invalid, where + "a value before the first [section]");
    if (section != profile) continue;
    if (auto good =
            assign(credentials, trimmed(line.substr(0, equals)), trimmed(line.substr(equals + 1)));
        !good) {
      return fail(Errc::invalid, where + good.error().message);
    }
  }
  const std::string where = name + ": ";
  if (!found) return fail(Errc::invalid, where + "there is no [" + std::string(profile) + "]");
  if (auto good = check_complete(credentials, where + "[" + std::string(profile) + "] ",
                                 "aws_access_key_id", "aws_secret_access_key");
      !good) {
    return good.error();
  }
  return credentials;
}

Result<Credentials> load_credentials(const CredentialsSource& source, FileSystem& files) {
  if (source.file.empty()) return from_environment(source);
  const auto text = files.read_whole(source.file, max_credentials_file_bytes);
  // A file that is not there may be in the middle of being replaced; and that it is not found must
  // not be taken for the answer to what somebody asks the cloud for.
  if (!text && text.error().code == Errc::not_found) {
    return fail(Errc::unavailable, "credentials: " + text.error().message);
  }
  if (!text) return text.error().within("credentials");
  return parse_credentials(*text, source.profile, source.file);
}

}  // namespace edgeherd::aws
