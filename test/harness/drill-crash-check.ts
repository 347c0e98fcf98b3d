import { expect } from 'chai'
import { createPublicKey } from 'node:crypto'
import { operatorNamespace } from '../../hack/chart.ts'
import type { FailoverDrillStatus } from '../../src/api/failover-drill.ts'
import type { IntegrationStatus } from '../../src/api/integration.ts'
import { FAILOVER_DRILLS, INTEGRATIONS } from '../../src/api/kinds.ts'
import type { Raw } from '../../src/kube/raw-object.ts'
import { resources } from '../../src/kube/resources.ts'
import { verifyChain, type Finding } from '../../src/rules/drill/chain.ts'
import { RECORD_COMPONENT, RECORD_FILE } from '../../src/rules/drill/record.ts'
import type { Mode } from '../../src/api/drill-run.ts'
import { CLIENT, type Stage } from './crash-stage.ts'
import { INTEGRATION, routeIsWell } from './drill-crash-world.ts'
import { brokenLaws } from './status-laws.ts'

/** See FAR_SCHEDULE. */
const FAR = /^20\d\d-01-01 03:30[+]00:00$/

export interface Drill {
  name: string
  /** Of the schedule, epoch milliseconds. */
  slot: number | undefined
}

/** A version of a drill that somebody could see. */
export interface Version {
  name: string
  uid: string
  resourceVersion: string
  state: string | undefined
  verdict: string | undefined
  finishedAt: string | undefined
  slot: string | undefined
}

/** What a drill must not change. */
export interface Snapshot {
  /** Routes and trunks, as edges read them. */
  published: Record<string, unknown>
  drillsStarted: number
  /** One that a point before it, which went wrong, left running. */
  deletedDrill: IntegrationStatus['deletedDrill']
}

/** @throws while a route is not Ready: no drill begins in such a world */
export async function snapshotOf(stage: Stage): Promise<Snapshot> {
  await routeIsWell(stage)
  const { drillsStarted = 0, nextDrill, deletedDrill } = await statusOf(stage)
  expect(nextDrill, 'the next drill of the far schedule').to.match(FAR)
  return { published: await publishedIn(stage), drillsStarted, deletedDrill }
}

const statusOf = async ({ api }: Stage) =>
  ((await api.kube.get(INTEGRATIONS, CLIENT, INTEGRATION)).status ?? {}) as IntegrationStatus

async function publishedIn({ api }: Stage): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {}
  const labelSelector = 'app.kubernetes.io/component in (route,trunks)'
  for await (const raw of api.kube.list(resources.configMaps, { namespace: operatorNamespace, labelSelector }))
    found[raw.metadata.name] = raw['data']
  return found
}

export interface Expected {
  drill: Drill
  before: Snapshot
  verdict: string
  /** Of all drills that there ever were. */
  versions: readonly Version[]
  mode: Mode
}

/** The laws of a drill that has ended. @throws at the first that is broken */
export async function checkWorldOfDrill(
  stage: Stage,
  { drill, before, verdict, versions, mode }: Expected,
): Promise<void> {
  const raw = await stage.api.kube.get(FAILOVER_DRILLS, CLIENT, drill.name)
  const own = versions.filter(({ name }) => name === drill.name)
  expect(new Set(own.map(({ uid }) => uid)).size, 'drills of that name').to.equal(1)
  const results = own.filter((each) => each.verdict !== undefined)
  const told = new Set(results.map((each) => `${each.verdict} ${each.finishedAt}`))
  expect([...told], 'results that there ever were').to.have.length(1)
  const { because } = raw.status as FailoverDrillStatus
  expect(results.at(-1)!.verdict, `the verdict (${because})`).to.equal(verdict)
  expect(brokenLaws(raw), 'broken laws of the drill').to.deep.equal([])
  const integration = await stage.api.kube.get(INTEGRATIONS, CLIENT, INTEGRATION)
  for (const each of [raw, integration]) expect(each.metadata.finalizers ?? [], 'finalizers').to.deep.equal([])
  await routeIsWell(stage)
  expect(await publishedIn(stage), 'routes and trunks of edges').to.deep.equal(before.published)
  await checkRecords(stage, raw, integration)
  const { lastDrill, runningDrill, deletedDrill } = (integration.status ?? {}) as IntegrationStatus
  expect({ runningDrill, deletedDrill }, 'nobody deleted it').to.deep.equal({
    ...{ runningDrill: undefined, deletedDrill: before.deletedDrill },
  })
  const shown = mode === 'DryRun' ? `${verdict}/DryRun` : verdict
  expect(lastDrill && `${lastDrill.name} ${lastDrill.verdict}`, 'the last drill').to.equal(`${drill.name} ${shown}`)
  if (drill.slot === undefined)
    expect(integration.status, 'the schedule').to.have.property('nextDrill').that.matches(FAR)
  else checkSlot(integration, drill.slot, before, versions)
}

