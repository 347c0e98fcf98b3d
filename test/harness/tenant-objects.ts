/** Objects that tenants could apply, odd and at the limits of the API, and what the operator publishes of them for the edges. */
import fc from 'fast-check'
import type { CallbotSpec } from '../../src/api/callbot.ts'
import type { IntegrationSpec } from '../../src/api/integration.ts'
import { parseObject } from '../../src/api/parse.ts'
import { renderRoute } from '../../src/operator/render/edge-route.ts'
import { declaredTrunks, renderTrunks } from '../../src/operator/render/edge-trunks.ts'
import { parseRoute, type Route } from '../../src/rules/route.ts'
import { parseTrunks, type TrunkGroup } from '../../src/rules/trunks.ts'
import { aBot } from './builders.ts'
import { anIntegration } from './integration-worlds.ts'

/** What is drawn again and again, so that tenants meet: at an address, by a name, for a number. */
export interface Pools {
  words: Words
  hosts: readonly string[]
  /** Of Secrets. */
  secrets: readonly string[]
  numbers: fc.Arbitrary<string>
  /** How many trunks, sources and numbers at most. */
  most: { trunks: number; sources: number; numbers: number }
}

/** An object as a person writes it. */
export interface Manifest {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace: string }
  spec: object
}

const API = { apiVersion: 'callbots.dev/v1alpha1' }
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })

/**
 * Names, hosts, texts and addresses as the API takes them, and a few that it may not. They are drawn once, since drawing texts takes most
 * of the time of a world.
 */
export interface Words {
  partName: fc.Arbitrary<string>
  objectName: fc.Arbitrary<string>
  userAgent: fc.Arbitrary<string>
  realm: fc.Arbitrary<string>
  host: fc.Arbitrary<string>
  source: fc.Arbitrary<string>
  extension: fc.Arbitrary<string>
  countryCode: fc.Arbitrary<string>
  prefix: fc.Arbitrary<string>
}

