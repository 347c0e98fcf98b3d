// @seconds 55
import { expect } from 'chai'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pause } from '../../../hack/cluster/shell.ts'
import { writeTargets } from '../../../src/rules/delivery/targets.ts'
import type { DataClass } from '../../../src/rules/retention/life.ts'
import { createAuthority } from '../../harness/authority.ts'
import { eventually } from '../../harness/eventually.ts'
import { compile } from '../../harness/octet-search/matcher.ts'
import { searchMemory } from '../../harness/octet-search/memory.ts'
import { ask, type RecordsStage, setRecordsStage } from '../../harness/records-program.ts'
import { someRoots } from '../../harness/stored-calls.ts'
import { startReceiver, type WebhookReceiver } from '../../harness/webhook-receiver.ts'
import { canariesOf, KEPT_NOTHING, patternsOfFamily } from '../../harness/zero-day/canaries.ts'

const TENANT = 'lilas'
const CLASSES: DataClass[] = ['CallMetadata', 'CollectedFields', 'Transcript']
/** More connections in a second would be refused. */
const CALLS = 10
const TOGETHER = 5
/** Memory is cleared 40 s after the last request, and for the last time 15 s later. */
const SETTLE_MS = 45_000
const UNTIL_MINUTE_SECONDS = 15

/** The program records with the flags of its image, a database, and a receiver in this process. */
describe('the memory of records', function () {
  this.timeout(240_000)
  const matcher = compile(patternsOfFamily(KEPT_NOTHING))
  const authority = createAuthority('test CA')
  const pod = authority.issue([`bot.${TENANT}.svc`])
  const folder = mkdtempSync(join(tmpdir(), 'callbot-forgets-'))
  const secret = `whsec_${randomBytes(32).toString('base64')}`
  let receiver: WebhookReceiver
  let stage: RecordsStage

  before(async () => {
    receiver = await startReceiver(authority, [secret])
    mkdirSync(join(folder, 'hook'))
    const mounted = { 'callbots.hosts': 'localhost', signingKey: secret, 'ca.crt': authority.cert }
    for (const [name, text] of Object.entries(mounted)) writeFileSync(join(folder, 'hook', name), text)
    const targets = ['zero', 'month'].map((policy) => ({
      policy,
      webhook: {
        url: `https://localhost:${receiver.port}/calls`,
        tls: { caSecretRef: { name: 'hook', key: 'ca.crt' } },
      },
      signingSecret: { name: 'hook', key: 'signingKey' },
      ...{ classes: CLASSES, collect: ['nom', 'carte'], giveUpAfterSeconds: 600 },
    }))
    const more = { CALLBOT_DELIVERIES: writeTargets(targets), CALLBOT_SECRETS: folder }
    const policies = ['zero', 'month']
    stage = await setRecordsStage({ tenant: TENANT, roots: someRoots(), classes: CLASSES, authority, policies, more })
  })
  after(async () => {
    await stage?.remove()
    await receiver?.close()
    rmSync(folder, { recursive: true })
  })

  const finds = async () => (await searchMemory(stage.records.pid(), matcher)).finds
  const recordsOf = (index: number) => {
    const { number, name, card, words } = canariesOf(KEPT_NOTHING, index)
    const contents: Record<string, object> = {
      CallMetadata: { bot: 'accueil', caller: number },
      CollectedFields: { fields: { nom: name, carte: card }, isCut: false },
      Transcript: { turns: Array.from({ length: 40 }, () => ({ by: 'Caller', text: words })) },
    }
    return CLASSES.map((dataClass) => {
      const body = Buffer.from(JSON.stringify(contents[dataClass])).toString('base64')
      return { class: dataClass, sequence: 0, body }
    })
  }
  const put = async (path: string, body: object) =>
    (await ask(stage.records, { method: 'PUT', path, as: pod, authority, body: JSON.stringify(body) })).status
  const deliver = (index: number) =>
    put(`/deliveries/${randomUUID()}`, { policy: 'zero', endedAt: Date.now(), records: recordsOf(index) })
  const store = (index: number) => {
    const records = recordsOf(index).map((record) => ({ ...record, life: 600 }))
    return put(`/calls/${randomUUID()}`, { policy: 'month', endedAt: Date.now(), records })
  }

  it('holds a call while it is delivered', async () => {
    receiver.behaviour = { status: 204, afterMs: 4_000 }
    const delivered = deliver(0)
    await eventually(async () => {
      expect((await finds()).map(({ name }) => name)).to.include('name/UTF-8')
    }, 4)
    expect(await delivered).to.equal(204)
    receiver.behaviour = 204
  })

  it('holds nothing of a call a minute after the last one was stored and delivered', async () => {
    for (const take of [store, deliver])
      for (let at = 0; at < CALLS; at += TOGETHER) {
        const statuses = await Promise.all(Array.from({ length: TOGETHER }, (_, each) => take(at + each + 1)))
        expect(statuses).to.deep.equal(statuses.map(() => 204))
      }
    await eventually(() => expect(receiver.messages).to.have.lengthOf(1 + 2 * CALLS), 20)
    await pause(SETTLE_MS)
    await eventually(async () => {
      const left = (await finds()).map(({ name, segment, at }) => `${name} at ${at.toString(16)} in ${segment}`)
      expect(left).to.deep.equal([])
    }, UNTIL_MINUTE_SECONDS)
  })
})
