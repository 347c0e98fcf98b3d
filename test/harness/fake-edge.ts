import { once } from 'node:events'
import { createServer } from 'node:https'
import type { RequestListener } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { operatorNamespace } from '../../hack/chart.ts'
import type { Manifest } from '../../src/kube/raw-object.ts'
import { resources } from '../../src/kube/resources.ts'
import { EDGE_STATE_PORT } from '../../src/operator/render/manifest.ts'
import { readRoutesPath } from '../../src/rules/edge-routes.ts'
import type { EdgeState } from '../../src/rules/edge-state.ts'
import type { PartState } from '../../src/rules/part-state.ts'
import type { TestApiServer } from './api-server.ts'

/** What an edge's agent reports to the operator, without a pod: the real server, the real certificate, no proxy. */
export interface FakeEdge {
  /** Whether it reports that it runs each route in its newest epoch. */
  runsRoutes: boolean
  /** Says from now on how the trunks of that Integration (`namespace/name`) are, which one is in use, and how often it probes them if that is limited. */
  says(integration: string, trunks: Record<string, PartState>, active?: string, probeSeconds?: number): void
  close(): void
}

/** `address`: one of this machine's own that nothing else uses, see loopback.ts. */
export async function startFakeEdge(api: TestApiServer, name: string, address: string): Promise<FakeEdge> {
  const state: EdgeState = { zone: 'zone-a', epoch: 0, trunks: [], active: [], drills: [], marked: [], drilled: [] }
  const secret = { namespace: operatorNamespace, name: 'callbot-edge-tls' }
  const answer = async (path: string) => {
    const bots = readRoutesPath(path)
    if (bots === undefined) return state
    return { routes: edge.runsRoutes ? await Promise.all(bots.map((bot) => publishedRoute(api, bot))) : [] }
  }
  const close = await serveState(api, secret, { address, port: EDGE_STATE_PORT }, answer)
  await makeEdgePod(api, name, { address })
  const edge: FakeEdge = {
    close,
    runsRoutes: true,
    says(integration, trunks, active, probeSeconds) {
      const since = new Date().toISOString()
      const others = <T extends { integration: string }>(list: T[]) =>
        list.filter((each) => each.integration !== integration)
      state.trunks = [
        ...others(state.trunks),
        ...Object.entries(trunks).map(([trunk, is]) => ({
          integration,
          trunk,
          ...{ state: is, since, calls: 0 },
          ...(probeSeconds !== undefined && { probeSeconds }),
        })),
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
export const serveState = (
  api: TestApiServer,
  secret: { namespace: string; name: string },
  at: { address: string; port: number },
  answer: (path: string) => object | Promise<object>,
): Promise<() => void> =>
  serveOperator(api, secret, at, ({ url }, response) => {
    void Promise.resolve(answer(url!)).then((told) => response.writeHead(200).end(JSON.stringify(told)))
  })

/** As an edge or a pod listens for the operator: over TLS, with the certificate of that Secret, for no other client. */
export async function serveOperator(
  api: TestApiServer,
  { namespace, name }: { namespace: string; name: string },
  { address, port }: { address: string; port: number },
  answer: RequestListener,
): Promise<() => void> {
  const secret = await api.kube.get(resources.secrets, namespace, name)
  const pem = (key: string) => Buffer.from((secret['data'] as Record<string, string>)[key]!, 'base64')
  const tls = { cert: pem('tls.crt'), key: pem('tls.key'), ca: pem('ca.crt'), requestCert: true }
  const server = createServer({ ...tls, rejectUnauthorized: true }, (request, response) => {
    const peer = (request.socket as TLSSocket).getPeerX509Certificate()?.subjectAltName ?? ''
    if (peer.includes(`callbot-operator.${operatorNamespace}.svc`)) answer(request, response)
    else response.writeHead(403).end()
  })
  server.listen(port, address)
  await once(server, 'listening')
  return () => {
    server.closeAllConnections()
    server.close()
  }
}

/** @param node that it runs on; absent: none, so that nothing is known of its zone but what it says itself */
export async function makeEdgePod(
  api: TestApiServer,
  name: string,
  { address: podIP, node }: { address: string; node?: string },
): Promise<void> {
  await api.kube.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: operatorNamespace, labels: { 'app.kubernetes.io/component': 'edge' } },
    spec: {
      containers: [{ name: 'agent', image: 'registry.test/callbot:1' }],
      ...(node !== undefined && { nodeName: node }),
    },
  } as Manifest)
  await api.kube.patchStatus(resources.pods, operatorNamespace, name, {
    phase: 'Running',
    podIP,
    podIPs: [{ ip: podIP }],
  })
}
