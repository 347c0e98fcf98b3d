import { expect } from 'chai'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { pollIdentity, readIdentity } from '../../../src/pki/identity.ts'
import { silent } from '../../../src/runtime/log.ts'
import { createAuthority } from '../../harness/authority.ts'
import { FakeClock } from '../../harness/fake-clock.ts'

describe('a TLS identity from a folder', () => {
  const authority = createAuthority('test CA')
  let folder: string
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'callbot-identity-'))))
  afterEach(() => rm(folder, { recursive: true }))

  async function hold(files: Record<string, string>): Promise<string> {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
    return readIdentity(folder).then(
      () => 'read',
      (error: Error) => error.message.replace(folder, 'FOLDER'),
    )
  }

  it('knows its times, and changes its fingerprint when one of the files does', async () => {
    const end = new Date(Math.floor(Date.now() / 1_000) * 1_000 + 60_000)
    const { cert, key } = authority.issue(['a'], end)
    expect(await hold({ 'tls.crt': cert, 'tls.key': key, 'ca.crt': authority.cert })).to.equal('read')
    const first = await readIdentity(folder)
    expect(first.notAfter).to.equal(end.getTime())
    await hold({ 'ca.crt': authority.cert + authority.cert })
    expect((await readIdentity(folder)).fingerprint).not.to.equal(first.fingerprint)
  })

  it('is handed over once when another one stands in the folder, and stays in use while that can not be read', async () => {
    const { cert, key } = authority.issue(['a'])
    await hold({ 'tls.crt': cert, 'tls.key': key, 'ca.crt': authority.cert })
    const current = await readIdentity(folder)
    const clock = new FakeClock()
    const seen: string[] = []
    const end = pollIdentity({
      ...{ folder, current, clock, everyMs: 1_000, log: silent },
      onChange: ({ cert: changed }) => seen.push(changed),
    })
    const look = async () => {
      await clock.pass(1_000)
      while (clock.pending === 0) await setImmediate()
    }
    await look()
    expect(seen, 'nothing has changed').to.deep.equal([])
    await hold({ 'tls.crt': 'spoilt' })
    await look()
    const next = authority.issue(['a'])
    await hold({ 'tls.crt': next.cert, 'tls.key': next.key })
    await look()
    await look()
    expect(seen).to.deep.equal([next.cert])
    end()
    expect(clock.pending).to.equal(0)
  })

  it('says which file is missing, spoilt or of another certificate, and what to do', async () => {
    const { cert, key } = authority.issue(['a'])
    expect(await hold({ 'tls.crt': cert, 'ca.crt': authority.cert })).to.match(
      /tls\.key can't be read: mount a Secret with /,
    )
    expect(await hold({ 'tls.key': key, 'ca.crt': 'spoilt' })).to.equal('ca.crt is not valid PEM: issue it again')
    expect(await hold({ 'ca.crt': authority.cert, 'tls.key': authority.issue(['b']).key })).to.equal(
      'tls.key in FOLDER does not belong to tls.crt: issue both together',
    )
  })
})