/** More than any drill that this one could have disturbed; a thousand signatures would take their time at each look. */
const NEWEST = 10

/** Every drill that began has one record, the newest is the one that the Integration names, and none before it is missing. */
async function checkRecords({ api }: Stage, drill: Raw, integration: Raw): Promise<void> {
  const { verdict, evidence } = drill.status as FailoverDrillStatus
  if (verdict === 'Skipped') return
  expect(evidence, 'the record of the drill').to.not.equal(undefined)
  const data = async (namespace: string, component: string, file: string) => {
    const found: { name: string; text: string }[] = []
    const labelSelector = `app.kubernetes.io/component=${component}`
    for await (const raw of api.kube.list(resources.configMaps, { namespace, labelSelector }))
      found.push({ name: raw.metadata.name, text: (raw['data'] as Record<string, string>)[file]! })
    return found.sort((one, other) => (one.name < other.name ? -1 : 1))
  }
  const records = await data(CLIENT, RECORD_COMPONENT, RECORD_FILE)
  const keys = (await data(operatorNamespace, 'evidence', 'public.pem')).map(({ text }) => createPublicKey(text))
  const { evidence: head } = integration.status as IntegrationStatus
  expect(head, 'the head of the records').to.deep.equal({ records: evidence!.sequence, headDigest: evidence!.digest })
  expect(records.at(-1)!.name, 'the newest record').to.equal(evidence!.configMap)
  const texts = records.slice(-NEWEST).map(({ text }) => text)
  const isOfLookingAtTheNewest = ({ position, fault }: Finding) =>
    records.length > NEWEST && position === 1 && fault === 'Missing'
  const faults = verifyChain(texts, keys, head).filter((fault) => !isOfLookingAtTheNewest(fault))
  expect(faults, 'faults of the records').to.deep.equal([])
}

const DAY = 86_400_000

/** The slot was run once and is decided, none was missed, and the next is planned: the day after, at the same time. */
function checkSlot(integration: Raw, slot: number, before: Snapshot, versions: readonly Version[]): void {
  const text = (at: number) => new Date(at).toISOString().replace('.000Z', 'Z')
  const ofSlot = versions.filter((each) => each.slot === text(slot)).map(({ uid }) => uid)
  expect(new Set(ofSlot).size, 'drills of the slot').to.equal(1)
  const { nextDrill, lastScheduledSlot, drillsStarted, missedSlots } = integration.status as IntegrationStatus
  const shownNext = text(slot + DAY)
    .slice(0, 16)
    .replace('T', ' ')
  expect({ nextDrill, lastScheduledSlot, drillsStarted, missedSlots }, 'the schedule').to.deep.equal({
    ...{ nextDrill: `${shownNext}+00:00`, lastScheduledSlot: text(slot) },
    ...{ drillsStarted: before.drillsStarted + 1, missedSlots: 0 },
  })
}
