// @seconds 14
import { expect } from 'chai'
import { FAULTS, startWebService, type WebService } from '../../harness/web-service.ts'
import { createAuthority } from '../../harness/authority.ts'
import { openStage } from '../../harness/operations.ts'
import { mountedSecrets } from '../../harness/mounted-secrets.ts'

const never = new AbortController().signal
const authority = createAuthority('client CA')
const operation = { method: 'POST' as const, path: '/book', timeoutMilliseconds: 1_000, input: [{ name: 'phone' }] }
const operations = [
  { ...operation, name: 'once', idempotency: 'NotIdempotent' as const },
  { ...operation, name: 'keyed', idempotency: 'IdempotencyKey' as const },
]
const ask = (name: 'once' | 'keyed') => ({ integration: 'cabinet', operation: name, input: { phone: '+33639980042' } })

describe('an operation whose primary', function () {
  this.timeout(20_000)
  let primary: WebService
  let backup: WebService
  let stage: ReturnType<typeof openStage>
  let secrets: ReturnType<typeof mountedSecrets>

  beforeEach(async () => {
    primary = await startWebService({ authority })
    backup = await startWebService({ authority })
    secrets = mountedSecrets({ ca: { 'ca.crt': authority.cert } })
    const tls = { caSecretRef: { name: 'ca', key: 'ca.crt' } }
    stage = openStage([primary, backup], {
      http: { operations },
      endpoint: { tls },
      secretsFolder: secrets.folder,
    })
  })
  afterEach(async () => {
    await stage.close()
    await primary.close()
    await backup.close()
    secrets.remove()
  })

  for (const fault of FAULTS) {
    const neverReceives = fault === 'refuses' || fault === 'drops' || fault === 'mute'

    it(`${fault} is answered by the backup, when it may be repeated`, async () => {
      await primary.fall(fault)
      expect(await stage.operations.call(ask('keyed'), never)).to.deep.equal({ outcome: 'Done', output: {} })
      const [one, other] = [...primary.received, ...backup.received].map(({ headers }) => headers['idempotency-key'])
      expect(one).to.match(/^[0-9a-f-]{36}$/)
      if (!neverReceives) expect(other).to.equal(one)
      expect(stage.tries.at(-1)).to.equal('lyon answered')
    })

    it(`${fault} is ${neverReceives ? 'answered by the backup' : 'failed at once'}, when it must not be repeated`, async () => {
      await primary.fall(fault)
      const { outcome } = await stage.operations.call(ask('once'), never)
      expect(outcome).to.equal(neverReceives ? 'Done' : 'Failed')
      expect([...primary.received, ...backup.received]).to.have.length(1)
    })

    it(`${fault} for a moment, like the backup, is answered all the same`, async () => {
      await Promise.all([primary.fall(fault), backup.fall('refuses')])
      const asking = stage.operations.call(ask(neverReceives ? 'once' : 'keyed'), never)
      setTimeout(() => void backup.fall('answers'), 150)
      expect((await asking).outcome).to.equal('Done')
    })
  }

  it('hangs is given up with the caller, without a word to anybody', async () => {
    await primary.fall('hangs')
    const caller = new AbortController()
    setTimeout(() => caller.abort(new Error('gone')), 50)
    const fault = await stage.operations.call(ask('keyed'), caller.signal).catch((error: unknown) => String(error))
    expect(fault).to.equal('Error: gone')
    expect(stage.tries).to.deep.equal(['paris called-off'])
    expect(backup.received).to.deep.equal([])
  })

  it('is well is asked alone', async () => {
    expect(await stage.operations.call(ask('once'), never)).to.deep.equal({ outcome: 'Done', output: {} })
    expect(backup.received).to.deep.equal([])
  })

  it('has said no is not outvoted by the backup', async () => {
    primary.answer = () => ({ status: 404 })
    expect(await stage.operations.call(ask('keyed'), never)).to.deep.equal({ outcome: 'Failed', output: {} })
    expect(backup.received).to.deep.equal([])
  })

  it('points elsewhere is not followed there', async () => {
    primary.answer = () => ({ status: 307, headers: { location: `${backup.url}/elsewhere` } })
    await stage.operations.call(ask('keyed'), never)
    expect(stage.tries).to.deep.equal(['paris unusable', 'lyon answered'])
    expect(backup.received.map(({ url }) => url)).to.deep.equal(['/v1/book'])
  })

  it('sends more than any answer is read no further', async () => {
    primary.answer = () => ({ status: 200, body: 'x'.repeat(1_000_000) })
    await stage.operations.call(ask('keyed'), never)
    expect(stage.tries).to.deep.equal(['paris unusable', 'lyon answered'])
  })

  it('fails leaves no word of the caller in the log', async () => {
    for (const fault of FAULTS) {
      await primary.fall(fault)
      await stage.operations.call(ask('keyed'), never)
    }
    await stage.operations.call({ ...ask('once'), input: {} }, never)
    await stage.operations.call({ ...ask('once'), operation: 'other' }, never)
    expect(stage.lines).to.have.length.above(1)
    expect(stage.lines.join()).not.to.match(/\d{6}|too much to do/)
  })
})
