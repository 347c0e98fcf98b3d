"""What the status of a Callbot says."""

from collections import Counter
from typing import Any

import render


def status_of(bot: dict[str, Any], pods: list[tuple[str, bool]], zones: list[str], known: dict[str, Any], numbers: list[str],
              missing: str | None, made: dict[str, Any], now: str) -> dict[str, Any]:
    """`pods` are (zone, ready) of the bot's pods, `known` the status so far, `missing` an Integration that is not there,
    `made` what this pass knows of certificate, route and configuration."""
    spec, desired = bot["spec"], render.desired_replicas(bot)
    ready_in = Counter(zone for zone, ready in pods if ready and zone in zones)
    ready = ready_in.total()
    seen = [_zone(zone, share, ready_in[zone]) for zone, share in spread(desired, zones, ready_in).items()]
    healthy = sum(zone["state"] == "Healthy" for zone in seen)
    generation = bot["metadata"]["generation"]
    facts = _judge(ready, desired, healthy, len(zones), len(numbers) == len(spec["numbers"]), missing)
    # A fact of the cluster, on which Ready does not depend.
    is_redundant = sum(zone["desired"] > 0 for zone in seen) > 1
    facts.append(_side("ZoneRedundant", is_redundant, "OneZone", "All pods are in one zone."))
    before = {condition["type"]: condition for condition in known.get("conditions", ())}
    return {
        "observedGeneration": generation,
        "conditions": [_condition(before.get(kind), kind, *fact, generation, now) for kind, *fact in facts],
        "desiredReplicas": desired,
        "replicas": len(pods),
        "readyReplicas": ready,
        "ready": f"{ready}/{desired}",
        "selector": f"{render.BOT}={bot['metadata']['name']}",
        "zones": seen,
        "zonesReady": f"{healthy}/{len(zones)}",
        "fallback": "Missing" if missing == spec["fallback"]["integrationRef"]["name"] else "Declared",
        "numbers": numbers,
        "routes": f"{len(numbers)}/{len(spec['numbers'])}",
        **made,
    }


def spread(replicas: int, zones: list[str], running: Counter[str]) -> dict[str, int]:
    """Shares replicas out over zones as the scheduler does with maxSkew 1; what is over goes where most pods run."""
    share, rest = divmod(replicas, max(len(zones), 1))
    fullest = sorted(zones, key=lambda zone: -running[zone])[:rest]
    return {zone: share + (zone in fullest) for zone in zones}


def _zone(name: str, desired: int, ready: int) -> dict[str, Any]:
    return {"name": name, "desired": desired, "ready": ready, "state": "Healthy" if ready >= desired else "Degraded"}


Fact = tuple[str, bool, str, str]


def _judge(ready: int, desired: int, healthy: int, zones: int, numbers_are_ours: bool, missing: str | None) -> list[Fact]:
    """(type, holds, reason, message) of each condition; Ready is the first that does not hold."""
    starting = f"{ready} of {desired} pods take calls; the others are starting."
    sides = [
        _side("ReferencesResolved", missing is None, "IntegrationNotFound", f"Integration {missing} does not exist."),
        _side("DialogValid", True),
        *([_side("TestsPassed", True)] if ready > 0 else []),  # a pod that is ready has passed them
        _side("CertificateReady", True),
        _side("RoutesPublished", numbers_are_ours, "NumberTaken", "An older Callbot has one of the numbers."),
        _side("ZonesHealthy", healthy == zones, "PodsStarting", starting),
        _side("PodsAvailable", ready >= desired, "PodsStarting", starting),
    ]
    fault = next((side for side in sides if not side[1]), None)
    if fault is None:
        return [("Ready", True, "Serving", f"{ready} of {desired} pods take calls in {zones} zones."), *sides]
    return [("Ready", *fault[1:]), ("Reconciling", True, *fault[2:]), *sides]


def _side(kind: str, holds: bool, reason: str = "", message: str = "") -> Fact:
    return (kind, holds, "AsSpecified", "as specified.") if holds else (kind, holds, reason, message)


def _condition(before: Any, kind: str, holds: bool, reason: str, message: str, generation: int, now: str) -> dict[str, Any]:
    status = "True" if holds else "False"
    since = before["lastTransitionTime"] if before and before["status"] == status else now
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "observedGeneration": generation,
        "lastTransitionTime": since,
    }
