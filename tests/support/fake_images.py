"""What the fake of Digital Ocean knows of images beyond their list: how they get to other regions, and tags."""
import re
import time


class Images:
    """Part of an account: it has `images`, `droplets`, `actions`, `tags`, and makes actions and pages."""

    transfer_delay = 0.05

    def settle_transfers(self):
        """What has arrived by now is there."""
        for action in self.actions.values():
            if action["type"] == "transfer":
                self.shown_action(action)
                image = self.images.get(action["resource_id"])
                if image and action["status"] == "completed" and action["region_slug"] not in image["regions"]:
                    image["regions"].append(action["region_slug"])

    def under_way(self, number, to):
        return any(action["type"] == "transfer" and action["resource_id"] == number and action["region_slug"] == to
                   and action["status"] == "in-progress" for action in self.actions.values())

    def transfer(self, image, body, trouble, refuse):
        to = body.get("region")
        if body.get("type") != "transfer" or not to:
            raise refuse("type is invalid, or region is missing")
        if to in image["regions"]:
            raise refuse(f"Image is already available in {to}")
        if self.under_way(image["id"], to):
            raise refuse("Image has a pending event")
        action = self.act(image["id"], "transfer", trouble, resource="image", where=to)
        action["_ready"] = time.monotonic() + self.transfer_delay
        return 201, {"action": self.shown_action(action)}

    def image_answer(self, method, path, query, body, trouble, refuse, not_found):
        """The answer to a request about one image, or None for any other."""
        match = re.fullmatch(r"/v2/images/(\d+)(/actions(?:/(\d+))?)?", path)
        if not match:
            return None
        image = self.images.get(int(match[1]))
        if image is None:
            raise not_found()
        if method == "GET" and not match[2]:
            return 200, {"image": image}
        mine = {number: action for number, action in self.actions.items()
                if action["resource_type"] == "image" and action["resource_id"] == image["id"]}
        if method == "GET" and match[3] and int(match[3]) in mine:
            return 200, {"action": self.shown_action(mine[int(match[3])])}
        if method == "GET" and not match[3]:
            shown = [self.shown_action(action) for action in mine.values()]
            return self.paged(path, "actions", shown, query, trouble)
        if method == "POST" and not match[3]:
            return self.transfer(image, body, trouble, refuse)
        raise not_found()

    def tag_answer(self, method, path, body, refuse, not_found):
        """Tags that somebody gives to what exists already, or takes away; None for any other request."""
        match = re.fullmatch(r"/v2/tags(?:/([\w:-]{1,255})/resources)?", path)
        if not match or method not in ("POST", "DELETE"):
            return None
        if match[1] is None:
            if not re.fullmatch(r"[\w:-]{1,255}", body.get("name", "")):
                raise refuse("tag is invalid")
            self.tags.add(body["name"])
            kinds = ("images", "droplets", "volumes", "volume_snapshots", "databases")
            return 201, {"tag": {"name": body["name"],
                                 "resources": {"count": 0, **{kind: {"count": 0} for kind in kinds}}}}
        if match[1] not in self.tags:
            raise not_found()
        for one in body["resources"]:
            things = {"droplet": self.droplets, "image": self.images}.get(one["resource_type"], {})
            thing = things.get(int(one["resource_id"]))
            if thing is None:
                raise not_found()
            others = [tag for tag in thing["tags"] if tag != match[1]]
            thing["tags"] = others + ([match[1]] if method == "POST" else [])
        return 204, None
