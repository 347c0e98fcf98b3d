import assert from 'node:assert/strict'
import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ClusterState } from '../../src/edge/agent.ts'
import { RELEASE_KEY } from '../../src/rules/secret-hosts.ts'
import { isAddress } from '../../src/edge/plan/trunk-tables.ts'
import { member } from '../../src/edge/report/proxy-answers.ts'
import { startEdgeRig, type EdgeRig } from '../harness/edge-rig.ts'
import { readSets, readTable } from '../harness/proxy-tables.ts'
import {
  published,
  someCallbot,
  someIntegration,
  wordsOf,
  type Manifest,
  type Words,
} from '../harness/tenant-objects.ts'
import { chance } from './mutate.ts'
import { oddSecrets } from './odd-secrets.ts'
import type { FuzzResult } from './sip.ts'

type Next = (below: number) => number

const NAMESPACES = ['a', 'in', `${'n'.repeat(62)}0`]
const SECRETS = ['us', 'them']
const TABLES = ['route', 'trunk', 'login', 'peer'] as const
/** Rows of each table that are read back of each world, beside their number. */
const SAMPLE = 8
/** Objects are drawn for so many worlds at a time. */
const AT_ONCE = 100
/** So many worlds are loaded by one process. Then it starts again, with the tables of the last one. */
const PER_PROCESS = 500
/** Characters that mean something to a table, a SIP message, a configuration or a terminal. */
const ODD = [
  ':',
  '\\',
  '\n',
  '\r',
  '\t',
  '\0',
  ';',
  ',',
  '=',
  '"',
  "'",
  '#',
  '@',
  '$',
  '{',
  ' ',
  '%',
  '\u00e9',
  '\u202e',
  '\u{1f4de}',
  '\u0661',
]

/**
 * Has a real proxy load worlds of tenants that the API accepts, one after the other, and reads back what it runs.
 * @param address of loopback
 * @throws Error with the seed and the number of the world, if a table is not loaded whole or is read otherwise than it was written
 */
export async function fuzzTables(o: {
  worlds: number
  seed: number
  address: string
  onProgress?: (done: number) => void
}): Promise<FuzzResult> {
  const outcomes: Record<string, number> = {
    'rows loaded': 0,
    'rows read back': 0,
    'objects applied': 0,
    'objects refused': 0,
  }
  const rig = await startEdgeRig({ address: o.address })
  let slowestMs = 0
  try {
    const draw = createWorlds(o.seed, outcomes)
    const next = chance(o.seed)
    for (let done = 0; done < o.worlds; done++) {
      const world = draw(done)
      const begun = performance.now()
      try {
        if (done % PER_PROCESS === PER_PROCESS - 1) await restart(rig)
        await publish(rig, world)
        await expectLoaded(rig, next, outcomes)
      } catch (cause) {
        throw new Error(`seed ${o.seed}, world ${done}: ${(cause as Error).message}`, { cause })
      }
      slowestMs = Math.max(slowestMs, performance.now() - begun)
      if (done % 10 === 0) o.onProgress?.(done)
    }
  } finally {
    await rig.stop()
  }
  return { messages: o.worlds, outcomes, slowestMs }
}

async function restart(rig: EdgeRig): Promise<void> {
  await rig.stopProxy()
  await rig.startProxy()
}

/** A machine that is busy may need more than one cycle, since the proxy has a limited time for each answer. */
async function publish(rig: EdgeRig, world: ClusterState): Promise<void> {
  for (let cycles = 0; cycles < 5; cycles++) {
    await rig.publish(world)
    assert.deepEqual(
      rig.refusedTables(),
      [],
      `${rig.proxies().length} processes run, tables were refused: ${rig.said().slice(-1_000)}`,
    )
    if (!rig.agent.isBehind()) return
  }
  assert.fail(`the proxy does not load its tables: ${rig.said().slice(-1_000)}`)
}

async function expectLoaded(rig: EdgeRig, next: Next, outcomes: Record<string, number>): Promise<void> {
  const stats = await rig.rpc.call('htable.stats')
  assert(stats.ok, 'the proxy does not answer')
  const counts = new Map(stats.values.map((each) => [String(member(each, 'name')), Number(member(each, 'all'))]))
  for (const table of TABLES) {
    const written = readTable(readFileSync(join(rig.folder, 'tables', table), 'utf8'))
    assert.equal(counts.get(table), written.size, `${table}: it runs another number of rows`)
    outcomes['rows loaded']! += written.size
    const rows = [...written]
    for (let left = Math.min(SAMPLE, rows.length); left > 0; left--) {
      const [key, value] = rows[next(rows.length)]!
      const answer = await rig.rpc.call('htable.get', table, key)
      assert(answer.ok, `${table}: ${JSON.stringify(key)} is missing`)
      assert.equal(member(member(answer.values[0], 'item'), 'value'), value, `${table}: ${JSON.stringify(key)}`)
      outcomes['rows read back']! += 1
    }
  }
  const sets = readSets(readFileSync(join(rig.folder, 'dispatcher.list'), 'utf8'))
  const pods = (await rig.proxy.pods()).map(({ uri }) => uri)
  assert.deepEqual(pods.sort(), [...sets.values()].flat().sort(), 'it runs other pods')
}

