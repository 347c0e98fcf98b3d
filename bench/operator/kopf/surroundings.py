"""What a bot depends on and is no part of it."""

from typing import Any, NamedTuple


class Surroundings(NamedTuple):
    """The bot's Integrations, and those of its numbers that nobody before it has claimed."""

    told: list[dict[str, Any]]
    digests: dict[str, str]
    missing: str | None
    numbers: list[str]


def of(indices: dict[str, Any], bot: dict[str, Any]) -> Surroundings:
    metadata, spec = bot["metadata"], bot["spec"]

    def integration(name: str) -> Any:
        return next(iter(indices["integrations"].get((metadata["namespace"], name), ())), None)

    names = [ref["name"] for ref in spec["integrationRefs"]]
    found = {name: integration(name) for name in [*names, spec["fallback"]["integrationRef"]["name"]]}
    own = (metadata["creationTimestamp"], metadata["uid"])
    return Surroundings(
        told=[{"name": name, **(found[name][0] if found[name] else {})} for name in names],
        digests={name: found[name][1] for name in names if found[name]},
        missing=next((name for name, each in sorted(found.items()) if each is None), None),
        numbers=[number for number in spec["numbers"] if min(indices["claims"].get(number, ()), default=own) >= own],
    )
