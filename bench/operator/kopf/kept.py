"""What is kept of each object. Indices are complete before the first handler runs."""

from typing import Any

import kopf

import render
from owned import fingerprint, owned

CHILD = {render.MANAGED_BY: render.MANAGER, render.BOT: kopf.PRESENT}
Key = tuple[str, str]


def child(kind: str, body: kopf.Body) -> dict[Key, Any]:
    seen = (int(body.metadata["resourceVersion"]), fingerprint(owned(dict(body), render.MANAGER)))
    return {(kind, body.metadata.namespace, body.metadata.name): seen}


@kopf.index("apps", "deployments", labels=CHILD)
async def deployments(body: kopf.Body, **_: Any) -> Any:
    return child("Deployment", body)


@kopf.index("services", labels=CHILD)
async def services(body: kopf.Body, **_: Any) -> Any:
    return child("Service", body)


@kopf.index("policy", "poddisruptionbudgets", labels=CHILD)
async def budgets(body: kopf.Body, **_: Any) -> Any:
    return child("PodDisruptionBudget", body)


@kopf.index("networking.k8s.io", "networkpolicies", labels=CHILD)
async def policies(body: kopf.Body, **_: Any) -> Any:
    return child("NetworkPolicy", body)


@kopf.index("configmaps", labels=CHILD)
async def routes(body: kopf.Body, annotations: kopf.Annotations, **_: Any) -> Any:
    [(key, (version, applied))] = child("ConfigMap", body).items()
    return {key: (version, (applied, annotations.get(render.CALLBOT_UID), int(annotations.get(render.EPOCH, "0"))))}


@kopf.index("pods", labels=CHILD)
async def pods(namespace: str, labels: kopf.Labels, spec: kopf.Spec, status: kopf.Status, **_: Any) -> Any:
    ready = any(each["type"] == "Ready" and each["status"] == "True" for each in status.get("conditions", ()))
    made_with = next((each["configMap"]["name"] for each in spec.get("volumes", ()) if each["name"] == "bot" and "configMap" in each), None)
    return {(namespace, labels[render.BOT]): (spec.get("nodeName"), ready, made_with)}


@kopf.index("nodes")
async def nodes(name: str, labels: kopf.Labels, **_: Any) -> Any:
    return {name: labels.get(render.ZONE)}


@kopf.index("callbots.dev", "callbots")
async def bots(namespace: str, name: str, body: kopf.Body, **_: Any) -> Any:
    spec = {part: body.spec[part] for part in ("numbers", "zones", "capacity", "drain", "fallback", "integrationRefs", "media") if part in body.spec}
    metadata = {part: body.metadata[part] for part in ("namespace", "name", "uid", "generation")}
    metadata["creationTimestamp"] = body.metadata["creationTimestamp"]
    digest = render.digest(render.configuration_of(dict(body.spec)))
    seen = {"metadata": metadata, "spec": spec, "digest": digest, "deleting": body.metadata.deletion_timestamp is not None}
    return {(namespace, name): (int(body.metadata["resourceVersion"]), seen, dict(body.status))}


@kopf.index("callbots.dev", "callbots")
async def claims(uid: str, body: kopf.Body, spec: kopf.Spec, **_: Any) -> Any:
    """The first of those who name a number has it."""
    return {number: (body.metadata["creationTimestamp"], uid) for number in spec["numbers"]}


@kopf.index("callbots.dev", "callbots")
async def naming(namespace: str, name: str, spec: kopf.Spec, **_: Any) -> Any:
    refs = [*spec["integrationRefs"], spec["fallback"]["integrationRef"]]
    return {(namespace, ref["name"]): name for ref in refs}


@kopf.index("callbots.dev", "integrations")
async def integrations(namespace: str, name: str, spec: kopf.Spec, **_: Any) -> Any:
    told = render.told_of(dict(spec))
    return {(namespace, name): (told, render.digest({"name": "", **told}))}
