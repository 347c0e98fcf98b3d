import { expect } from 'chai'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { verify } from '../../../src/evidence/command.ts'
import { digestOf, signStatement } from '../../../src/rules/drill/envelope.ts'
import { RECORD_FILE, recordName, recordStatement, type RecordFacts } from '../../../src/rules/drill/record.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const INTEGRATION = { namespace: 'lilas', name: 'cabinet', uid: '0123456789' }

function recordsOf(length: number): string[] {
  const records: string[] = []
  for (let sequence = 1; sequence <= length; sequence++) {
    const facts = {
      ...{
        integration: INTEGRATION,
        drill: { name: `d${sequence}`, uid: 'u' },
        sequence,
        keptFrom: 1,
        slot: undefined,
      },
      previousDigest: records.length > 0 ? digestOf(records.at(-1)!) : undefined,
      ...{ run: { side: 'SIP' }, result: { verdict: 'Passed' } },
    }
    records.push(signStatement(recordStatement(facts as RecordFacts), privateKey))
  }
  return records
}

const configMap = (envelope: string, index: number) => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap', data: { [RECORD_FILE]: envelope } },
  metadata: {
    ...{ namespace: 'lilas', name: recordName(INTEGRATION, index + 1) },
    labels: { 'app.kubernetes.io/component': 'drill-record', 'callbots.dev/integration': 'cabinet' },
  },
})
const integration = (evidence?: object) => ({
  ...{ apiVersion: 'callbots.dev/v1alpha1', kind: 'Integration', metadata: { namespace: 'lilas', name: 'cabinet' } },
  status: { evidence },
})

describe('callbot evidence verify', () => {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-verify-'))
  after(() => rmSync(folder, { recursive: true }))
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const key = () => file('public.pem', publicKey.export({ type: 'spki', format: 'pem' }).toString())
  const said = async (text: string, keys = [key()]) => {
    let said = ''
    const output = { write: (line: string) => void (said += line) }
    const code = await verify({ file: [file('export.yaml', text)], key: keys }, output)
    return { code, text: said }
  }
  const exported = (records: readonly string[], head?: object) =>
    stringify({ apiVersion: 'v1', kind: 'List', items: [...records.map(configMap), integration(head)] })
  const headOf = (records: readonly string[]) => ({ records: records.length, headDigest: digestOf(records.at(-1)!) })

  it('says of whole records that they are, and what that does not show', async () => {
    const records = recordsOf(3)
    const { code, text } = await said(exported(records, headOf(records)))
    expect(code).to.equal(0)
    expect(text).to.match(/^lilas\/cabinet: 3 records, all verified\nNot shown: /)
  })

  it('takes the lists that kubectl prints, and several documents', async () => {
    const records = recordsOf(2)
    const documents = [...records.map(configMap), integration(headOf(records))].map((each) => stringify(each))
    expect((await said(documents.join('---\n'))).code).to.equal(0)
    const list = { apiVersion: 'v1', kind: 'List', items: records.map(configMap) }
    expect((await said(JSON.stringify(list))).text).to.include(
      '2 records, all verified; no Integration says which is the newest',
    )
  })

  it('names each record that is wrong, and what is missing', async () => {
    const records = recordsOf(4)
    const flipped = records.with(1, records[1]!.replace(/"sig":"./, '"sig":"!'))
    const { code, text } = await said(exported(flipped.slice(0, 3), headOf(records)))
    expect(code).to.equal(1)
    expect(text).to.include('cabinet-record-01234567-000002: Changed: its signature does not fit its text')
    expect(text).to.include('at the end: CutOff: record 4 is missing')
  })

  it('trusts no key that was not named', async () => {
    const other = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const { code, text } = await said(exported(recordsOf(1)), [file('other.pem', other)])
    expect(code).to.equal(1)
    expect(text).to.include('OtherKey')
  })

  it('says what is wrong with a file or a key, with the cure', async () => {
    expect(await said('a: [')).to.have.property('code', 2)
    expect((await said('kind: Pod')).text).to.include('no records of drills are in there')
    const bad = await said(exported(recordsOf(1)), [file('bad.pem', 'no key')])
    expect(bad).to.have.property('code', 2)
    expect(bad.text).to.include('has no public Ed25519 key in PEM: take public.pem of a ConfigMap callbot-evidence-*')
    expect((await said(exported([], undefined))).code).to.equal(2)
  })
})
