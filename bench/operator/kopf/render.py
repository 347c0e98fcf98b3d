"""The children of a Callbot, as manifests for server-side apply. The same ones as every contestant's."""

import hashlib
import json
from typing import Any

MANAGER = "callbot-operator"
HOME = "callbot-system"
BOT = "callbots.dev/callbot"
ZONE = "topology.kubernetes.io/zone"
COMPONENT = "app.kubernetes.io/component"
MANAGED_BY = "app.kubernetes.io/managed-by"
EPOCH = "callbots.dev/epoch"
CALLBOT_UID = "callbots.dev/callbot-uid"
NAMESPACE = "callbots.dev/namespace"
TLS_DIRECTORY = "/etc/callbot/tls"
PEERS = f"callbot-operator.{HOME}.svc,callbot-edge.{HOME}.svc"
USER = 65532
GRACE_BEYOND_DRAIN = 3600 + 15  # talks with people are relayed for so long, then sockets are closed
KNOWN_TO_EDGES_SECONDS = 3

Manifest = dict[str, Any]


def labels_of(bot: str, component: str) -> dict[str, str]:
    return {
        "app.kubernetes.io/name": "callbot",
        "app.kubernetes.io/instance": bot,
        COMPONENT: component,
        MANAGED_BY: MANAGER,
        BOT: bot,
    }


def _child(api_version: str, kind: str, bot: Manifest, name: str | None = None, **rest: Any) -> Manifest:
    metadata = bot["metadata"]
    owner = {
        "apiVersion": "callbots.dev/v1alpha1",
        "kind": "Callbot",
        "name": metadata["name"],
        "uid": metadata["uid"],
        "controller": True,
    }
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {
            "name": name or metadata["name"],
            "namespace": metadata["namespace"],
            "labels": labels_of(metadata["name"], "voice"),
            "ownerReferences": [owner],
        },
        **rest,
    }


def _selector(bot: Manifest) -> Manifest:
    return {"matchLabels": {BOT: bot["metadata"]["name"]}}


def desired_replicas(bot: Manifest) -> int:
    capacity = bot["spec"].get("capacity", {})
    least = capacity.get("minReplicas", 1)
    most = max(capacity.get("maxReplicas", least), least)
    return min(max(capacity.get("replicas", least), least), most)


def deployment(bot: Manifest, configuration: str) -> Manifest:
    name = bot["metadata"]["name"]
    return _child("apps/v1", "Deployment", bot, spec={
        "replicas": desired_replicas(bot),
        "revisionHistoryLimit": 2,
        "minReadySeconds": KNOWN_TO_EDGES_SECONDS,
        "selector": _selector(bot),
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
        "template": {"metadata": {"labels": labels_of(name, "voice")}, "spec": _pod(bot, configuration)},
    })