export function wordsOf(seed: number): Words {
  const drawn = (count: number, ...arbitraries: fc.Arbitrary<string>[]) =>
    fc.constantFrom(...new Set(arbitraries.flatMap((each) => fc.sample(each, { numRuns: count, seed }))))
  const letters = (pattern: RegExp) => fc.stringMatching(pattern)
  const ipV6 = fc.ipV6().filter((address) => !address.includes('.'))
  const range = (address: fc.Arbitrary<string>, bits: number) =>
    fc.tuple(address, fc.nat(bits)).map((pair) => pair.join('/'))
  return {
    partName: drawn(
      40,
      fc.constantFrom('a', 'main', '0', '1-1', `${'x'.repeat(62)}0`),
      letters(/^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$/),
    ),
    objectName: drawn(
      40,
      fc.constantFrom('a', 'trunk', 'in', `${'y'.repeat(39)}z`),
      letters(/^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/),
    ),
    userAgent: drawn(40, letters(/^[ !#-[\]-~]{1,64}$/)),
    realm: drawn(40, letters(/^[ !#-[\]-~]{1,128}$/)),
    host: drawn(
      60,
      fc.ipV4(),
      ipV6,
      letters(/^[A-Za-z0-9]([A-Za-z0-9.-]{0,60}[A-Za-z0-9])?$/),
      fc.constantFrom('h'.repeat(253), '::1', ':::', '0'),
    ),
    source: drawn(
      400,
      range(fc.ipV4(), 32),
      range(ipV6, 128),
      fc.constantFrom('0.0.0.0/0', '::/0', '::1/128', '1::2::3/64'),
    ),
    extension: drawn(40, letters(/^[0-9]{2,8}$/), letters(/^\+[1-9][0-9]{6,14}$/)),
    countryCode: drawn(20, letters(/^[1-9][0-9]{0,2}$/)),
    prefix: drawn(20, letters(/^[0-9]{0,3}$/)),
  }
}

const without = <T extends object>(object: T) =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T

function trunk({ words, hosts, secrets, most }: Pools) {
  const secret = fc.constantFrom(...secrets)
  const host =
    hosts.length === 0 ? words.host : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...hosts) }, words.host)
  const tls = fc.record({
    identitySecretRef: maybe(fc.record({ name: secret })),
    caSecretRef: maybe(fc.record({ name: secret })),
    serverName: maybe(host),
  })
  return fc
    .record({
      name: words.partName,
      host,
      port: maybe(fc.oneof(fc.constantFrom(5060, 5061), fc.integer({ min: 1, max: 65_535 }))),
      transport: fc.constantFrom('TLS', 'TCP', 'UDP'),
      tls: maybe(tls.map(without)),
      digest: maybe(
        fc
          .record({
            secretRef: fc.record({ name: secret }),
            realm: maybe(words.realm),
            algorithms: fc.constantFrom('SHA256', 'SHA256OrMD5'),
          })
          .map(without),
      ),
      srtp: fc.constantFrom('Required', 'Preferred', 'Disabled'),
      numbers: maybe(
        fc
          .record({
            international: fc.constantFrom('Plus', 'DoubleZero', 'Digits'),
            national: maybe(fc.record({ countryCode: words.countryCode, prefix: words.prefix })),
          })
          .map(without),
      ),
      capacity: maybe(
        fc.record({
          maxCalls: fc.integer({ min: 1, max: 100_000 }),
          callsPerSecond: fc.integer({ min: 1, max: 10_000 }),
        }),
      ),
      sources: maybe(fc.uniqueArray(words.source, { minLength: 1, maxLength: most.sources })),
    })
    .map(({ host: address, port, sources, tls: ours, ...rest }) => ({
      ...without(rest),
      address: without({ host: address, port }),
      srtp: rest.transport === 'TLS' || rest.srtp !== 'Required' ? rest.srtp : 'Preferred',
      ...(ours && rest.transport === 'TLS' && { tls: ours }),
      ...(sources && { inbound: { sources } }),
    }))
}

const failover = fc.record({
  onStatusCodes: fc.uniqueArray(
    fc.integer({ min: 400, max: 699 }).filter((code) => ![404, 486, 603].includes(code)),
    { maxLength: 50 },
  ),
  perTryMilliseconds: fc.integer({ min: 100, max: 10_000 }),
  failback: fc.record({ mode: fc.constantFrom('Automatic', 'Manual'), holdSeconds: fc.nat(86_400) }),
})
const probe = fc.record({
  intervalSeconds: fc.integer({ min: 1, max: 300 }),
  timeoutMilliseconds: fc.integer({ min: 100, max: 10_000 }),
  downAfter: fc.integer({ min: 1, max: 20 }),
  upAfter: fc.integer({ min: 1, max: 20 }),
})

/** Integrations with a telephone system. */
export function someIntegration(namespace: string, pools: Pools): fc.Arbitrary<Manifest> {
  const trunks = fc.uniqueArray(trunk(pools), {
    minLength: 1,
    maxLength: pools.most.trunks,
    selector: (one) => one.name,
  })
  const sip = fc.record({
    trunks: trunks.map((all) => all.map((one, index) => ({ ...one, role: index === 0 ? 'Primary' : 'Backup' }))),
    ...{ probe: maybe(probe), failover: maybe(failover) },
    callerNumber: fc.constantFrom('Caller', 'Bot', 'Withheld'),
    userAgent: maybe(pools.words.userAgent),
  })
  return fc.record({ name: pools.words.objectName, sip }).map(({ name, sip: spec }) => {
    return { ...API, kind: 'Integration', metadata: { name, namespace }, spec: { sip: without(spec) } }
  })
}

/** Callbots that name those Integrations, or others. */
export function someCallbot(namespace: string, { words, numbers, most }: Pools): fc.Arbitrary<Manifest> {
  return fc
    .record({
      name: words.objectName,
      numbers: fc.uniqueArray(numbers, { minLength: 1, maxLength: most.numbers }),
      refs: fc.uniqueArray(words.objectName, { minLength: 1, maxLength: 20 }),
      number: words.extension,
      causes: fc.uniqueArray(fc.constantFrom('NoCapacity', 'BotFailure', 'Silence', 'CallerWish'), { minLength: 1 }),
      media: fc.constantFrom(
        ...(['Required', 'Preferred', 'Disabled'] as const).map((srtp) => ({ sipTransport: 'TLS', srtp })),
        { sipTransport: 'Any', srtp: 'Preferred' },
        { sipTransport: 'TLSOrTCP', srtp: 'Disabled' },
      ),
    })
    .map(({ name, numbers: own, refs, number, causes, media }) => ({
      ...{ ...API, kind: 'Callbot', metadata: { name, namespace } },
      spec: {
        numbers: own.filter((each) => each !== number),
        language: 'fr-FR',
        dialog: { inline: { steps: [{ name: 'end', hangUp: {} }] } },
        integrationRefs: refs.map((ref) => ({ name: ref })),
        fallback: { number, integrationRef: { name: refs[0]! }, causes },
        media,
      },
    }))
}

/** What edges get of an object; undefined: the API refuses it. @throws Error if the API takes what no edge can read */
export function published(manifest: Manifest, epoch: number): { route?: Route; trunks?: TrunkGroup } | undefined {
  const parsed = parseObject(manifest)
  if (!('value' in parsed)) return undefined
  const { metadata, kind } = manifest
  const uid = `uid-${metadata.name}`
  if (kind === 'Callbot') {
    const spec = parsed.value['spec'] as CallbotSpec
    const bot = aBot({ ...metadata, uid, spec })
    const { data } = renderRoute(bot, { operatorNamespace: 'callbot-system' } as never, spec.numbers, epoch)
    return { route: readable(parseRoute(data!['route']!), data) }
  }
  const spec = parsed.value['spec'] as IntegrationSpec
  if (spec.sip === undefined) return {}
  const facts = anIntegration(spec, { ...metadata, uid })
  const { data } = renderTrunks(facts, declaredTrunks(spec.sip), 'callbot-system', { epoch, since: {}, held: {} })
  return { trunks: readable(parseTrunks(data!['trunks']!), data) }
}

function readable<T>(value: T | undefined, data: unknown): T {
  if (value === undefined)
    throw new Error(`the API takes what no edge can read: ${JSON.stringify(data).slice(0, 3_000)}`)
  return value
}
