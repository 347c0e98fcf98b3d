"""What a field manager owns in a live object, by its managedFields (KEP-555), and a fingerprint of it."""

import hashlib
import json
from typing import Any


def fingerprint(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def identity_free(manifest: dict[str, Any]) -> dict[str, Any]:
    """The fields of a manifest that server-side apply makes ours: all but its identity."""
    metadata = {key: value for key, value in manifest["metadata"].items() if key not in ("name", "namespace")}
    rest = {key: value for key, value in manifest.items() if key not in ("apiVersion", "kind", "metadata")}
    return {"metadata": metadata, **rest}


def owned(live: dict[str, Any], manager: str) -> Any:
    """The part of a live object that the manager applied; empty when it applied nothing."""
    for entry in live["metadata"].get("managedFields", ()):
        if entry["manager"] == manager and entry["operation"] == "Apply" and not entry.get("subresource"):
            return _extract(live, entry["fieldsV1"])
    return {}


def _extract(value: Any, fields: dict[str, Any]) -> Any:
    if not any(key != "." for key in fields):
        return value
    if isinstance(value, dict):
        return {
            key[2:]: _extract(value[key[2:]], below)
            for key, below in fields.items()
            if key.startswith("f:") and key[2:] in value
        }
    if isinstance(value, list):
        return [part for item in value if (part := _extract_item(item, fields)) is not None]
    return value


def _extract_item(item: Any, fields: dict[str, Any]) -> Any:
    for key, below in fields.items():
        if key.startswith("k:") and isinstance(item, dict):
            keys = json.loads(key[2:])
            if all(item.get(name) == wanted for name, wanted in keys.items()):
                return _extract(item, below)
        elif key.startswith("v:") and json.loads(key[2:]) == item:
            return item
    return None
