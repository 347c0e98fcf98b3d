/** What edges see of several tenants who meet at addresses, names, numbers and pods. */
import fc from 'fast-check'
import type { ClusterState } from '../../src/edge/agent.ts'
import type { CachedSlice } from '../../src/edge/observe/endpoint-slices.ts'
import type { SecretRead } from '../../src/edge/plan/secret-values.ts'
import { isAddress } from '../../src/edge/plan/trunk-tables.ts'
import type { Grant } from '../../src/rules/address-grants.ts'
import type { Route } from '../../src/rules/route.ts'
import type { TrunkGroup } from '../../src/rules/trunks.ts'
import { published, someCallbot, someIntegration, wordsOf, type Manifest, type Pools } from './tenant-objects.ts'

/** What one tenant applies, and the pods of its bots. */
export interface Tenant {
  namespace: string
  routes: Route[]
  trunks: TrunkGroup[]
  secrets: [string, SecretRead][]
  slices: CachedSlice[]
}

/** Texts of Secrets: those that work, and others. */
export type SecretTexts = readonly Readonly<Record<string, string>>[]

const SECRETS = ['us', 'them']
const HOSTS = [
  'sbc.example',
  'b.sbc.example',
  'SBC.example',
  'nowhere.example',
  '192.0.2.10',
  '2001:db8::10',
  '192.0.2.11',
]
/** All that a Secret of these worlds may be shown to. */
export const RELEASED = 'sbc.example, *.sbc.example, 192.0.2.10, 192.0.2.11, 2001:db8::10'
const ADDRESSES = new Map([
  ...[['sbc.example', '192.0.2.10'] as const, ['b.sbc.example', '192.0.2.12'] as const],
  ['SBC.example', '192.0.2.10'],
])
const ODD = wordsOf(1)
const often = (names: string[], others: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: others })
/** Tenants give the same names. */
const WORDS = { ...ODD, objectName: often(['a', 'trunk'], ODD.objectName), partName: often(['a', 'b'], ODD.partName) }
const PODS = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.1.1', 'fd00::1', 'fd00::2']

export const someGrants: fc.Arbitrary<Grant[]> = fc.subarray([
  { address: '192.0.2.10', namespaces: ['*'] },
  { address: '2001:db8::/32', namespaces: ['acme', 'lilas'] },
  { address: '192.0.2.8/29', namespaces: ['mechant'] },
  { address: 'sbc.example', namespaces: ['lilas'] },
])

const pods: fc.Arbitrary<CachedSlice['endpoints']> = fc.uniqueArray(
  fc.record({
    address: fc.constantFrom(...PODS),
    zone: fc.constantFrom('zone-a', 'zone-b', undefined),
    ready: fc.boolean(),
    terminating: fc.boolean(),
  }),
  { maxLength: 4, selector: ({ address }) => address },
)

/** A tenant that the API lets have all this. @param place distinguishes its numbers from those of others, most of the time */
export function someTenant(namespace: string, place: number, texts: SecretTexts): fc.Arbitrary<Tenant> {
  const pools: Pools = {
    ...{ words: WORDS, hosts: HOSTS, secrets: SECRETS, most: { trunks: 4, sources: 30, numbers: 4 } },
    numbers: fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: 100, max: 999 }).map((end) => `+3310000${place}${end}`) },
      { weight: 1, arbitrary: fc.constantFrom('+33100009999', '+33100009998') },
    ),
  }
  const objects = fc.uniqueArray(fc.oneof(someIntegration(namespace, pools), someCallbot(namespace, pools)), {
    maxLength: 5,
    selector: ({ kind, metadata }) => `${kind} ${metadata.name}`,
  })
  const secret: fc.Arbitrary<SecretRead | undefined> = fc.oneof(
    fc.constantFrom(...texts).map((data) => ({ data: new Map(Object.entries(data)) })),
    fc.constant({ because: 'it can not be read' }),
    fc.constant(undefined),
  )
  return fc
    .record({
      ...{ objects, secrets: fc.tuple(secret, secret), epoch: fc.constantFrom(5, 10, 20) },
      pods: fc.array(pods, { minLength: 5, maxLength: 5 }),
    })
    .map((drawn) => tenantOf(namespace, drawn))
}

interface Drawn {
  objects: Manifest[]
  secrets: (SecretRead | undefined)[]
  pods: CachedSlice['endpoints'][]
  epoch: number
}

function tenantOf(namespace: string, { objects, secrets, pods: endpoints, epoch }: Drawn): Tenant {
  const all = objects.map((each) => published(each, epoch) ?? {})
  const routes = all.flatMap(({ route }) => route ?? [])
  return {
    namespace,
    routes,
    trunks: all.flatMap(({ trunks }) => trunks ?? []),
    secrets: SECRETS.flatMap((name, index) =>
      secrets[index] ? [[`${namespace}/${name}`, secrets[index]] as const] : [],
    ).map(([key, value]): [string, SecretRead] => [key, value]),
    slices: routes.map(({ callbot: { name } }, index) => ({
      ...{ namespace, name: `${name}-1`, uid: 's', resourceVersion: '1', serviceKey: `${namespace}/${name}` },
      endpoints: endpoints[index % endpoints.length]!,
    })),
  }
}

/** By host name: what a name of these trunks leads to; an address leads to itself. */
export const addressOf = (host: string) => (isAddress(host) ? host : ADDRESSES.get(host))

/** What an edge sees of these tenants. */
export function seenOf(tenants: readonly Tenant[], grants: readonly Grant[]): ClusterState {
  const names = tenants.flatMap(({ trunks }) => trunks.flatMap((group) => group.trunks.map(({ host }) => host)))
  const granted = grants.map(({ address }) => address)
  const known = [...ADDRESSES].filter(([name]) => names.includes(name) || granted.includes(name))
  return {
    routes: tenants.flatMap(({ routes }) => routes),
    trunks: tenants.flatMap(({ trunks }) => trunks),
    addresses: new Map(known),
    secrets: new Map(tenants.flatMap(({ secrets }) => secrets)),
    grants,
    egress: undefined,
    slices: tenants.flatMap(({ slices }) => slices),
    testCallers: ['10.9.9.9'],
    zone: 'zone-a',
  }
}
