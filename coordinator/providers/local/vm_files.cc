#include "coordinator/providers/local/vm_files.h"

#include <algorithm>
#include <filesystem>

#include <boost/json.hpp>
#include <unistd.h>

namespace edgeherd::local {

namespace json = boost::json;

namespace {

constexpr int schema = 1;
constexpr std::size_t max_record_bytes = 64 * 1024;
constexpr std::size_t max_id_bytes = 64;

bool is_id(const std::string& text) {
  return !text.empty() && text.size() <= max_id_bytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

Result<json::object> read_object(FileSystem& files, const std::string& path) {
  auto text = files.read_whole(path, max_record_bytes);
  if (!text) return text.error();
  boost::system::error_code error;
  const json::value parsed = json::parse(*text, error);
  if (error || !parsed.is_object()) {
    return fail(Errc::broken, path + ": not a JSON object" + (error ? ": " + error.message() : ""));
  }
  return parsed.as_object();
}

// Reads fields and remembers the first that was missing or of the wrong kind.
class Fields {
 public:
  Fields(const json::object& object, std::string path) : object_(object), path_(std::move(path)) {}

  std::string text(const char* key) {
    const json::value* value = object_.if_contains(key);
    if (value != nullptr && value->is_string()) return std::string(value->as_string());
    note(key, "a text");
    return {};
  }
  std::int64_t number(const char* key) {
    const json::value* value = object_.if_contains(key);
    if (value != nullptr && value->is_int64()) return value->as_int64();
    note(key, "a whole number");
    return 0;
  }
  [[nodiscard]] Status status() const { return status_; }

 private:
  void note(const char* key, const char* wanted) {
    if (status_) status_ = fail(Errc::broken, path_ + ": '" + key + "' must be " + wanted);
  }
  const json::object& object_;
  std::string path_;
  Status status_;
};

}  // namespace

std::string VmFiles::directory(const VmId& id) const {
  return nodes() + "/" + id.str();
}

std::string VmFiles::file(const VmId& id, const std::string& name) const {
  return directory(id) + "/" + name;
}

Status VmFiles::prepare() {
  if (auto made = files_.make_directories(nodes()); !made) return made;
  auto names = files_.list(nodes());
  if (!names) return names.error();
  for (const std::string& name : *names) {
    if (!name.starts_with('.')) continue;
    std::error_code error;
    std::filesystem::remove_all(nodes() + "/" + name, error);
    if (error) return fail(Errc::unavailable, nodes() + "/" + name + ": " + error.message());
  }
  return {};
}

Result<std::vector<VmRecord>> VmFiles::all() {
  auto names = files_.list(nodes());
  if (!names) return names.error();
  std::vector<VmRecord> found;
  for (const std::string& name : *names) {
    if (name.starts_with('.')) continue;
    auto vm = read(name);
    if (!vm) return vm.error();
    found.push_back(std::move(*vm));
  }
  return found;
}

Result<VmRecord> VmFiles::find(const VmId& id) {
  if (!is_id(id.str()) || !files_.info(directory(id))) {
    return fail(Errc::not_found, "no server '" + id.str() + "' under " + root_);
  }
  return read(id.str());
}

Result<VmRecord> VmFiles::read(const std::string& name) {
  const std::string path = nodes() + "/" + name + "/vm.json";
  auto object = read_object(files_, path);
  if (!object) return object.error();
  Fields fields(*object, path);
  const auto version = fields.number("schema");
  VmRecord vm;
  vm.id = VmId(fields.text("id"));
  vm.account = ProviderId(fields.text("account"));
  vm.fleet = fields.text("fleet");
  vm.node = NodeId(fields.text("node"));
  vm.place = fields.text("place");
  vm.address = fields.text("address");
  vm.image = ImageId(fields.text("image"));
  vm.size = fields.text("size");
  vm.created = from_unix_millis(fields.number("created_ms"));
  if (auto read = fields.status(); !read) return read.error();
  if (version != schema) {
    return fail(Errc::broken, path + ": schema " + std::to_string(version) + " is not known");
  }
  if (vm.id.str() != name) {
    return fail(Errc::broken, path + ": says it is '" + vm.id.str() + "': a copied directory?");
  }
  return vm;
}

Status VmFiles::add(const VmRecord& vm, const std::string& user_data) {
  const std::string fresh = nodes() + "/.new-" + vm.id.str();
  const json::object object = {{"schema", schema},
                               {"id", vm.id.str()},
                               {"account", vm.account.str()},
                               {"fleet", vm.fleet},
                               {"node", vm.node.str()},
                               {"place", vm.place},
                               {"address", vm.address},
                               {"image", vm.image.str()},
                               {"size", vm.size},
                               {"created_ms", unix_millis(vm.created)}};
  Status made = files_.make_directories(fresh);
  if (made) made = files_.write_whole(fresh + "/vm.json", json::serialize(object) + "\n");
  if (made) made = files_.write_whole(fresh + "/user-data", user_data);
  if (made) made = files_.rename(fresh, directory(vm.id));
  if (made) made = files_.sync_directory(nodes());
  if (!made) {
    std::error_code ignored;
    std::filesystem::remove_all(fresh, ignored);
  }
  return made;
}

Status VmFiles::remove(const VmId& id) {
  const std::string gone = nodes() + "/.gone-" + id.str();
  if (auto renamed = files_.rename(directory(id), gone); !renamed) return renamed;
  if (auto synced = files_.sync_directory(nodes()); !synced) return synced;
  std::error_code error;
  std::filesystem::remove_all(gone, error);
  if (error) return fail(Errc::unavailable, gone + ": " + error.message());
  return {};
}

Result<std::optional<RunRecord>> VmFiles::run_record(const VmId& id) {
  const std::string path = file(id, "run.json");
  auto object = read_object(files_, path);
  if (!object) {
    if (object.error().code == Errc::not_found) return std::optional<RunRecord>();
    return object.error();
  }
  Fields fields(*object, path);
  RunRecord run;
  run.pid = static_cast<pid_t>(fields.number("pid"));
  run.start_ticks = static_cast<std::uint64_t>(fields.number("start_ticks"));
  run.machine_boot = fields.text("machine_boot");
  if (auto read = fields.status(); !read) return read.error();
  return std::optional<RunRecord>(run);
}

Status VmFiles::set_run_record(const VmId& id, const RunRecord& run) {
  const json::object object = {
      {"pid", run.pid}, {"start_ticks", run.start_ticks}, {"machine_boot", run.machine_boot}};
  return files_.write_whole(file(id, "run.json"), json::serialize(object) + "\n");
}

bool VmFiles::has_mark(const VmId& id, const char* name) {
  return files_.info(file(id, name)).ok();
}

Status VmFiles::set_mark(const VmId& id, const char* name) {
  return files_.write_whole(file(id, name), "");
}

Status VmFiles::clear_mark(const VmId& id, const char* name) {
  auto removed = files_.remove(file(id, name));
  if (!removed && removed.error().code != Errc::not_found) return removed;
  return {};
}

void VmFiles::trim_console(const VmId& id) {
  const std::string path = file(id, "console.log");
  const auto info = files_.info(path);
  // Its writers append, so they go on at the new end. A console is for a look, not a record.
  if (info && info->size > console_limit) static_cast<void>(::truncate(path.c_str(), 0) == 0);
}

}  // namespace edgeherd::local
