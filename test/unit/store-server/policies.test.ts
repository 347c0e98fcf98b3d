import { expect } from 'chai'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { openPolicies, type Policies } from '../../../src/store-server/policies.ts'
import { systemClock } from '../../../src/runtime/system-clock.ts'
import { eventually } from '../../harness/eventually.ts'

const log = pino({ level: 'silent' })
const days = { callsFrom: '2026-01-01', callsUntil: '2026-01-31', endsOn: '2027-01-01' }
const hold = { name: 'case-7', classes: [], ...days }
const file = (tenant: string, name: string, seconds: number) =>
  JSON.stringify([{ tenant, name, rules: [{ class: 'Transcript', seconds }], legalHolds: [hold] }])

describe('the policies that the store goes by', () => {
  let folder: string
  let policies: Policies | undefined
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  const open = async () => (policies = await openPolicies({ folder, clock: systemClock, log }))
  const secondsOf = (tenant: string, name: string) => policies!.livesOf(tenant, name)?.[0]?.seconds

  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'callbot-policies-'))))
  afterEach(() => {
    policies?.close()
    rmSync(folder, { recursive: true })
  })

  it('are none until a file is there, and then those of the newest valid one', async () => {
    expect((await open()).problem).to.include('callbot-policies')
    write('policies.json', file('acme', 'month', 5))
    await eventually(() => expect(secondsOf('acme', 'month')).to.equal(5))
    expect(policies!.problem).to.equal(undefined)
    write('policies.json', '{"broken')
    await eventually(() => expect(secondsOf('acme', 'month')).to.equal(5))
    write('policies.json', file('acme', 'month', 4))
    await eventually(() => expect(secondsOf('acme', 'month')).to.equal(4))
    expect(secondsOf('acme', 'year')).to.equal(undefined)
    expect(secondsOf('other', 'month')).to.equal(undefined)
    expect(policies!.holdOf('acme', 'month', 'case-7')).to.deep.equal(hold)
    for (const [namespace, policy, name] of [
      ['other', 'month', 'case-7'],
      ['acme', 'year', 'case-7'],
      ['acme', 'month', 'case-8'],
    ] as const)
      expect(policies!.holdOf(namespace, policy, name)).to.equal(undefined)
  })

  it('are known to be none once the list of namespaces is there, and empty: then it is ready', async () => {
    write('namespaces.json', '[]')
    expect((await open()).problem).to.equal(undefined)
    expect(secondsOf('acme', 'month')).to.equal(undefined)
  })

  it('of a namespace are in a file of its own, if there is one, which says nothing of others', async () => {
    write('policies.json', file('acme', 'month', 5))
    write('of.acme.json', file('acme', 'month', 3))
    write('of.other.json', file('acme', 'month', 900))
    write('namespaces.json', '["acme"]')
    await open()
    expect(secondsOf('acme', 'month')).to.equal(3)
    expect(secondsOf('other', 'month')).to.equal(undefined)
  })
})
