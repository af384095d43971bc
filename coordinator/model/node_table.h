// NodeTable: the fleet's nodes in the order of their ids, and each at hand by id and by agent key.
//
// A sample comes from each node every second, and asks for both; the order is for everybody else,
// so that the same fleet always makes the same plan. Owner: the Fleet. Thread: the owner's, also
// for reading. Addresses of nodes hold until they are erased, also when the table is moved; it is
// not copied, since a copy's index would point into the original.
#pragma once

#include <map>
#include <unordered_map>
#include <utility>

#include "common/core/bookmark.h"
#include "common/core/prefetch.h"
#include "coordinator/model/node.h"

namespace edgeherd::model {

class NodeTable {
 public:
  NodeTable() = default;
  NodeTable(NodeTable&& other) noexcept { *this = std::move(other); }
  NodeTable& operator=(NodeTable&& other) noexcept {
    nodes_ = std::move(other.nodes_);
    by_id_ = std::move(other.by_id_);
    by_key_ = std::move(other.by_key_);
    spoke_ = std::exchange(other.spoke_, nullptr);
    edition_ = std::exchange(other.edition_, new_edition());
    return *this;
  }
  ~NodeTable() = default;

  [[nodiscard]] const std::map<NodeId, Node>& in_order() const { return nodes_; }
  [[nodiscard]] const Node* find(const NodeId& id) const { return look_up(id); }
  [[nodiscard]] Node* find(const NodeId& id) { return look_up(id); }
  [[nodiscard]] const Node* owner(const AgentKey& key) const { return spoke_ = at(by_key_, key); }
  // For who keeps a bookmark with the key.
  [[nodiscard]] const Node* owner(const AgentKey& key, Bookmark& mark) const {
    if (mark.edition != edition_) mark = {at(by_key_, key), edition_};
    return spoke_ = static_cast<Node*>(mark.at);
  }
  // Fetches what a sample of this agent touches, as near as it is (prefetch.h).
  void expect(const AgentKey& key, Bookmark& mark, Nearness nearness) const {
    const Node* node = owner(key, mark);
    if (node == nullptr) return;
    if (nearness == Nearness::next) return node->load.prefetch_contents();
    prefetch(node->id);
    prefetch(node->agent);
    prefetch(node->load);
  }

  // In place of the one of the same id, if there is one.
  Node& put(Node node) {
    erase(node.id);
    const NodeId id = node.id;
    Node& placed = nodes_.emplace(id, std::move(node)).first->second;
    by_id_[id] = &placed;
    if (!placed.key.empty()) by_key_[placed.key] = &placed;
    edition_ = new_edition();
    return placed;
  }
  // To no key at all, if `key` is empty.
  void bind(Node& node, const AgentKey& key) {
    by_key_.erase(node.key);
    node.key = key;
    if (!key.empty()) by_key_[key] = &node;
    edition_ = new_edition();
  }
  void erase(const NodeId& id) {
    const Node* node = find(id);
    if (node == nullptr) return;
    spoke_ = nullptr;
    if (at(by_key_, node->key) == node) by_key_.erase(node->key);
    by_id_.erase(id);
    nodes_.erase(id);
    edition_ = new_edition();
  }
  template <class Work>
  void each(Work work) {
    for (auto& [id, node] : nodes_) work(node);
  }

 private:
  [[nodiscard]] Node* look_up(const NodeId& id) const {
    return spoke_ != nullptr && spoke_->id == id ? spoke_ : at(by_id_, id);
  }
  template <class Index, class Key>
  static Node* at(const Index& index, const Key& key) {
    const auto found = index.find(key);
    return found == index.end() ? nullptr : found->second;
  }

  std::map<NodeId, Node> nodes_;
  std::unordered_map<NodeId, Node*> by_id_;
  std::unordered_map<AgentKey, Node*> by_key_;
  std::uint64_t edition_ = new_edition();
  // The owner of the key that was asked for last: what he says is asked for by his id next.
  mutable Node* spoke_ = nullptr;
};

}  // namespace edgeherd::model
