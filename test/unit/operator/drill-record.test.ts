import { expect } from 'chai'
import { generateKeyPairSync } from 'node:crypto'
import type { FailoverDrillStatus } from '../../../src/api/failover-drill.ts'
import { FAILOVER_DRILLS, INTEGRATIONS } from '../../../src/api/kinds.ts'
import type { Kube } from '../../../src/kube/client.ts'
import { ApiError } from '../../../src/kube/errors.ts'
import type { Manifest, Raw } from '../../../src/kube/raw-object.ts'
import type { Resource } from '../../../src/kube/resources.ts'
import { applyFailoverDrill } from '../../../src/operator/apply/drill-record.ts'
import { planFailoverDrill } from '../../../src/operator/plan/failover-drill.ts'
import { planIntegration } from '../../../src/operator/plan/integration.ts'
import { reportFailoverDrill } from '../../../src/operator/report/failover-drill.ts'
import { reportIntegration } from '../../../src/operator/report/integration.ts'
import type { FailoverDrillFacts } from '../../../src/operator/world/drills.ts'
import { verifyChain } from '../../../src/rules/drill/chain.ts'
import { RECORD_FILE } from '../../../src/rules/drill/record.ts'
import {
  aDrill,
  aDrillWorld,
  anIntegration,
  anIntegrationSpec,
  anIntegrationWorld,
  someSurroundings,
} from '../../harness/integration-worlds.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const { namespace, name, uid } = anIntegration()
const ended = (verdict: FailoverDrillStatus['verdict'] = 'Passed'): FailoverDrillStatus =>
  ({ verdict, because: 'it ended', startedAt: '2026-11-30T05:30:00Z', finishedAt: '2026-11-30T05:31:00Z' }) as never

/** An API server with the ConfigMaps and drills of one Integration. */
class Server {
  configMaps = new Map<string, Manifest & { data: Record<string, string> }>()
  drills = new Map<string, FailoverDrillFacts>()
  head: object | undefined
  kube = {
    list: (resource: Resource) => this.list(resource),
    create: (manifest: Manifest) => this.create(manifest as never),
    remove: async (_: Resource, __: string, gone: string) => void this.configMaps.delete(gone),
  } as unknown as Kube

  async *list(resource: Resource): AsyncGenerator<Raw> {
    if (resource === INTEGRATIONS)
      yield { metadata: { namespace, name, uid }, status: { evidence: this.head } } as never
    if (resource !== FAILOVER_DRILLS) return
    for (const drill of this.drills.values())
      yield { metadata: {}, spec: { integrationRef: { name: drill.integration } }, status: drill.status } as never
  }

  async create(manifest: Manifest & { data: Record<string, string> }): Promise<Raw> {
    const known = manifest.metadata.name
    if (this.configMaps.has(known)) throw new ApiError({ status: 409, reason: 'AlreadyExists', message: 'it is there' })
    this.configMaps.set(known, manifest)
    return manifest as never
  }

  /** A cycle of the operator for one drill. @param isKilled before its status is written */
  async cycle(drill: string, isKilled = false): Promise<void> {
    const facts = this.drills.get(drill)!
    const world = aDrillWorld({ drill: facts, integration: anIntegration() })
    const outcome = await applyFailoverDrill(
      { kube: this.kube, evidenceKey: () => privateKey },
      world,
      planFailoverDrill(world),
    )
    expect(outcome.failures).to.deep.equal([])
    const status = reportFailoverDrill(world, facts, outcome)
    if (status !== undefined && !isKilled) this.drills.set(drill, { ...facts, status })
  }

  end(drill: string, status = ended()): void {
    this.drills.set(drill, aDrill({ name: drill, uid: `uid-${drill}`, status }))
  }

  envelopes = () => [...this.configMaps.values()].map(({ data }) => data[RECORD_FILE]!)
  evidence = (drill: string) => this.drills.get(drill)!.status!.evidence
}

/** After so many drills of one name, each of which has ended. */
async function withRecords(count: number): Promise<Server> {
  const server = new Server()
  for (let at = 1; at <= count; at++) {
    server.end('drill')
    server.drills.set('drill', { ...server.drills.get('drill')!, uid: `uid-${at}` })
    await server.cycle('drill')
    const { sequence, digest } = server.evidence('drill')!
    server.head = { records: sequence, headDigest: digest }
  }
  return server
}

