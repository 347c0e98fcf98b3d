import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { verifyChain, type Finding } from '../../../../src/rules/drill/chain.ts'
import { digestOf, keyIdOf, MOST_OCTETS, openStatement, signStatement } from '../../../../src/rules/drill/envelope.ts'
import { recordName, recordStatement, type RecordFacts } from '../../../../src/rules/drill/record.ts'

const pair = generateKeyPairSync('ed25519')
const other = generateKeyPairSync('ed25519')
const keys = [pair.publicKey]

const facts = (sequence: number, previousDigest: string | undefined, more: Partial<RecordFacts> = {}): RecordFacts => ({
  integration: { namespace: 'lilas', name: 'cabinet', uid: 'uid-1' },
  drill: { name: `cabinet-${sequence}`, uid: `uid-d${sequence}` },
  ...{ sequence, keptFrom: 1, previousDigest, slot: '2026-11-30T05:30:00Z' },
  run: { side: 'SIP', scenario: 'Blackhole', mode: 'Synthetic', holdSeconds: 10 } as RecordFacts['run'],
  result,
  ...more,
})
const result: RecordFacts['result'] = {
  ...{ verdict: 'Passed', startedAt: '2026-11-30T05:30:00Z', finishedAt: '2026-11-30T05:31:00Z' },
  ...{ calls: { placed: 5, good: 5, failed: 0 }, timings: { detectMilliseconds: 900 } },
  notShown: ['No real call met the fault.'],
}
const signed = (...of: Parameters<typeof facts>) => signStatement(recordStatement(facts(...of)), pair.privateKey)

function chainOf(length: number): string[] {
  const records: string[] = []
  while (records.length < length)
    records.push(signed(records.length + 1, records.length ? digestOf(records.at(-1)!) : undefined))
  return records
}

const headOf = (records: readonly string[]) => ({ records: records.length, headDigest: digestOf(records.at(-1)!) })
const faults = (findings: readonly Finding[]) => findings.map(({ position, fault }) => `${position} ${fault}`)

