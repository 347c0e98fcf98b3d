"""The same reconcile as the callbot operator's, written with kopf: handlers for the Callbot, indices for what is read,
low-level event handlers for the children. Run it with: kopf run --standalone --all-namespaces callbots.py"""

import asyncio
import datetime
import os
import time
from collections import defaultdict
from typing import Any

import aiohttp
import kopf

import authority
import render
import report
import surroundings
from api import Api
from kept import CHILD, Key
from owned import fingerprint, identity_free


class State:
    """What lives as long as the operator: the session, the CA, and what was written but has not been seen yet."""

    def __init__(self) -> None:
        self.api: Api | None = None
        self.authority: authority.Authority | None = None
        self.authority_lock = asyncio.Lock()
        self.limit = asyncio.Semaphore(int(os.environ.get("CONCURRENCY", "8")))
        self.locks: defaultdict[Key, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.waiting: set[Key] = set()
        # Newest own writes, by (kind, namespace, name): (resourceVersion, what an index would hold).
        self.written: dict[tuple[str, str, str], tuple[int, Any]] = {}


state = State()


@kopf.on.startup()
async def configure(settings: kopf.OperatorSettings, **_: Any) -> None:
    settings.posting.enabled = False
    settings.scanning.disabled = True
    settings.watching.initial_streaming = False
    for resource in ("deployments.apps", "services", "poddisruptionbudgets.policy",
                     "networkpolicies.networking.k8s.io", "configmaps", "pods"):
        settings.watching.label_selectors[resource] = f"{render.MANAGED_BY}={render.MANAGER}"


@kopf.on.login()
async def login(**kwargs: Any) -> kopf.AiohttpSession:
    info = kopf.login_with_kubeconfig(**kwargs)
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=info.as_ssl_context()),
        headers={**info.as_http_headers(), "User-Agent": "kopf-callbots"},
    )
    state.api = Api(info.server, session)
    return kopf.AiohttpSession(aiohttp_session=session, server=info.server, default_namespace=info.default_namespace)


async def the_authority() -> authority.Authority:
    """The CA, read or made at the first need."""
    async with state.authority_lock:
        if state.authority is None:
            state.authority = authority.load((await authority_secret())["data"])
    return state.authority


async def authority_secret() -> dict[str, Any]:
    secret = await state.api.get("Secret", render.HOME, "callbot-ca")
    if secret is None:
        secret = {
            "apiVersion": "v1", "kind": "Secret", "type": "callbots.dev/ca",
            "metadata": {"name": "callbot-ca", "namespace": render.HOME},
            "data": authority.make(now()),
        }
        await state.api.apply(secret)
    return secret


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


# --- When to work. ---

@kopf.on.resume("callbots.dev", "callbots")
@kopf.on.create("callbots.dev", "callbots")
@kopf.on.update("callbots.dev", "callbots", field="spec")
async def bot_changed(namespace: str, name: str, **indices: Any) -> None:
    await reconcile((namespace, name), indices)


@kopf.on.event("callbots.dev", "callbots")
async def bot_gone(event: Any, namespace: str, name: str, **_: Any) -> None:
    if event["type"] == "DELETED":
        await state.api.delete("ConfigMap", render.HOME, render.route_name(namespace, name))
        for kind in ("Deployment", "Service", "PodDisruptionBudget", "NetworkPolicy", "Callbot"):
            state.written.pop((kind, namespace, name), None)
        state.written.pop(("ConfigMap", render.HOME, render.route_name(namespace, name)), None)
        state.locks.pop((namespace, name), None)


@kopf.on.event("apps", "deployments", labels=CHILD)
@kopf.on.event("services", labels=CHILD)
@kopf.on.event("policy", "poddisruptionbudgets", labels=CHILD)
@kopf.on.event("networking.k8s.io", "networkpolicies", labels=CHILD)
@kopf.on.event("configmaps", labels=CHILD)
@kopf.on.event("pods", labels=CHILD)
async def child_changed(event: Any, namespace: str, labels: kopf.Labels, annotations: kopf.Annotations, **indices: Any) -> None:
    if event["type"] is not None:  # None is the initial listing: the Callbot's own resume handler does it
        await reconcile((annotations.get(render.NAMESPACE, namespace), labels[render.BOT]), indices)


@kopf.on.event("callbots.dev", "integrations")
async def integration_changed(event: Any, namespace: str, name: str, naming: kopf.Index, **indices: Any) -> None:
    if event["type"] is not None:
        for bot in set(naming.get((namespace, name), ())):
            await reconcile((namespace, bot), {"naming": naming, **indices})


async def reconcile(key: Key, indices: dict[str, Any]) -> None:
    """Runs one pass for the bot, after the one under way; those who come while one waits share it."""
    if key in state.waiting:
        return
    state.waiting.add(key)
    async with state.locks[key], state.limit:
        state.waiting.discard(key)
        await converge(key, indices)


# --- The pass itself. ---

