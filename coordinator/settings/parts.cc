// The parts of the main file: API, agents' ports, archive, history.
#include "coordinator/settings/parts.h"

#include <algorithm>

#include "common/archive/archive_url.h"
#include "common/aws/credentials.h"
#include "common/crypto/digest.h"
#include "common/http/listen_check.h"

namespace edgeherd::settings {

namespace {

using config::Need;
using config::Section;

void read_token(Section& s, Reading& reading, std::vector<ApiToken>& tokens) {
  ApiToken token;
  std::string file;
  s.text("name", token.name, Need::required);
  s.choice("role", token.role, {{"viewer", ApiRole::viewer}, {"operator", ApiRole::operator_}},
           Need::required);
  s.text("token_sha256", token.sha256_hex, Need::optional);
  s.text("token_file", file, Need::optional);
  s.finish();
  if (s.has("token_sha256") == s.has("token_file")) {
    s.problem("a token needs either \"token_sha256\" or \"token_file\"");
  } else if (s.has("token_file")) {
    const Result<std::string> text = reading.files.read_whole(reading.path(file), max_secret_bytes);
    if (!text) {
      s.problem("token_file", text.error().message);
    } else if (trimmed(*text).size() < min_token_bytes) {
      s.problem("token_file",
                "the token in " + reading.path(file) + " is shorter than 16 characters");
    } else {
      token.sha256_hex = crypto::to_hex(crypto::sha256(trimmed(*text)));
      // A changed secret is a changed configuration.
      reading.digested += token.sha256_hex;
    }
  } else if (!crypto::is_sha256_hex(token.sha256_hex)) {
    s.problem("token_sha256",
              "must be 64 lower-case hex digits, as sha256sum "
              "prints them");
  }
  const auto same = [&](const ApiToken& other) { return other.name == token.name; };
  if (std::any_of(tokens.begin(), tokens.end(), same)) {
    s.problem("name", "there is another token \"" + token.name + "\"");
  }
  // Whose role would it have?
  const auto twin = [&](const ApiToken& other) {
    return !token.sha256_hex.empty() && other.sha256_hex == token.sha256_hex;
  };
  if (const auto other = std::ranges::find_if(tokens, twin); other != tokens.end()) {
    s.problem(s.has("token_file") ? "token_file" : "token_sha256",
              "the secret is that of the token \"" + other->name + "\", too");
  }
  tokens.push_back(std::move(token));
}

void read_listen(Section& s, std::string_view key, http::ListenAddress& into) {
  std::string text;
  s.text(key, text, Need::optional);
  if (text.empty()) return;
  auto parsed = http::parse_listen(text);
  if (!parsed) {
    s.problem(key, parsed.error().message);
    return;
  }
  into = std::move(*parsed);
}

// What the server would refuse at the start.
void check_tls(Section& s, const Tls& tls, const Reading& reading) {
  const auto read = [&](std::string_view key, const std::string& file) -> std::string {
    if (file.empty()) return "";
    Result<std::string> text = reading.files.read_whole(reading.path(file), max_tls_bytes);
    if (text) return std::move(*text);
    s.problem(key, text.error().message);
    return "";
  };
  const std::size_t before = s.problems().count();
  const std::string chain = read("certificate", tls.certificate);
  const std::string key = read("key", tls.key);
  if (s.problems().count() > before || tls.certificate.empty() || tls.key.empty()) return;
  if (auto good = http::check_certificate(chain); !good) {
    s.problem("certificate", good.error().message);
  } else if (good = http::check_key(chain, key); !good) {
    s.problem("key", good.error().message);
  }
}

// What the start would refuse. `key` is where the URL comes from.
void check_archive(Section& s, std::string_view key, const Archive& from, const Reading& reading) {
  const auto url = archive::parse_archive_url(from.url);
  if (!url) return s.problem(key, url.error().message);
  // Without a file it is the environment of the service that counts, not of this check.
  if (from.credentials_file.empty() || !std::holds_alternative<archive::S3Config>(*url)) return;
  const auto nothing = [](const char*) -> const char* { return nullptr; };
  const auto loaded =
      aws::load_credentials({from.credentials_file, from.profile, nothing}, reading.files);
  if (!loaded) s.problem("credentials_file", loaded.error().message);
}

// Agents are told to connect there: an address or a name, without brackets or a port.
bool is_host(const std::string& text) {
  const http::ListenAddress address{text};
  return http::check_listen_host(text) ? !address.is_any() : is_dns_name(text);
}

void check_agents(Section& s, const Agents& agents) {
  if (const Status good = http::check_listen_host(agents.address); !good) {
    s.problem("address", good.error().message);
  } else if (http::ListenAddress{agents.address}.is_any() && agents.advertise.empty()) {
    s.problem("address", agents.address + " needs \"advertise\": the host that agents connect to");
  }
  if (!agents.advertise.empty() && !is_host(agents.advertise)) {
    s.problem("advertise", "\"" + agents.advertise + "\" is no host that agents can connect to: " +
                               "an IP address or a name, without a port");
  }
}

}  // namespace

std::string trimmed(const std::string& text) {
  const char* blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string Reading::path(const std::string& text) const {
  if (text.empty() || text.front() == '/') return text;
  return directory + "/" + text;
}

namespace {

// What stands in the file, if it is there and can be read here: that is wrong for the service, too.
void check_text(const Needed& needed, Section& section, const Reading& reading) {
  const auto text = reading.files.read_whole(needed.path, max_needed_bytes);
  if (!text) return;
  if (const Status good = needed.check(*text); !good) {
    section.problem(needed.key, "\"" + needed.key + "\": " + good.error().message);
  }
}

// Of a file whose text nobody checks: why it will not do; empty: it may.
std::string why_useless(const std::string& path, const Reading& reading) {
  constexpr std::size_t most_bytes = 16 << 20;  // certificates of many authorities, a zone
  const auto text = reading.files.read_whole(path, most_bytes);
  if (!text) return "cannot be read here: " + text.error().message;
  return trimmed(*text).empty() ? path + " is empty" : "";
}

bool is_set(const std::string& variable, const Types& types) {
  if (variable.empty() || !types.environment) return true;
  const char* const value = types.environment(variable.c_str());
  return value != nullptr && *value != '\0';
}

}  // namespace

void look_for(const Needed& needed, Section& section, const Reading& reading) {
  std::string wrong;
  if (needed.path.starts_with('/')) {  // else by the PATH of the service
    const auto info = reading.files.info(needed.path);
    if (!info) {
      const bool lacking = info.error().code == Errc::not_found;
      if (lacking && needed.kind != NeededKind::file_to_come)
        wrong = needed.path + " does not exist";
    } else if (info->directory && needed.kind != NeededKind::anything) {
      wrong = needed.path + " is a directory";
    } else if (!info->executable && needed.kind == NeededKind::program) {
      wrong = needed.path + " is not executable";
    } else if (needed.check) {
      check_text(needed, section, reading);
    } else if (needed.kind == NeededKind::file) {
      wrong = why_useless(needed.path, reading);
    }
  } else if (!is_set(needed.variable, reading.types)) {
    wrong = "the environment has no " + needed.variable + " here; the coordinator's needs it";
  }
  if (wrong.empty()) return;
  const config::Value* value = section.raw(needed.key);
  config::Problems found(section.problems().file());
  found.add(value == nullptr ? section.at() : value->at, "\"" + needed.key + "\": " + wrong);
  reading.loaded.warnings.push_back(found.lines().front());
}

void read_api(Section& root, Reading& reading, Api& api) {
  read_listen(root, "listen", api.listen);
  if (auto s = root.section("tls", Need::optional)) {
    Tls tls;
    s->text("certificate", tls.certificate, Need::required);
    s->text("key", tls.key, Need::required);
    s->finish();
    check_tls(*s, tls, reading);
    api.tls = Tls{reading.path(tls.certificate), reading.path(tls.key)};
  }
  bool open = false;
  root.flag("open_reads", open, Need::optional);
  if (root.has("open_reads")) api.open_reads = open;
  for (Section& token : root.section_list("tokens", Need::optional)) {
    read_token(token, reading, api.tokens);
  }
  if (api.listen.is_loopback()) return;
  if (!api.tls) {
    root.problem("listen", "beyond loopback (" + api.listen.host + ") the API needs \"tls\"");
  }
  if (api.tokens.empty()) {
    root.problem("listen", "beyond loopback (" + api.listen.host + ") the API needs \"tokens\"");
  }
}

void read_agents(Section& root, const Reading& reading, const std::string& state_dir,
                 Agents& agents) {
  std::string enrolment = state_dir + "/enrolment.key";
  std::string server = state_dir + "/server.key";
  if (auto s = root.section("agents", Need::optional)) {
    s->text("address", agents.address, Need::optional);
    s->integer("fleet_port", agents.fleet_port, 0, 65535, Need::optional);
    s->integer("enroll_port", agents.enroll_port, 0, 65535, Need::optional);
    s->text("advertise", agents.advertise, Need::optional);
    s->text("enrolment_key_file", enrolment, Need::optional);
    s->text("server_key_file", server, Need::optional);
    check_agents(*s, agents);
    enrolment = reading.path(enrolment);
    server = reading.path(server);
    s->finish();
  }
  if (agents.advertise.empty()) agents.advertise = agents.address;
  agents.enrolment_key_file = enrolment;
  agents.server_key_file = server;
}

void read_archive(Section& root, const Reading& reading, const std::string& state_dir,
                  Archive& archive) {
  archive.url = "file://" + state_dir + "/archive";
  auto s = root.section("archive", Need::optional);
  if (!s) return check_archive(root, "state_dir", archive, reading);
  s->text("url", archive.url, Need::required);
  std::string credentials;
  s->text("credentials_file", credentials, Need::optional);
  archive.credentials_file = reading.path(credentials);
  s->text("profile", archive.profile, Need::optional);
  check_archive(*s, "url", archive, reading);
  s->text("public_url", archive.public_url, Need::optional);
  if (s->has("listen")) {
    http::ListenAddress listen{"127.0.0.1"};
    read_listen(*s, "listen", listen);
    archive.listen = listen;
    if (listen.is_any() && archive.public_url.empty()) {
      s->problem("listen", listen.host + " needs \"public_url\": where the nodes reach it");
    }
  }
  s->finish();
}

// A removal must be explained a month later, whatever else is configured.
void read_history(Section& root, History& history) {
  constexpr Duration month_and_more = 24h * 35;
  constexpr Duration longest = 24h * 365 * 10;
  constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;
  auto s = root.section("history", Need::optional);
  if (!s) return;
  s->duration("decisions_for", history.decisions_for, 1h, longest, Need::optional);
  s->duration("inputs_for", history.inputs_for, 1min, longest, Need::optional);
  s->bytes("inputs_bytes", history.inputs_bytes, mebibyte, mebibyte << 20, Need::optional);
  s->duration("removals_for", history.removals_for, month_and_more, longest, Need::optional);
  s->bytes("bytes", history.bytes, 64 * mebibyte, mebibyte << 20, Need::optional);
  if (history.bytes < history.inputs_bytes) {
    s->problem("bytes",
               "must hold \"inputs_bytes\" too, which is " + std::to_string(history.inputs_bytes));
  }
  s->finish();
}

}  // namespace edgeherd::settings
