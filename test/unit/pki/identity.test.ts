import { expect } from 'chai'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readIdentity } from '../../../src/pki/identity.ts'
import { createAuthority } from '../../harness/authority.ts'

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
