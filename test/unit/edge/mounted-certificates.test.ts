import { expect } from 'chai'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createEdgeMetrics } from '../../../src/edge/metrics.ts'
import { mountedCertificates } from '../../../src/edge/mounted-certificates.ts'
import { silent } from '../../../src/runtime/log.ts'
import { createAuthority } from '../../harness/authority.ts'

const [one, other] = [createAuthority('one'), createAuthority('other')]
const pair = (until?: Date) => {
  const { cert, key } = one.issue(['sip.example.com'], until)
  return { 'tls.crt': cert, 'tls.key': key }
}

type Keys = Record<string, string>

/** What the tests of both Secrets differ in. */
const CASES = [
  {
    setting: 'edge.tls.clientCaSecretName',
    config: 'callersFolder',
    gauge: 'callbot_edge_client_ca_refused',
    valid: [{ 'ca.crt': one.cert }, { 'ca.crt': one.cert + other.cert }],
    broken: [
      ['has no ca.crt', {}, 'it has no ca.crt: put the authorities of callers there, in PEM'],
      [
        'has another text in it',
        { 'ca.crt': 'x' },
        'ca.crt is no certificate in PEM: put the authorities of callers there',
      ],
    ],
  },
  {
    setting: 'edge.tls.secretName',
    config: 'outsideFolder',
    gauge: 'callbot_edge_certificate_refused',
    valid: [pair(), pair()],
    broken: [
      ['is empty', {}, 'it has no tls.crt or no tls.key: put the certificate of the edges and its key there, in PEM'],
      [
        'has no certificate in it',
        { ...pair(), 'tls.crt': 'x' },
        'tls.crt is no certificate in PEM: put the certificate of the edges there',
      ],
      [
        'has the key of another certificate',
        { ...pair(), 'tls.key': pair()['tls.key'] },
        'tls.key is not the private key of tls.crt in PEM: put the two that belong together',
      ],
    ],
  },
] as const

for (const { setting, config, gauge, valid, broken } of CASES) {
  describe(`the Secret of ${setting}`, () => {
    const [first, second] = valid as readonly Keys[]
    const metrics = createEdgeMetrics()
    const errors: object[] = []
    let folder: string
    const mounted = () => join(folder, 'mounted')
    const mount = (keys: Keys) => {
      rmSync(mounted(), { recursive: true, force: true })
      mkdirSync(mounted())
      for (const [name, text] of Object.entries(keys)) writeFileSync(join(mounted(), name), text)
    }
    const follow = () =>
      mountedCertificates(
        {
          ...{ insideFolder: '/inside', outsideFolder: undefined, callersFolder: undefined, [config]: mounted() },
          socket: join(folder, 'ctl.sock'),
        },
        {
          ...{ clock: { wall: () => Date.now() }, metrics },
          log: { ...silent, error: (fields: object) => void errors.push(fields) },
        },
      )
    const files = (of: Awaited<ReturnType<typeof follow>>) => {
      const { outside, callers } = of.files()
      return Object.values<string>({ ...(callers ?? outside) })
    }
    const texts = (paths: string[]) => paths.map((path) => readFileSync(path, 'utf8'))
    const refused = async () => new RegExp(`^${gauge} (\\d)$`, 'm').exec(await metrics.registry.metrics())![1]

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'callbot-mounted-'))
      errors.length = 0
    })
    afterEach(() => rmSync(folder, { recursive: true }))

    it('reaches the proxy in files of another name for each version, and old ones go when the proxy no longer names them', async () => {
      mount(first!)
      const certificates = await follow()
      const before = files(certificates)
      expect(texts(before)).to.deep.equal(Object.values(first!))
      expect(await certificates.look()).to.equal(false)
      mount(second!)
      expect(await certificates.look()).to.equal(true)
      expect(texts(files(certificates))).to.deep.equal(Object.values(second!))
      certificates.loaded(before.join())
      expect(texts(before), 'the proxy runs with it').to.deep.equal(Object.values(first!))
      certificates.loaded(files(certificates).join())
      expect(readdirSync(dirname(before[0]!))).to.have.lengthOf(before.length + 1)
      expect(() => readFileSync(before[0]!)).to.throw('ENOENT')
    })

    for (const [what, keys, because] of [...broken, ['is not there', undefined, broken[0][2]] as const]) {
      it(`changes nothing while it ${what}, which is logged once and counted until it is valid again`, async () => {
        mount(first!)
        const certificates = await follow()
        const before = certificates.files()
        if (keys === undefined) rmSync(mounted(), { recursive: true })
        else mount(keys)
        for (let looks = 0; looks < 3; looks++) expect(await certificates.look()).to.equal(false)
        expect(certificates.files()).to.deep.equal(before)
        expect(errors).to.deep.equal([{ setting, because }])
        expect(await refused()).to.equal('1')
        expect((await follow()).files(), 'an agent that restarts').to.deep.equal(before)
        mount(second!)
        expect(await certificates.look()).to.equal(true)
        expect(await refused()).to.equal('0')
      })
    }

    it('keeps an edge from starting when it never was valid, and the error says why', async () => {
      mount(broken[1][1])
      const error: unknown = await follow().catch((reason: unknown) => reason)
      expect((error as Error).message)
        .to.include(setting)
        .and.include(broken[1][2])
    })
  })
}

describe('the certificate that callers see', () => {
  it('is the one that pods see when edge.tls.secretName is not set', async () => {
    const config = {
      insideFolder: '/inside',
      outsideFolder: undefined,
      callersFolder: undefined,
      socket: '/run/ctl.sock',
    }
    const tools = { clock: { wall: () => 0 }, log: silent, metrics: createEdgeMetrics() }
    expect((await mountedCertificates(config, tools)).files()).to.deep.equal({
      outside: { cert: '/inside/tls.crt', key: '/inside/tls.key' },
      callers: undefined,
    })
  })
})