describe('the record of a drill that has ended', () => {
  it('is an immutable ConfigMap in the namespace of the client, which the status of the drill names', async () => {
    const server = new Server()
    server.end('one')
    await server.cycle('one')
    const { sequence, configMap, digest, previousDigest } = server.evidence('one')!
    expect({ sequence, previousDigest }).to.deep.equal({ sequence: 1, previousDigest: undefined })
    expect(server.configMaps.get(configMap)).to.deep.include({ immutable: true })
    expect(verifyChain(server.envelopes(), [publicKey], { records: 1, headDigest: digest })).to.deep.equal([])
  })

  it('is written once: a drill that has one is left alone', async () => {
    const server = new Server()
    server.end('one')
    await server.cycle('one')
    const before = server.envelopes()
    await server.cycle('one')
    expect(server.envelopes()).to.deep.equal(before)
  })

  it('follows the one before, whether a drill or only the Integration still has that one', async () => {
    const server = new Server()
    for (const drill of ['one', 'two']) {
      server.end(drill)
      await server.cycle(drill)
    }
    const { sequence, digest } = server.evidence('two')!
    server.head = { records: sequence, headDigest: digest }
    server.drills.clear()
    server.end('three')
    await server.cycle('three')
    expect(server.evidence('three')!.sequence).to.equal(3)
    const head = { records: 3, headDigest: server.evidence('three')!.digest }
    expect(verifyChain(server.envelopes(), [publicKey], head)).to.deep.equal([])
  })

  it('gets the number of one that was never finished, whose drill then gets the next', async () => {
    const server = new Server()
    server.end('one')
    server.end('two')
    await server.cycle('one', true)
    await server.cycle('two')
    await server.cycle('one')
    expect([server.evidence('two')!.sequence, server.evidence('one')!.sequence]).to.deep.equal([1, 2])
    expect(server.configMaps.size).to.equal(2)
    const head = { records: 2, headDigest: server.evidence('one')!.digest }
    expect(verifyChain(server.envelopes(), [publicKey], head)).to.deep.equal([])
  })

  it('has the same octets when the operator was killed before it had written the status', async () => {
    const server = new Server()
    server.end('one')
    await server.cycle('one', true)
    const before = server.envelopes()
    await server.cycle('one')
    expect(server.envelopes()).to.deep.equal(before)
  })

  it('is kept with the 119 before it, and says so', async () => {
    const server = await withRecords(125)
    expect(server.configMaps.size).to.equal(120)
    expect(verifyChain(server.envelopes(), [publicKey], server.head as never)).to.deep.equal([])
    const faults = verifyChain(server.envelopes().slice(1), [publicKey], server.head as never)
    expect(faults.map(({ fault, because }) => `${fault}: ${because}`)).to.deep.equal([
      'Missing: record 6 is missing before it',
    ])
  })

  it('is missed by its number, and several by the first and the last of them', async () => {
    const server = await withRecords(6)
    const without = (from: number, count: number) =>
      verifyChain(server.envelopes().toSpliced(from - 1, count), [publicKey], server.head as never).map(
        ({ fault, because }) => `${fault}: ${because}`,
      )
    expect(without(3, 1)).to.deep.equal(['Missing: record 3 is missing before it'])
    expect(without(3, 2)).to.deep.equal(['Missing: records 3 to 4 are missing before it'])
  })

  it('is not written for a drill that never began, for one that runs, nor without its Integration; without a key it waits', () => {
    const plan = (changes: object, drill = aDrill({ status: ended() })) =>
      planFailoverDrill(aDrillWorld({ drill, ...changes }))
    expect(plan({}).steps).to.have.lengthOf(1)
    expect(plan({}, aDrill({ status: ended('Skipped') })).steps).to.deep.equal([])
    expect(plan({}, aDrill()).steps).to.deep.equal([])
    expect(plan({ integration: undefined }).steps).to.deep.equal([])
    expect(plan({ canSign: false })).to.deep.include({ steps: [], recheckAfterSeconds: 2 })
  })
})

describe('an Integration', () => {
  const evidence = (sequence: number) => ({
    ...{ sequence, keyID: 'k', digest: `d${sequence}`, signature: 's' },
    configMap: `${name}-record-${uid.slice(0, 8)}-00000${sequence}`,
  })
  const reported = (before: object | undefined, ...drills: FailoverDrillFacts[]) => {
    const integration = anIntegration(anIntegrationSpec(), { status: before as never })
    const world = anIntegrationWorld({ integration, surroundings: someSurroundings({ drills }) })
    return reportIntegration(world, integration, { trunksEpoch: undefined, failures: [] }).evidence
  }
  const recorded = (sequence: number) => aDrill({ status: { ...ended(), evidence: evidence(sequence) } })

  it('names its newest record, and goes back to no older one', () => {
    expect(reported(undefined, recorded(1), recorded(2))).to.deep.equal({ records: 2, headDigest: 'd2' })
    const before = { conditions: [], evidence: { records: 2, headDigest: 'd2' } }
    expect(reported(before, recorded(1))).to.deep.equal({ records: 2, headDigest: 'd2' })
    expect(reported(before)).to.deep.equal({ records: 2, headDigest: 'd2' })
    expect(reported(undefined)).to.equal(undefined)
  })

  it('does not count records of another one that had its name', () => {
    const other = { ...evidence(7), configMap: `${name}-record-other-000007` }
    expect(reported(undefined, aDrill({ status: { ...ended(), evidence: other } }))).to.equal(undefined)
  })

  it('removes no drill from its history before its record is written', () => {
    const drill = { schedule: '30 6 * * 1', timeZone: 'Europe/Paris', mode: 'DryRun', successfulRunsHistoryLimit: 1 }
    const trunks = ['paris', 'lyon'].map((each, at) => ({
      ...{ name: each, role: at === 0 ? 'Primary' : 'Backup', address: { host: `${each}.pbx.example` } },
    }))
    const slots = ['2026-11-16', '2026-11-23'].map((day) => Date.parse(`${day}T05:30:00Z`))
    const removed = (isRecorded: boolean) => {
      const drills = slots.map((slot, at) =>
        aDrill({
          ...{ name: `d${at}`, uid: `uid-d${at}`, ownerUid: uid, slot },
          status: { ...ended(), ...(isRecorded && { evidence: evidence(at + 1) }) },
        }),
      )
      const status = { conditions: [], lastScheduledSlot: '2026-11-23T05:30:00Z' } as never
      const integration = anIntegration(anIntegrationSpec({ sip: { trunks }, drill }), { status })
      const { steps } = planIntegration(anIntegrationWorld({ integration, surroundings: someSurroundings({ drills }) }))
      return steps.filter((step) => step.do === 'removeDrill').map((step) => 'name' in step && step.name)
    }
    expect(removed(true)).to.deep.equal(['d0'])
    expect(removed(false)).to.deep.equal([])
  })
})
