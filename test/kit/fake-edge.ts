import { once } from 'node:events'
import { createServer } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { operatorNamespace } from '../../hack/chart.ts'
import type { Manifest } from '../../src/kube/raw-object.ts'
import { resources } from '../../src/kube/resources.ts'
import { EDGE_STATE_PORT } from '../../src/operator/render/manifest.ts'
import { readRoutesPath } from '../../src/rules/edge-routes.ts'
import type { EdgeState, PartState } from '../../src/rules/edge-state.ts'
import type { TestApiServer } from './api-server.ts'

/** What an edge's agent tells the operator, from a pod that is none: the real server, the real certificate, no proxy. */
export interface FakeEdge {
  /** Whether it tells the operator that it runs each route in its newest epoch. */
  runsRoutes: boolean
  /** Says from now on how the trunks of that Integration (`namespace/name`) are, and which one is in use. */
  says(integration: string, trunks: Record<string, PartState>, active?: string): void
  close(): void
}

/** `address`: one of this machine's own that nothing else uses, such as 127.0.77.1. */
export async function startFakeEdge(api: TestApiServer, name: string, address: string): Promise<FakeEdge> {
  const state: EdgeState = { zone: 'zone-a', epoch: 0, trunks: [], active: [], drills: [], marked: [] }
  const secret = { namespace: operatorNamespace, name: 'callbot-edge-tls' }
  const answer = async (path: string) => {
    const bots = readRoutesPath(path)
    if (bots === undefined) return state
    return { routes: edge.runsRoutes ? await Promise.all(bots.map((bot) => publishedRoute(api, bot))) : [] }
  }
  const close = await serveState(api, secret, { address, port: EDGE_STATE_PORT }, answer)
  await makePod(api, name, address)
  const edge: FakeEdge = {
    close,
    runsRoutes: true,
    says(integration, trunks, active) {
      const since = new Date().toISOString()
      const others = <T extends { integration: string }>(list: T[]) =>
        list.filter((each) => each.integration !== integration)
      state.trunks = [
        ...others(state.trunks),
        ...Object.entries(trunks).map(([trunk, is]) => ({ integration, trunk, state: is, since, calls: 0 })),
      ]
      state.active = [...others(state.active), ...(active === undefined ? [] : [{ integration, trunk: active, since }])]
    },
  }
  return edge
}

async function publishedRoute(api: TestApiServer, bot: string) {
  const { metadata } = await api.kube.get(resources.configMaps, operatorNamespace, `route.${bot.replace('/', '.')}`)
  return { bot, epoch: Number(metadata.annotations?.['callbots.dev/epoch']) }
}

/** Serves `/state` and what else there is an answer for to the operator alone, with the certificate of that Secret. Resolves with what ends it. */
export async function serveState(
  api: TestApiServer,
  { namespace, name }: { namespace: string; name: string },
  { address, port }: { address: string; port: number },
  answer: (path: string) => object | Promise<object>,
): Promise<() => void> {
  const secret = await api.kube.get(resources.secrets, namespace, name)
  const pem = (key: string) => Buffer.from((secret['data'] as Record<string, string>)[key]!, 'base64')
  const tls = { cert: pem('tls.crt'), key: pem('tls.key'), ca: pem('ca.crt'), requestCert: true }
  const server = createServer({ ...tls, rejectUnauthorized: true }, (request, response) => {
    const peer = (request.socket as TLSSocket).getPeerX509Certificate()?.subjectAltName ?? ''
    const mayAsk = peer.includes(`callbot-operator.${operatorNamespace}.svc`)
    void Promise.resolve(answer(request.url!)).then((told) =>
      response.writeHead(mayAsk ? 200 : 403).end(JSON.stringify(told)),
    )
  })
  server.listen(port, address)
  await once(server, 'listening')
  return () => {
    server.closeAllConnections()
    server.close()
  }
}

async function makePod(api: TestApiServer, name: string, podIP: string): Promise<void> {
  await api.kube.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: operatorNamespace, labels: { 'app.kubernetes.io/component': 'edge' } },
    spec: { containers: [{ name: 'agent', image: 'registry.test/callbot:1' }] },
  } as Manifest)
  await api.kube.patchStatus(resources.pods, operatorNamespace, name, {
    phase: 'Running',
    podIP,
    podIPs: [{ ip: podIP }],
  })
}
