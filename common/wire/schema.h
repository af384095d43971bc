// The one place that says which fields a message has, in which order, and how large each may be.
//
// fields(visitor, message) calls the visitor once per field, in wire order; the writer, the reader
// and the counter of fields (codec.cc) are such visitors. A new field is added at the end of its
// message, never in between: tests/unit/common/wire/golden_test.cc pins the bytes.
//
// A `name` travels as it is or not at all; `prose` is for people, and the writer cuts and cleans it
// (text.h). Both are refused by the reader when they are over their limit, not UTF-8, or hold
// control characters.
#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>

#include "common/wire/messages.h"

namespace edgeherd::wire {

// Bytes, or entries of a list.
namespace limits {
inline constexpr std::size_t id = 128;
inline constexpr std::size_t version = 64;
inline constexpr std::size_t digest = 64;
inline constexpr std::size_t word = 64;
inline constexpr std::size_t prose = 1024;
inline constexpr std::size_t key = 1024;
inline constexpr std::size_t url = 4096;
inline constexpr std::size_t value = 1024;
inline constexpr std::size_t verbs = 32;
inline constexpr std::size_t failing = 64;
inline constexpr std::size_t pairs = 32;
inline constexpr std::size_t status_classes = 5;
inline constexpr std::size_t buckets = sketch_buckets;
}  // namespace limits

template <class M, class T>
concept Is = std::same_as<std::remove_const_t<M>, T>;

template <class V, Is<Enroll> M>
void fields(V& v, M& m) {
  v.name("node", m.node, limits::id);
  v.name("token", m.token, limits::digest);
  v.name("vm_id", m.vm_id, limits::id);
  v.name("agent_version", m.agent_version, limits::version);
}

template <class V, Is<EnrollReply> M>
void fields(V& v, M& m) {
  v.flag("accepted", m.accepted);
  v.prose("reason", m.reason, limits::prose);
}

template <class V, Is<Hello> M>
void fields(V& v, M& m) {
  v.number("protocol", m.protocol);
  v.name("node", m.node, limits::id);
  v.name("vm_id", m.vm_id, limits::id);
  v.name("boot_id", m.boot_id, limits::word);
  v.name("agent_version", m.agent_version, limits::version);
  v.name("image_version", m.image_version, limits::id);
  v.name("config_digest", m.config_digest, limits::digest);
  v.number("highest_epoch", m.highest_epoch);
  v.names("verbs", m.verbs, limits::verbs, limits::word);
  v.name("drain_state", m.drain_state, limits::word);
  v.number("spool_segments", m.spool_segments);
  v.number("spool_bytes", m.spool_bytes);
}

template <class V, Is<HelloReply> M>
void fields(V& v, M& m) {
  v.number("protocol", m.protocol);
  v.number("epoch", m.epoch);
  v.name("zone", m.zone, limits::id);
  v.number("sample_interval_ms", m.sample_interval_ms);
}

template <class V, Is<Sample> M>
void fields(V& v, M& m) {
  v.name("boot_id", m.boot_id, limits::word);
  v.number("seq", m.seq);
  v.number("uptime_ms", m.uptime_ms);
  v.flag("ready", m.ready);
  v.names("failing", m.failing, limits::failing, limits::word);
  v.optional("load1", m.load1);
  v.optional("cpus", m.cpus);
  v.optional("cpu_busy_ms", m.cpu_busy_ms);
  v.optional("mem_total_bytes", m.mem_total_bytes);
  v.optional("mem_available_bytes", m.mem_available_bytes);
  v.optional("psi_cpu_us", m.psi_cpu_us);
  v.optional("psi_memory_us", m.psi_memory_us);
  v.optional("psi_io_us", m.psi_io_us);
  v.optional("net_rx_bytes", m.net_rx_bytes);
  v.optional("net_tx_bytes", m.net_tx_bytes);
  v.optional("disk_read_bytes", m.disk_read_bytes);
  v.optional("disk_write_bytes", m.disk_write_bytes);
  v.optional("disk_busy_ms", m.disk_busy_ms);
  v.optional("connections", m.connections);
  v.optional("requests", m.requests);
  v.optional("requests_until_ms", m.requests_until_ms);
  v.optional("stub_requests", m.stub_requests);
  v.all_or_none("status_classes", m.status_classes, limits::status_classes);
  v.optional("body_bytes", m.body_bytes);
  v.buckets("latency", m.latency);
  v.number("log_lines_lost", m.log_lines_lost);
  v.number("spool_segments", m.spool_segments);
  v.number("spool_bytes", m.spool_bytes);
}

template <class V, Is<Event> M>
void fields(V& v, M& m) {
  v.name("severity", m.severity, limits::word);
  v.name("code", m.code, limits::word);
  v.prose("text", m.text, limits::prose);
}

template <class V, Is<Command> M>
void fields(V& v, M& m) {
  v.name("action", m.action, limits::id);
  v.number("epoch", m.epoch);
  v.number("deadline_ms", m.deadline_ms);
  v.name("verb", m.verb, limits::word);
  v.pairs("arguments", m.arguments, limits::pairs, limits::value);
}

template <class V, Is<CommandStatus> M>
void fields(V& v, M& m) {
  v.name("action", m.action, limits::id);
  v.choice("state", m.state, CommandState::accepted, CommandState::refused);
  v.prose("message", m.message, limits::prose);
}

template <class V, Is<UploadRequest> M>
void fields(V& v, M& m) {
  v.number("seq", m.seq);
  v.name("date", m.date, limits::word);
  v.number("lines", m.lines);
  v.number("raw_bytes", m.raw_bytes);
  v.number("bytes", m.bytes);
  v.name("sha256", m.sha256, limits::digest);
  v.name("md5", m.md5, limits::digest);
}

template <class V, Is<UploadGrant> M>
void fields(V& v, M& m) {
  v.number("seq", m.seq);
  v.name("key", m.key, limits::key);
  v.name("url", m.url, limits::url);
  v.pairs("headers", m.headers, limits::pairs, limits::value);
  v.number("expires_ms", m.expires_ms);
  v.prose("refusal", m.refusal, limits::prose);
}

template <class V, Is<UploadDone> M>
void fields(V& v, M& m) {
  v.number("seq", m.seq);
  v.name("key", m.key, limits::key);
  v.number("lines", m.lines);
  v.number("bytes", m.bytes);
  v.name("sha256", m.sha256, limits::digest);
}

template <class V, Is<UploadVerdict> M>
void fields(V& v, M& m) {
  v.number("seq", m.seq);
  v.flag("stored", m.stored);
  v.prose("reason", m.reason, limits::prose);
  v.last_flag("missing", m.missing);
}

template <class V, Is<Heartbeat> M>
void fields(V& v, M& m) {
  v.number("number", m.number);
  v.flag("reply", m.reply);
}

}  // namespace edgeherd::wire
