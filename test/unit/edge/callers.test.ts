import { expect } from 'chai'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCallerCache } from '../../../src/edge/apply/caller-cache.ts'
import { followCallers } from '../../../src/edge/callers.ts'
import { createEdgeMetrics } from '../../../src/edge/metrics.ts'
import { silent } from '../../../src/runtime/log.ts'
import { createAuthority } from '../../kit/authority.ts'

describe('the authorities of callers', () => {
  const [one, other] = [createAuthority('one').cert, createAuthority('other').cert]
  const metrics = createEdgeMetrics()
  const errors: string[] = []
  let folder: string
  let secret: Record<string, string> | Error

  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'callbot-callers-')), 'callers')
    errors.length = 0
  })
  afterEach(() => rmSync(join(folder, '..'), { recursive: true }))

  const follow = () =>
    followCallers({
      cache: createCallerCache(folder),
      read: () => (secret instanceof Error ? Promise.reject(secret) : Promise.resolve(new Map(Object.entries(secret)))),
      clock: { wall: () => Date.now() },
      log: { ...silent, error: (fields: object) => void errors.push((fields as { because: string }).because) },
      onDecided: metrics.callers,
    })
  const refused = async () => /^callbot_edge_client_ca_refused (\d)$/m.exec(await metrics.registry.metrics())![1]

  it('are those of the Secret, in files of another name for each version', async () => {
    secret = { 'ca.crt': one }
    const callers = await follow()
    const before = callers.files().ca
    expect(readFileSync(before, 'utf8')).to.equal(one)
    expect(await callers.look()).to.equal(false)
    secret = { 'ca.crt': one + other }
    expect(await callers.look()).to.equal(true)
    expect(readFileSync(callers.files().ca, 'utf8')).to.equal(one + other)
    expect(readFileSync(before, 'utf8'), 'a proxy may still read it').to.equal(one)
    callers.tlsLoaded(`ca_list = ${before}`)
    expect(readFileSync(before, 'utf8'), 'it runs with it').to.equal(one)
    await callers.look()
    callers.tlsLoaded(`ca_list = ${callers.files().ca}`)
    expect(readdirSync(folder)).to.have.lengthOf(2)
    expect(() => readFileSync(before)).to.throw('ENOENT')
  })

  const BROKEN: [what: string, secret: Record<string, string> | Error, because: string][] = [
    ['has no ca.crt', {}, 'it has no ca.crt: put the authorities of callers there, in PEM'],
    ['can not be read', new Error('EIO'), 'it has no ca.crt: put the authorities of callers there, in PEM'],
    [
      'has another text in it',
      { 'ca.crt': 'x' },
      'ca.crt is no certificate in PEM: put the authorities of callers there',
    ],
  ]
  for (const [what, broken, because] of BROKEN) {
    it(`stay when the Secret ${what}, which is said once, and counted until it is good again`, async () => {
      secret = { 'ca.crt': one }
      const callers = await follow()
      const before = callers.files()
      secret = broken
      for (let looks = 0; looks < 3; looks++) expect(await callers.look()).to.equal(false)
      expect(callers.files()).to.deep.equal(before)
      expect(errors).to.deep.equal([because])
      expect(await refused()).to.equal('1')
      expect((await follow()).files(), 'an agent that starts anew').to.deep.equal(before)
      secret = { 'ca.crt': other }
      expect(await callers.look()).to.equal(true)
      expect(await refused()).to.equal('0')
    })
  }

  it('are not made up: without any that were good an edge does not start, and says why', async () => {
    secret = { 'ca.crt': 'x' }
    const error: unknown = await follow().catch((reason: unknown) => reason)
    expect(String(error)).to.include('edge.tls.clientCaSecretName').and.include('ca.crt is no certificate in PEM')
  })
})
