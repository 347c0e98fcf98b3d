"""Writes to the API server, over the one session that the framework uses too."""

import json
from typing import Any

import aiohttp

import render

PATHS = {
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments/{}",
    "Service": "/api/v1/namespaces/{}/services/{}",
    "Secret": "/api/v1/namespaces/{}/secrets/{}",
    "ConfigMap": "/api/v1/namespaces/{}/configmaps/{}",
    "PodDisruptionBudget": "/apis/policy/v1/namespaces/{}/poddisruptionbudgets/{}",
    "NetworkPolicy": "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies/{}",
    "Callbot": "/apis/callbots.dev/v1alpha1/namespaces/{}/callbots/{}",
}
APPLY = {"fieldManager": render.MANAGER, "force": "true"}
# The answer to a write need only tell the resourceVersion.
BRIEF = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"


class Conflict(RuntimeError):
    """The object is there already, or is not as it was."""


class Api:
    def __init__(self, server: str, session: aiohttp.ClientSession) -> None:
        self.server = server
        self.session = session

    async def apply(self, manifest: dict[str, Any]) -> int:
        """Server-side apply. Returns the new resourceVersion."""
        metadata = manifest["metadata"]
        path = PATHS[manifest["kind"]].format(metadata["namespace"], metadata["name"])
        answer = await self._send("PATCH", path, manifest, "application/apply-patch+yaml", APPLY)
        return int(answer["metadata"]["resourceVersion"])

    async def replace(self, manifest: dict[str, Any]) -> None:
        """Never reads or patches: the right to patch Secrets would be the right to read them all."""
        metadata, kind = manifest["metadata"], manifest["kind"]
        path = PATHS[kind].format(metadata["namespace"], "").rstrip("/")
        for last_try in (False, True):
            try:
                await self._send("POST", path, manifest, "application/json", {"fieldManager": render.MANAGER})
                return
            except Conflict:
                if last_try:
                    raise
                await self.delete(kind, metadata["namespace"], metadata["name"])

    async def patch_status(self, namespace: str, name: str, status: dict[str, Any]) -> int:
        path = PATHS["Callbot"].format(namespace, name) + "/status"
        query = {"fieldManager": render.MANAGER}
        answer = await self._send("PATCH", path, {"status": status}, "application/merge-patch+json", query)
        return int(answer["metadata"]["resourceVersion"])

    async def delete(self, kind: str, namespace: str, name: str) -> None:
        async with self.session.delete(self.server + PATHS[kind].format(namespace, name)) as response:
            if response.status != 404:
                response.raise_for_status()

    async def get(self, kind: str, namespace: str, name: str) -> dict[str, Any] | None:
        async with self.session.get(self.server + PATHS[kind].format(namespace, name)) as response:
            if response.status == 404:
                return None
            response.raise_for_status()
            return await response.json()

    async def _send(self, method: str, path: str, body: Any, content_type: str, query: dict[str, str]) -> Any:
        headers = {"Content-Type": content_type, "Accept": BRIEF}
        data = json.dumps(body).encode()
        async with self.session.request(method, self.server + path, data=data, headers=headers, params=query) as response:
            text = await response.read()
            if response.status >= 400:
                error = Conflict if response.status == 409 else RuntimeError
                raise error(f"{method} {path}: {response.status} {text.decode()}")
            return json.loads(text)