/** Of a seed always the same worlds, but for keys in Secrets. */
function createWorlds(seed: number, outcomes: Record<string, number>): (nth: number) => ClusterState {
  const words = harmless(wordsOf(seed), seed)
  const next = chance(seed ^ 0x5bd1e995)
  const secrets = oddSecrets()
  const objects = NAMESPACES.map((namespace) => {
    const pools = {
      words,
      hosts: [],
      secrets: SECRETS,
      numbers: numbersOf(seed),
      most: { trunks: 10, sources: 50, numbers: 100 },
    }
    return fc.uniqueArray(fc.oneof(someIntegration(namespace, pools), someCallbot(namespace, pools)), {
      maxLength: 12,
      selector: ({ kind, metadata }) => `${kind} ${metadata.name}`,
    })
  })
  let drawn: Manifest[][] = []
  return (nth) => {
    if (nth % AT_ONCE === 0)
      drawn = fc.sample(
        fc.tuple(...objects).map((all) => all.flat()),
        { numRuns: AT_ONCE, seed: seed + nth },
      )
    return seenOf(drawn[nth % AT_ONCE]!, nth)
  }

  function seenOf(manifests: readonly Manifest[], nth: number): ClusterState {
    const all = manifests
      .map((each) => (next(4) === 0 ? twisted(each, next) : each))
      .map((each) => published(each, nth + 1))
    outcomes['objects applied']! += all.filter((each) => each !== undefined).length
    outcomes['objects refused']! += all.filter((each) => each === undefined).length
    const trunks = all.flatMap((each) => each?.trunks ?? [])
    const routes = all.flatMap((each) => each?.route ?? [])
    const hosts = trunks.flatMap((group) => group.trunks.map(({ host }) => host))
    return {
      ...{
        routes,
        trunks,
        grants: [{ address: '0.0.0.0/0', namespaces: ['*'] }],
        egress: undefined,
        testCallers: [`127.9.9.${next(250)}`],
      },
      addresses: new Map(hosts.filter((host) => !isAddress(host)).map((host) => [host, `127.8.${next(250)}.1`])),
      secrets: new Map(
        NAMESPACES.flatMap((namespace) =>
          SECRETS.map((name) => {
            const secret = secrets[next(secrets.length)]!
            const released =
              'data' in secret
                ? { data: new Map([...secret.data, [RELEASE_KEY, hosts.slice(0, 99).join(',')]]) }
                : secret
            return [`${namespace}/${name}`, released] as const
          }),
        ),
      ),
      slices: routes.map(({ callbot: { namespace, name } }) => ({
        ...{ namespace, name: `${name}-1`, uid: 's', resourceVersion: '1', serviceKey: `${namespace}/${name}` },
        endpoints: Array.from({ length: next(4) }, () => ({
          // Of the family of the edge's own address: it reaches no other one, and leaves those pods out.
          address: `127.7.${next(250)}.${1 + next(250)}`,
          ...{ zone: `zone-${'ab'[next(2)]}`, ready: next(4) > 0, terminating: next(4) === 0 },
        })),
      })),
      zone: 'zone-a',
    }
  }
}

const numbersOf = (seed: number) =>
  fc.constantFrom(...new Set(fc.sample(fc.stringMatching(/^\+[1-9][0-9]{6,14}$/), { numRuns: 2_000, seed })))

/** Trunks are probed: their addresses lead nowhere. A socket of loopback reaches no network either. */
function harmless(words: Words, seed: number): Words {
  const names = fc.sample(words.host, { numRuns: 200, seed }).filter((host) => !isAddress(host))
  const addresses = names.map((_, nth) => (nth % 2 === 0 ? `127.6.${nth}.1` : `2001:DB8::${nth}`))
  return { ...words, host: fc.constantFrom(...names, ...addresses) }
}

/** With one odd character somewhere in one of its texts. */
function twisted(manifest: Manifest, next: Next): Manifest {
  const texts = textsIn(manifest.spec)
  if (texts.length === 0) return manifest
  const chosen = texts[next(texts.length)]!
  const copy = structuredClone(manifest)
  const parent = chosen.slice(0, -1).reduce((value, step) => value[step] as never, copy.spec as Record<string, unknown>)
  const last = chosen.at(-1)!
  const text = parent[last] as string
  const at = next(text.length + 1)
  parent[last] = text.slice(0, at) + ODD[next(ODD.length)]! + text.slice(at)
  return copy
}

/** The way to every text. */
function textsIn(value: unknown, path: string[] = []): string[][] {
  if (typeof value === 'string') return [path]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => textsIn(item, [...path, key]))
}
