"""What the status of a Callbot says."""

from typing import Any

import render


def status_of(bot: dict[str, Any], pods: list[tuple[str, bool]], zones: list[str], known: dict[str, Any],
              certificate: dict[str, str], epoch: int, configuration: dict[str, Any], now: str) -> dict[str, Any]:
    """`pods` are (zone, ready) of the bot's pods, `known` the status so far."""
    desired = render.desired_replicas(bot)
    ready_in = {zone: 0 for zone in zones}
    for zone, ready in pods:
        if ready and zone in ready_in:
            ready_in[zone] += 1
    ready = sum(ready_in.values())
    seen = [_zone(zone, share, ready_in[zone]) for zone, share in zip(zones, spread(desired, len(zones)))]
    healthy = sum(zone["state"] == "Healthy" for zone in seen)
    generation = bot["metadata"]["generation"]
    return {
        "observedGeneration": generation,
        "conditions": _conditions(ready, desired, generation, known.get("conditions", ()), now),
        "replicas": len(pods),
        "readyReplicas": ready,
        "ready": f"{ready}/{desired}",
        "selector": f"{render.BOT}={bot['metadata']['name']}",
        "zones": seen,
        "zonesReady": f"{healthy}/{len(zones)}",
        "routeEpoch": epoch,
        "certificate": certificate,
        "configuration": configuration,
    }


def spread(replicas: int, zones: int) -> list[int]:
    """Shares replicas out over zones as the scheduler does with maxSkew 1."""
    share, rest = divmod(replicas, max(zones, 1))
    return [share + (index < rest) for index in range(zones)]


def _zone(name: str, desired: int, ready: int) -> dict[str, Any]:
    return {"name": name, "desired": desired, "ready": ready, "state": "Healthy" if ready >= desired else "Degraded"}


def _conditions(ready: int, desired: int, generation: int, known: Any, now: str) -> list[dict[str, Any]]:
    enough = ready >= desired
    wanted = [
        ("CertificateReady", True, "Serving", "The certificate is valid."),
        ("RoutesPublished", True, "Serving", "The route is in the edges' table."),
    ]
    if enough:
        wanted += [("PodsAvailable", True, "Serving", "Every pod is ready."), ("Ready", True, "Serving", "The bot takes calls.")]
    else:
        message = f"{ready} of {desired} pods are ready."
        wanted += [(kind, kind == "Reconciling", "PodsStarting", message) for kind in ("PodsAvailable", "Ready", "Reconciling")]
    before = {condition["type"]: condition for condition in known}
    return [_condition(before.get(kind), kind, holds, reason, message, generation, now) for kind, holds, reason, message in wanted]


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
