import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { type CachedSlice } from '../../../src/edge/observe/endpoint-slices.ts'
import { endpointsByService } from '../../../src/edge/plan/endpoints-by-service.ts'
import { accept, newestEpoch, nothingAccepted } from '../../../src/edge/plan/epoch-guard.ts'
import { giveSets } from '../../../src/edge/plan/dispatcher-sets.ts'
import { planTables, type Endpoint } from '../../../src/edge/plan/route-tables.ts'
import { renderDispatcher, renderPeers, renderRoutes } from '../../../src/edge/render/route-tables.ts'
import { renderTrunks } from '../../../src/edge/render/trunk-tables.ts'
import { trunkFacts } from '../../harness/builders-trunks.ts'
import type { TlsProfile } from '../../../src/edge/plan/trunk-credentials.ts'
import { sparedNumbers } from '../../../src/edge/plan/spared-numbers.ts'
import { planTrunks } from '../../../src/edge/plan/trunk-tables.ts'
import { parseTrunks } from '../../../src/rules/trunks.ts'
import { certificateIn, renderTls, type CallerFiles } from '../../../src/edge/render/tls-profiles.ts'
import { routeKey, type Route } from '../../../src/rules/route.ts'
import { expectGolden } from '../../harness/golden.ts'

interface Given {
  zone: string
  routes: ({ bot: string; epoch: number; numbers: string[] } & Partial<Pick<Route, 'integrations' | 'answerSeconds' | 'media' | 'fallback'>>)[]
  /** Lists of `address zone [not-ready] [terminating]` by `namespace/service`. */
  pods?: Record<string, string[]>
  /** URIs that the proxy finds silent. */
  silent?: string[]
  tls?: { callers: CallerFiles }
  /** Groups of trunks as they are published, and the addresses of their hosts. */
  trunks?: object[]
  addresses?: Record<string, string>
}

const here = import.meta.dirname
const cases = readdirSync(here, { withFileTypes: true }).filter((entry) => entry.isDirectory())

describe('an edge writes exactly the tables on file', () => {
  for (const { name } of cases) {
    const given = parse(readFileSync(join(here, name, 'given.yaml'), 'utf8')) as Given
    for (const [file, text] of Object.entries(render(given))) {
      it(`${name}: ${file}`, () => {
        expectGolden(join(here, name, file), text)
      })
    }
  }
})

function render(given: Given): Record<string, string> {
  const { accepted } = accept(nothingAccepted<Route>(), given.routes.map(route), routeKey)
  const endpoints = endpointsByService(Object.entries(given.pods ?? {}).map(slice))
  const sets = giveSets([], accepted.items.keys(), 0)
  const tables = planTables(accepted.items.values(), { endpoints, sets, ownZone: given.zone })
  const groups = (given.trunks ?? []).map((group) => parseTrunks(JSON.stringify(group))!)
  const addresses = new Map(Object.entries(given.addresses ?? {}))
  const trunks = planTrunks(groups, trunkFacts({ addresses, mostLines: 16 }))
  return {
    'dispatcher.list': renderDispatcher(tables, new Set(given.silent)),
    'route.table': renderRoutes(tables, newestEpoch(accepted)),
    ...(given.trunks && { 'trunk.table': renderTrunks(trunks, sparedNumbers(accepted.items.values())) }),
    'peer.table': renderPeers(tables, ['10.0.0.9']),
    'tls.cfg': renderTls(
      {
        inside: '10.0.0.1:5071',
        insideFolder: '/etc/callbot/tls/inside',
        outside: certificateIn(given.tls === undefined ? '/etc/callbot/tls/inside' : '/run/callbot-edge/outside'),
        callers: given.tls?.callers,
        cipherSuites: 'AEAD',
      },
      trunks.trunks.flatMap(({ tls }) => (tls ? [filesOf(tls)] : [])),
    ),
  }
}

/** Where the agent would keep them. */
function filesOf({ id, serverName, ca }: TlsProfile) {
  return { id, serverName, identityFolder: undefined, ca: ca && '/ca.crt' }
}

function route({ bot, ...rest }: Given['routes'][number]): Route {
  const [namespace = '', name = ''] = bot.split('/')
  return {
    callbot: { namespace, name, uid: bot },
    service: { name, port: 5061, transport: 'TLS' },
    integrations: [],
    ...rest,
  }
}

function slice([serviceKey, pods]: [string, string[]]): CachedSlice {
  const endpoints = pods.map((text): Endpoint => {
    const [address = '', zone, ...marks] = text.split(' ')
    return { address, zone, ready: !marks.includes('not-ready'), terminating: marks.includes('terminating') }
  })
  return { namespace: '', name: serviceKey, uid: serviceKey, resourceVersion: '1', serviceKey, endpoints }
}
