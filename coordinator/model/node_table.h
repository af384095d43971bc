// NodeTable: the fleet's nodes in the order of their ids, and each at hand by id and by agent key.
//
// A sample comes from each node every second, and asks for both; the order is for everybody else,
// so that the same fleet always makes the same plan. Owner: the Fleet. Addresses of nodes hold
// until they are erased, also when the table is moved; it is not copied, since a copy's index would
// point into the original.
#pragma once

#include <map>
#include <unordered_map>
#include <utility>

#include "coordinator/model/node.h"

namespace edgeherd::model {

class NodeTable {
 public:
  NodeTable() = default;
  NodeTable(NodeTable&&) = default;
  NodeTable& operator=(NodeTable&&) = default;
  ~NodeTable() = default;

  [[nodiscard]] const std::map<NodeId, Node>& in_order() const { return nodes_; }
  [[nodiscard]] Node* find(const NodeId& id) const { return at(by_id_, id); }
  [[nodiscard]] Node* owner(const AgentKey& key) const { return at(by_key_, key); }

  // In place of the one of the same id, if there is one.
  Node& put(Node node) {
    erase(node.id);
    const NodeId id = node.id;
    Node& placed = nodes_.emplace(id, std::move(node)).first->second;
    by_id_[id] = &placed;
    if (!placed.key.empty()) by_key_[placed.key] = &placed;
    return placed;
  }
  void bind(Node& node, const AgentKey& key) {
    by_key_.erase(node.key);
    node.key = key;
    by_key_[key] = &node;
  }
  void erase(const NodeId& id) {
    const Node* node = find(id);
    if (node == nullptr) return;
    if (owner(node->key) == node) by_key_.erase(node->key);
    by_id_.erase(id);
    nodes_.erase(id);
  }
  template <class Work>
  void each(Work work) {
    for (auto& [id, node] : nodes_) work(node);
  }

 private:
  template <class Index, class Key>
  static Node* at(const Index& index, const Key& key) {
    const auto found = index.find(key);
    return found == index.end() ? nullptr : found->second;
  }

  std::map<NodeId, Node> nodes_;
  std::unordered_map<NodeId, Node*> by_id_;
  std::unordered_map<AgentKey, Node*> by_key_;
};

}  // namespace edgeherd::model
