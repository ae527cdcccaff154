"""YAML as it was meant: a key that stands twice is refused, where most readers let the second one win."""

from typing import Any

import yaml


class _Strict(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"{key!r} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


def load(text: str) -> Any:
    """Of one document. Raises yaml.YAMLError."""
    return yaml.load(text, _Strict)