def _pod(bot: Manifest, configuration: str) -> Manifest:
    spec = bot["spec"]
    common = {"labelSelector": _selector(bot), "matchLabelKeys": ["pod-template-hash"]}
    pod = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "shareProcessNamespace": True,
        "terminationGracePeriodSeconds": spec.get("drain", {}).get("deadlineSeconds", 0) + GRACE_BEYOND_DRAIN,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "topologySpreadConstraints": [
            {"maxSkew": 1, "topologyKey": ZONE, "whenUnsatisfiable": "DoNotSchedule", "nodeTaintsPolicy": "Honor", **common},
            {"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway", **common},
        ],
        "containers": [_voice(bot)],
        "volumes": [
            {"name": "tls", "secret": {"secretName": secret_name(bot), "defaultMode": 0o440}},
            {"name": "bot", "configMap": {"name": configuration, "defaultMode": 0o444}},
            {"name": "tmp", "emptyDir": {"medium": "Memory", "sizeLimit": "16Mi"}},
        ],
    }
    if spec.get("zones"):
        expression = {"key": ZONE, "operator": "In", "values": sorted(spec["zones"])}
        terms = {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}
        pod["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}
    return pod


def _voice(bot: Manifest) -> Manifest:
    calls = bot["spec"]["capacity"]["callsPerPod"]

    def field(path: str) -> Manifest:
        return {"fieldRef": {"apiVersion": "v1", "fieldPath": path}}

    return {
        "name": "voice",
        "image": "localhost/callbot-operator:dev",
        "imagePullPolicy": "IfNotPresent",
        "args": ["voice"],
        "env": [
            {"name": "CALLBOT_NAME", "value": bot["metadata"]["name"]},
            {"name": "CALLBOT_NAMESPACE", "valueFrom": field("metadata.namespace")},
            {"name": "POD_NAME", "valueFrom": field("metadata.name")},
            {"name": "POD_IP", "valueFrom": field("status.podIP")},
            {"name": "NODE_IP", "valueFrom": field("status.hostIP")},
            {"name": "CALLBOT_TLS_DIR", "value": TLS_DIRECTORY},
            {"name": "CALLBOT_PEERS", "value": PEERS},
            {"name": "CALLBOT_OBSERVERS", "value": f"callbot-operator.{HOME}.svc"},
            {"name": "CALLBOT_SPEECH_URL", "value": f"https://callbot-speech.{HOME}.svc:8443/v1"},
        ],
        "ports": [
            {"name": "sips", "containerPort": 5061, "protocol": "TCP"},
            {"name": "health", "containerPort": 8443, "protocol": "TCP"},
        ],
        "resources": {
            "requests": {"cpu": _milli(50 + 6 * calls), "memory": _mebi(160 + (calls + 1) // 2)},
            "limits": {"memory": _mebi(256 + 2 * calls)},
        },
        "readinessProbe": _probe("/readyz", 2, 2),
        "livenessProbe": _probe("/healthz", 5, 6),
        "startupProbe": _probe("/healthz", 1, 60),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "tls", "mountPath": TLS_DIRECTORY, "readOnly": True},
            {"name": "bot", "mountPath": "/etc/callbot/bot", "readOnly": True},
            {"name": "tmp", "mountPath": "/tmp"},
        ],
    }


def _milli(cores: int) -> str:
    return str(cores // 1000) if cores % 1000 == 0 else f"{cores}m"


def _mebi(size: int) -> str:
    return f"{size // 1024}Gi" if size % 1024 == 0 else f"{size}Mi"


def _probe(path: str, period: int, failures: int) -> Manifest:
    return {
        "httpGet": {"path": path, "port": "health", "scheme": "HTTPS"},
        "timeoutSeconds": 2,
        "periodSeconds": period,
        "failureThreshold": failures,
    }


def service(bot: Manifest) -> Manifest:
    return _child("v1", "Service", bot, spec={
        "type": "ClusterIP",
        "clusterIP": "None",
        "selector": {BOT: bot["metadata"]["name"]},
        "ports": [{"name": "sips", "port": 5061, "protocol": "TCP", "targetPort": "sips"}],
    })


def budget(bot: Manifest) -> Manifest:
    return _child("policy/v1", "PodDisruptionBudget", bot, spec={
        "maxUnavailable": 1,
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
        "selector": _selector(bot),
    })


# Pods are named apart: to some network plugins no range has pods in it. Left out is what leads to no other host.
ANYWHERE = [
    {"namespaceSelector": {}},
    {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "100.100.100.200/32", "168.63.129.16/32"]}},
    {"ipBlock": {"cidr": "::/0", "except": ["::/128", "fe80::/10", "ff00::/8", "fd00:ec2::254/128"]}},
]


def network_policy(bot: Manifest) -> Manifest:
    home = {"matchLabels": {"kubernetes.io/metadata.name": HOME}}
    callers = {"matchExpressions": [{"key": COMPONENT, "operator": "In", "values": ["edge", "operator"]}]}
    operator = {"matchLabels": {COMPONENT: "operator"}}

    def port(protocol: str, number: int) -> Manifest:
        return {"protocol": protocol, "port": number}

    return _child("networking.k8s.io/v1", "NetworkPolicy", bot, spec={
        "podSelector": _selector(bot),
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [
            {"from": [{"namespaceSelector": home, "podSelector": callers}], "ports": [port("TCP", 5061)]},
            {"from": [{"namespaceSelector": home, "podSelector": operator}], "ports": [port("TCP", 8443)]},
            {"ports": [{**port("UDP", 16384), "endPort": 16383 + 4 * bot["spec"]["capacity"]["callsPerPod"]}]},
        ],
        "egress": [
            {"to": [{"namespaceSelector": home}]},
            {"to": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}]},
            {"ports": [port("UDP", 53), port("TCP", 53)]},
            {"to": ANYWHERE, "ports": [{**port("UDP", 1024), "endPort": 65535}]},
        ],
    })


