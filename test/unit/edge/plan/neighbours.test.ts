import { expect } from 'chai'
import fc from 'fast-check'
import assert from 'node:assert/strict'
import { addressKey } from '../../../../src/edge/plan/address-claims.ts'
import { isWithin, readAddress, readCidr } from '../../../../src/lib/ip-address.ts'
import type { Grant } from '../../../../src/rules/address-grants.ts'
import { createAuthority } from '../../../harness/authority.ts'
import { renderedBy, type Rendered } from '../../../harness/edge-in-memory.ts'
import { extent } from '../../../harness/extent.ts'
import { readSets, readTable } from '../../../harness/proxy-tables.ts'
import { addressOf, RELEASED, seenOf, someGrants, someTenant, type Tenant } from '../../../harness/tenant-worlds.ts'

const WORLDS = extent('NEIGHBOUR_WORLDS', { short: 300, whole: 1_000 })
const NAMESPACES = ['acme', 'lilas', 'mechant', 'in']

const authority = createAuthority('carrier')
const secretOf = (name: string) => {
  const { cert, key } = authority.issue([name])
  const login = { username: name, password: `secret: ${name}` }
  return { 'tls.crt': cert, 'tls.key': key, 'ca.crt': authority.cert, ...login, 'callbots.hosts': RELEASED }
}
const SECRETS = [secretOf('one'), secretOf('two'), { ...secretOf('three'), 'tls.key': 'none', 'ca.crt': 'none' }]

/** Each tenant twice: what it applied first, and what it changed that to. */
const world = fc.record({
  grants: someGrants,
  tenants: fc
    .subarray(NAMESPACES, { minLength: 2 })
    .chain((names) =>
      fc.tuple(
        ...names.map((name) => fc.tuple(...[1, 2].map(() => someTenant(name, NAMESPACES.indexOf(name), SECRETS)))),
      ),
    ),
})

/** What tenants may take from each other, by who claimed it first: numbers, and addresses that nobody granted. */
interface Claimed {
  numbers: ReadonlySet<string>
  addresses: ReadonlySet<string>
}

function claimedTwice(all: readonly Tenant[], grants: readonly Grant[]): Claimed {
  const shared = (claims: readonly (readonly [string, string])[]) => {
    const by = Map.groupBy(claims, ([what]) => what)
    return new Set([...by].filter(([, each]) => new Set(each.map(([, who]) => who)).size > 1).map(([what]) => what))
  }
  const addresses = shared(
    all.flatMap(({ namespace, trunks }) => addressesOf(trunks).map((address) => [address, namespace] as const)),
  )
  return {
    numbers: shared(
      all.flatMap(({ namespace, routes }) =>
        routes.flatMap(({ numbers }) => numbers.map((number) => [number, namespace] as const)),
      ),
    ),
    addresses: new Set([...addresses].filter((address) => !grants.some((grant) => isGranted(grant, address)))),
  }
}

const addressesOf = (trunks: Tenant['trunks']) =>
  trunks.flatMap((group) => group.trunks.flatMap(({ host }) => addressKey(addressOf(host) ?? '') ?? []))

function isGranted({ address }: Grant, key: string): boolean {
  const range = readCidr(address)
  const octets = key.split('.').map(Number)
  return (range !== undefined && isWithin(octets, range)) || readAddress(address)?.join('.') === key
}

/** Of a value `a=1;b=2`. */
const readValue = (value: string) =>
  Object.fromEntries(value.split(';').map((each) => [each.split('=', 1)[0]!, each.slice(each.indexOf('=') + 1)]))

/** A trunk without what it shares with others. */
const withoutTimes = (value: string): Record<string, string> =>
  Object.fromEntries(Object.entries(readValue(value)).filter(([name]) => !['line', 'every', 'first'].includes(name)))

