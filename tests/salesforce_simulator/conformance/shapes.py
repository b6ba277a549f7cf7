"""Whether two JSON values have the same keys and the same types, whatever their values are."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Shape:
    """What a value can be: its types, the shapes of its keys, and of its items.

    Of a key that not every object of a list has, only one side need know. Null says nothing of a
    type: what is null today is a text tomorrow.
    """

    types: set[str] = field(default_factory=set)
    keys: dict[str, "Shape"] = field(default_factory=dict)
    optional: set[str] = field(default_factory=set)
    items: "Shape | None" = None

    def add(self, value: Any) -> "Shape":
        """Learn one more value."""
        if isinstance(value, dict):
            if "object" in self.types:
                self.optional |= self.keys.keys() ^ value.keys()
            self.types.add("object")
            for key, item in value.items():
                self.keys.setdefault(key, Shape()).add(item)
        elif isinstance(value, list):
            self.types.add("array")
            for item in value:
                self.items = (self.items or Shape()).add(item)
        elif value is not None:
            self.types.add(_type(value))
        return self


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else "string"


def differences(ours: Any, theirs: Any, path: str) -> list[str]:
    """Return the paths at which our value has another shape than theirs, each with the reason."""
    return _differences(Shape().add(ours), Shape().add(theirs), path)


def _differences(ours: Shape, theirs: Shape, path: str) -> list[str]:
    if ours.types and theirs.types and ours.types != theirs.types:
        return [f"{path} is {_words(ours.types)}, recorded {_words(theirs.types)}"]
    found = []
    if "object" in ours.types & theirs.types:
        absent = theirs.keys.keys() - ours.keys.keys() - theirs.optional
        unknown = ours.keys.keys() - theirs.keys.keys() - ours.optional
        found += [f"{path}/{key} is missing" for key in sorted(absent)]
        found += [f"{path}/{key} is not recorded" for key in sorted(unknown)]
        for key in sorted(ours.keys.keys() & theirs.keys.keys()):
            found += _differences(ours.keys[key], theirs.keys[key], f"{path}/{key}")
    if ours.items and theirs.items:
        found += _differences(ours.items, theirs.items, f"{path}/*")
    return found


def _words(types: set[str]) -> str:
    return " or ".join(sorted(types))