def secret(bot: Manifest, data: dict[str, str]) -> Manifest:
    return _child("v1", "Secret", bot, name=secret_name(bot), type="callbots.dev/sip-tls", data=data)


# The load has no RetentionPolicy, and without one nothing leaves a call.
POLICY_OF_NONE: Manifest = {"collect": [], "callMetadata": "NotKept"}


def configuration_of(spec: Manifest) -> Manifest:
    """What the pods of a bot are told, as bot.json, but for what their Integrations add."""
    told = {part: spec[part] for part in ("language", "tests", "speech", "llm", "turnTaking", "fallback", "media", "drain") if part in spec}
    told["capacity"] = {"callsPerPod": spec["capacity"]["callsPerPod"]}
    told["integrations"] = spec["integrationRefs"]
    told |= POLICY_OF_NONE
    if "inline" in spec["dialog"]:
        told["dialog"] = spec["dialog"]["inline"]
    return told


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(value: Any) -> str:
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:32]


def told_of(integration: Manifest) -> Manifest:
    """What pods are told of an Integration. Where its trunks lie is the edges' business."""
    told = {}
    if sip := integration.get("sip"):
        told["sip"] = {part: sip[part] for part in ("transferMethods", "handOver", "callerNumber", "userAgent") if part in sip}
        told["sip"]["media"] = sorted({trunk["srtp"] for trunk in sip["trunks"]})
    if http := integration.get("http"):
        told["http"] = http
    return told


def configuration_name(bot: Manifest, digests: dict[str, str]) -> str:
    """It says what is in it, so a pod that was made for one version can't be given another. `digests` are those of Integrations."""
    content = {"spec": bot["digest"], "policy": digest(POLICY_OF_NONE), **({"integrations": digest(sorted(digests.items()))} if digests else {})}
    return f"{bot['metadata']['name']}-{digest(content)[:10]}"


def configuration(bot: Manifest, name: str, content: Manifest) -> Manifest:
    manifest = _child("v1", "ConfigMap", bot, name=name, immutable=True, data={"bot.json": canonical(content)})
    manifest["metadata"]["labels"] = labels_of(bot["metadata"]["name"], "configuration")
    return manifest


def route(bot: Manifest, numbers: list[str], epoch: int) -> Manifest:
    metadata, spec = bot["metadata"], bot["spec"]
    content = {
        "callbot": {"namespace": metadata["namespace"], "name": metadata["name"], "uid": metadata["uid"]},
        "epoch": epoch,
        "numbers": sorted(numbers),
        "service": {"name": metadata["name"], "port": 5061, "transport": "TLS"},
        "zones": sorted(spec.get("zones", ())),
        "integrations": sorted(ref["name"] for ref in spec["integrationRefs"]),
        "media": {part: spec["media"][part] for part in ("sipTransport", "srtp")},
        "fallback": {
            "number": spec["fallback"]["number"],
            "integration": spec["fallback"]["integrationRef"]["name"],
            "causes": sorted(spec["fallback"]["causes"]),
        },
    }
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": route_name(metadata["namespace"], metadata["name"]),
            "namespace": HOME,
            "labels": labels_of(metadata["name"], "route"),
            "annotations": {NAMESPACE: metadata["namespace"], CALLBOT_UID: metadata["uid"], EPOCH: str(epoch)},
        },
        "data": {"route": json.dumps(content, sort_keys=True, separators=(",", ":"))},
    }


def route_name(namespace: str, bot: str) -> str:
    return f"route.{namespace}.{bot}"


def secret_name(bot: Manifest) -> str:
    return f"{bot['metadata']['name']}-sip-tls"


def dns_names(bot: Manifest) -> list[str]:
    name = f"{bot['metadata']['name']}.{bot['metadata']['namespace']}.svc"
    return [name, f"{name}.cluster.local"]