async def converge(key: Key, indices: dict[str, Any]) -> None:
    found = next(iter(indices["bots"].get(key, ())), None)
    if found is None or found[1]["deleting"]:
        return
    version, bot, known = found
    written = state.written.get(("Callbot", *key))
    if written is not None and written[0] > version:
        known = written[1]
    around = surroundings.of(indices, bot)
    certificate = await ensure_certificate(bot, known.get("certificate"))
    name = render.configuration_name(bot, around.digests)
    configuration = await ensure_configuration(bot, known.get("configuration"), name, around.told)
    await ensure(indices["deployments"], render.deployment(bot, name))
    await ensure(indices["services"], render.service(bot))
    await ensure(indices["budgets"], render.budget(bot))
    await ensure(indices["policies"], render.network_policy(bot))
    epoch = await ensure_route(indices["routes"], bot, around.numbers, known.get("routeEpoch", 0))
    configuration = await remove_configurations(bot, configuration, list(indices["pods"].get(key, ())))
    made = {"routeEpoch": epoch, "certificate": certificate, "configuration": configuration}
    status = report.status_of(bot, pods_of(indices, key), zones_of(indices, bot), known, around.numbers, around.missing, made,
                              now().strftime("%Y-%m-%dT%H:%M:%SZ"))
    if any(known.get(field) != value for field, value in status.items()):
        newer = await state.api.patch_status(*key, status)
        state.written[("Callbot", *key)] = (newer, {**known, **status})


async def ensure_certificate(bot: dict[str, Any], held: dict[str, str] | None) -> dict[str, str]:
    ca = await the_authority()
    if ca.serves(held, now()):
        return held
    data, status = ca.issue(render.dns_names(bot), now())
    await state.api.replace(render.secret(bot, data))
    return status


async def ensure_configuration(bot: dict[str, Any], held: dict[str, Any] | None, name: str, told: list[dict[str, Any]]) -> dict[str, Any]:
    """Writes the ConfigMap of that name unless the status says that it is there. The indices hold no dialogs."""
    if held is not None and held["name"] == name:
        return held
    metadata = bot["metadata"]
    whole = await state.api.get("Callbot", metadata["namespace"], metadata["name"])
    if whole is None or whole["metadata"]["uid"] != metadata["uid"] or whole["metadata"]["generation"] != metadata["generation"]:
        raise kopf.TemporaryError("the Callbot is another by now", delay=1)
    made_at = now().strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    content = {**render.configuration_of(whole["spec"]), "integrations": told, "testsAt": made_at}
    await state.api.replace(render.configuration(bot, name, content))
    former = [*held.get("former", ()), held["name"]] if held is not None else []
    return {"name": name, "madeAt": made_at, **({"former": former} if former else {})}


async def remove_configurations(bot: dict[str, Any], held: dict[str, Any], pods_seen: list[Any]) -> dict[str, Any]:
    ready = [made_with for _, is_ready, made_with in pods_seen if is_ready]
    if not held.get("former") or ready.count(held["name"]) < render.desired_replicas(bot):
        return held
    used = {made_with for _, _, made_with in pods_seen}
    for name in set(held["former"]) - used:
        await state.api.delete("ConfigMap", bot["metadata"]["namespace"], name)
    former = [name for name in held["former"] if name in used]
    return {**{part: value for part, value in held.items() if part != "former"}, **({"former": former} if former else {})}


def newest(index: Any, kind: str, metadata: dict[str, Any]) -> Any:
    key = (kind, metadata["namespace"], metadata["name"])
    seen = next(iter(index.get(key, ())), None)
    written = state.written.get(key)
    if written is not None and (seen is None or written[0] > seen[0]):
        return written[1]
    return seen[1] if seen is not None else None


async def ensure(index: Any, manifest: dict[str, Any]) -> None:
    """Applies only what would change something."""
    wanted = fingerprint(identity_free(manifest))
    metadata, kind = manifest["metadata"], manifest["kind"]
    if newest(index, kind, metadata) == wanted:
        return
    version = await state.api.apply(manifest)
    state.written[(kind, metadata["namespace"], metadata["name"])] = (version, wanted)


async def ensure_route(index: Any, bot: dict[str, Any], numbers: list[str], known_epoch: int) -> int:
    metadata = bot["metadata"]
    name = render.route_name(metadata["namespace"], metadata["name"])
    seen = newest(index, "ConfigMap", {"namespace": render.HOME, "name": name})
    epoch = seen[2] if seen is not None else 0
    if seen is not None and seen[1] == metadata["uid"] and seen[0] == fingerprint(identity_free(render.route(bot, numbers, epoch))):
        return epoch
    epoch = max(int(time.time() * 1000), epoch + 1, known_epoch + 1)
    manifest = render.route(bot, numbers, epoch)
    version = await state.api.apply(manifest)
    state.written[("ConfigMap", render.HOME, name)] = (version, (fingerprint(identity_free(manifest)), metadata["uid"], epoch))
    return epoch


def zone_of(indices: dict[str, Any], node: str) -> str | None:
    return next(iter(indices["nodes"].get(node, ())), None)


def pods_of(indices: dict[str, Any], key: Key) -> list[tuple[str | None, bool]]:
    return [(zone_of(indices, node), ready) for node, ready, _ in indices["pods"].get(key, ())]


def zones_of(indices: dict[str, Any], bot: dict[str, Any]) -> list[str]:
    chosen = bot["spec"].get("zones")
    return sorted(chosen) if chosen else sorted({zone_of(indices, node) for node in indices["nodes"]})