describe('the record of a drill', () => {
  it('has the same octets whoever writes it, in whatever order its members are given', () => {
    const { run, ...rest } = facts(1, undefined)
    expect(signStatement(recordStatement({ ...rest, run }), pair.privateKey)).to.equal(signed(1, undefined))
    expect(recordName({ name: 'cabinet', uid: '0123456789' }, 1)).to.equal('cabinet-record-01234567-000001')
  })

  it('is opened with the key that signed it, and with no other', () => {
    const opened = openStatement(signed(1, undefined), keys)
    expect(opened).to.have.nested.property('predicate.result.verdict', 'Passed')
    expect(opened).to.have.nested.property('subject[0].name', 'FailoverDrill/lilas/cabinet-1')
    expect(openStatement(signed(1, undefined), [other.publicKey])).to.equal('OtherKey')
    expect(openStatement(signed(1, undefined), [other.publicKey, pair.publicKey])).to.be.an('object')
  })

  it('is refused, and nothing is thrown, when it is any other text', () => {
    for (const text of ['', '{}', 'null', '[]', '{"payload":1}', 'x'.repeat(MOST_OCTETS + 1)])
      expect(openStatement(text, keys)).to.equal('Malformed')
    fc.assert(fc.property(fc.string(), (text) => typeof openStatement(text, keys) === 'string'))
    fc.assert(fc.property(fc.json(), (text) => typeof openStatement(text, keys) === 'string'))
  })

  it('is verified by openssl alone, by the three commands of the guide', () => {
    const guide = readFileSync(new URL('../../../../docs/guides/drills.md', import.meta.url), 'utf8')
    const [, commands] = /can be verified by openssl alone.*?```sh\n(.*?)```/s.exec(guide)!
    expect(commands!.trim().split('\n')).to.have.lengthOf(3)
    const folder = mkdtempSync(join(tmpdir(), 'callbot-evidence-'))
    const verify = (record: string) => {
      writeFileSync(join(folder, 'record.json'), record)
      return execFileSync('bash', ['-euc', commands!], { cwd: folder, stdio: 'pipe' }).toString()
    }
    try {
      writeFileSync(join(folder, 'public.pem'), pair.publicKey.export({ type: 'spki', format: 'pem' }))
      const record = signed(1, undefined)
      expect(verify(record)).to.include('Signature Verified Successfully')
      const { payload } = JSON.parse(record) as { payload: string }
      const text = Buffer.from(payload, 'base64').toString()
      const changed = Buffer.from(text.replace('Passed', 'Failed')).toString('base64')
      expect(() => verify(record.replace(payload, changed))).to.throw(/Command failed/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('names its key by the digest of it', () => {
    expect(keyIdOf(pair.privateKey)).to.equal(keyIdOf(pair.publicKey))
    expect(keyIdOf(pair.publicKey)).to.match(/^[0-9a-f]{64}$/)
  })
})

describe('the records of an Integration', () => {
  const whole = chainOf(1_000)
  const head = headOf(whole)
  const check = (records: readonly string[], by = head) => faults(verifyChain(records, keys, by))
  const at = fc.nat(whole.length - 1)
  /** A thousand signatures are verified in each run. */
  const few = { numRuns: 15 }

  it('are whole as they were written, and also after the oldest were pruned', () => {
    expect(check(whole)).to.deep.equal([])
    const pruned = [...whole.slice(400, 999), signed(1_000, digestOf(whole[998]!), { keptFrom: 401 })]
    expect(check(pruned, headOf([...whole.slice(0, 999), pruned.at(-1)!]))).to.deep.equal([])
    expect(check(pruned.slice(1), headOf([...whole.slice(0, 999), pruned.at(-1)!]))).to.deep.equal(['1 Missing'])
    expect(check([], { records: 0, headDigest: '' })).to.deep.equal([])
  })

  it('are not whole with one octet flipped in any of a thousand', () => {
    const anyBit = fc.record({ index: at, octet: fc.nat(), bit: fc.nat(7) })
    fc.assert(
      fc.property(anyBit, ({ index, octet, bit }) => {
        const octets = Buffer.from(whole[index]!)
        octets[octet % octets.length]! ^= 1 << bit
        expect(check(whole.with(index, octets.toString('latin1')))).to.not.deep.equal([])
      }),
      few,
    )
  })

  it('are not whole with an octet flipped at any place of one', () => {
    const records = chainOf(3)
    const octets = Buffer.from(records[1]!)
    for (const index of octets.keys()) {
      const flipped = Buffer.from(octets)
      flipped[index]! ^= 1 << (index % 8)
      expect(check(records.with(1, flipped.toString('latin1')), headOf(records)), `octet ${index}`).to.not.deep.equal(
        [],
      )
    }
  })

  it('are not whole without one of a thousand, wherever it stood', () => {
    fc.assert(
      fc.property(at, (index) => {
        const findings = check(whole.toSpliced(index, 1))
        expect(findings).to.deep.equal([index === 999 ? '1000 CutOff' : `${index + 1} Missing`])
      }),
      few,
    )
  })

  it('are not whole with two of a thousand in each other’s place', () => {
    fc.assert(
      fc.property(at, at, (one, two) => {
        fc.pre(one !== two)
        expect(check(whole.with(one, whole[two]!).with(two, whole[one]!))).to.not.deep.equal([])
      }),
      few,
    )
  })

  it('are not whole when the newest are cut off, which only a head that was kept shows', () => {
    expect(check(whole.slice(0, 990))).to.deep.equal(['991 CutOff'])
    expect(check([])).to.deep.equal(['1 CutOff'])
    expect(faults(verifyChain(whole.slice(0, 990), keys, undefined))).to.deep.equal([])
  })

  it('are checked by an earlier copy of the head, too', () => {
    expect(check(whole, headOf(whole.slice(0, 500)))).to.deep.equal([])
    expect(check(whole, { records: 500, headDigest: 'ab' })).to.deep.equal(['500 Changed'])
  })

  it('are not whole with a record of another Integration, or of another key, between them', () => {
    const records = chainOf(3)
    const integration = { namespace: 'lilas', name: 'agenda', uid: 'uid-2' }
    const strange = signed(2, digestOf(records[0]!), { integration })
    expect(check(records.with(1, strange), headOf(records))[0]).to.equal('2 OtherIntegration')
    const foreign = signStatement(recordStatement(facts(2, digestOf(records[0]!))), other.privateKey)
    expect(check(records.with(1, foreign), headOf(records))[0]).to.equal('2 OtherKey')
  })

  it('are not whole when the one that was written last is another one than the Integration names', () => {
    const records = chainOf(3)
    const rewritten = records.with(2, signed(3, digestOf(records[1]!), { result: { ...result, verdict: 'Failed' } }))
    expect(check(rewritten, headOf(records))).to.deep.equal(['3 Changed'])
  })
})