/** All that the edge does for one tenant, with its pods in place of set ids, and without lines and times of probes. */
function viewOf({ namespace }: Tenant, rendered: Rendered, withClaims: readonly string[], { numbers }: Claimed) {
  const [route, trunk, login, peer] = [rendered.route, rendered.trunk, rendered.login, rendered.peer].map(
    readTable,
  ) as [...Map<string, string>[]] as [
    Map<string, string>,
    Map<string, string>,
    Map<string, string>,
    Map<string, string>,
  ]
  const sets = readSets(rendered.dispatcher)
  const isOurs = (name: string | undefined) => name?.endsWith(`.${namespace}.svc`) ?? false
  const rows = [...route].filter(([key]) => !key.startsWith('@') && !numbers.has(key))
  const domains = [...trunk.keys()].filter((key) => key.endsWith(`.${namespace}.trunks`) && !withClaims.includes(key))
  const ids = domains.flatMap((domain) => readValue(trunk.get(domain)!)['order']!.split('/')).filter(Boolean)
  const trunks = ids.map((id) => {
    const rest = withoutTimes(trunk.get(id)!)
    const drilled = withoutTimes(trunk.get(`${id}~d`)!)
    const address = rest['hop']!.replace(/:\d+$/, '')
    const known = [trunk.get(`${rest['via']}:${rest['hop']}`), trunk.get(address)]
    const tls = rest['tls'] && {
      section: rendered.tls.split(/\n(?=#)/).filter((text) => text.includes(`server_id = ${rest['tls']}\n`)),
      profile: rendered.profiles.get(rest['tls']),
    }
    const secrets = [...login].filter(([key]) => key.startsWith(`${id}::`))
    return { id, rest, drilled, known, tls, secrets }
  })
  return {
    numbers: rows.flatMap(([key, value]) => {
      const { near, far, ...rest } = readValue(value)
      return /^\+/.test(key) && isOurs(rest['name'])
        ? [{ key, near: sets.get(near!), far: sets.get(far!), ...rest }]
        : []
    }),
    bots: rows.filter(([key]) => isOurs(key) || key.startsWith(`epoch:${namespace}/`)),
    groups: domains.map((domain) => ['', '~d', '::agent'].map((more) => trunk.get(domain + more))),
    trunks,
    sources: [...trunk].filter(([key]) => key.startsWith(`in:${namespace}/`)),
    pods: [...peer].flatMap(([hop, names]) =>
      names
        .split(',')
        .filter(isOurs)
        .map((name) => [hop, name]),
    ),
    unusable: rendered.unusable.filter(({ integration }) => {
      const [space, name] = integration.split('/')
      return space === namespace && !withClaims.includes(`${name}.${namespace}.trunks`)
    }),
  }
}

/** The rounds of probes pass exactly those. */
function expectNumbered({ trunk: text }: Rendered) {
  const trunk = readTable(text)
  for (const [count, prefix, rows] of [
    ['@count', '@', [...trunk.keys()].filter((key) => /^[0-9a-f]{32}$/.test(key))],
    ['@groups', '@g', [...trunk.keys()].filter((key) => key.endsWith('.trunks'))],
  ] as const) {
    const numbered = Array.from({ length: Number(trunk.get(count)) }, (_, index) => trunk.get(`${prefix}${index}`))
    expect(numbered.sort()).to.deep.equal([...rows].sort())
  }
}

/** Probed pods, and keys of rows. */
const everythingOf = (rendered: Rendered) => [
  ...[...readSets(rendered.dispatcher).values()].flat(),
  ...[rendered.route, rendered.trunk, rendered.login, rendered.peer].flatMap((text) =>
    [...readTable(text).keys()].filter((key) => !key.startsWith('@')),
  ),
]

describe('what an edge does for a tenant', () => {
  it('does not depend on its neighbours, but for set ids, lines, times of probes, and claims', async () => {
    let [rows, worlds] = [0, 0]
    await fc.assert(
      fc.asyncProperty(world, async ({ grants, tenants }) => {
        const claimed = claimedTwice(tenants.flat(), grants)
        const seen = (all: readonly Tenant[][]) =>
          [0, 1].map((step) =>
            seenOf(
              all.map((each) => each[step]!),
              grants,
            ),
          )
        const together = await renderedBy(seen(tenants))
        const alone = await Promise.all(tenants.map((tenant) => renderedBy(seen([tenant]))))
        for (const [nth, tenant] of tenants.entries()) {
          const withClaims = tenant.flatMap(({ trunks }) =>
            trunks.flatMap((group) =>
              addressesOf([group]).some((address) => claimed.addresses.has(address))
                ? [`${group.integration.name}.${group.integration.namespace}.trunks`]
                : [],
            ),
          )
          for (const step of [0, 1]) {
            const [here, there] = [together, alone[nth]!].map((each) =>
              viewOf(tenant[0]!, each[step]!, withClaims, claimed),
            )
            assert.deepEqual(here, there)
            rows += here!.numbers.length + here!.trunks.length
          }
        }
        for (const step of [0, 1]) {
          const known = new Set(alone.flatMap((each) => everythingOf(each[step]!)))
          expect(everythingOf(together[step]!).filter((key) => !known.has(key))).to.deep.equal([])
          if (claimed.addresses.size === 0) {
            const pods = new Set([...readSets(together[step]!.dispatcher).values()].flat())
            for (const each of alone)
              for (const pod of [...readSets(each[step]!.dispatcher).values()].flat()) expect(pods).to.include(pod)
          }
          expectNumbered(together[step]!)
        }
        worlds++
      }),
      { numRuns: WORLDS },
    )
    expect(worlds).to.equal(WORLDS)
    expect(rows, 'the worlds have something to compare').to.be.above(WORLDS)
  }).timeout(240_000)
})
