import { expect } from 'chai'
import fc from 'fast-check'
import { canonicalJson } from '../../../src/lib/canonical.ts'
import {
  defaultPort,
  parseTrunks,
  takesMedia,
  trunksDomain,
  trunksKey,
  type TrunkGroup,
} from '../../../src/rules/trunks.ts'
import { published, someIntegration, wordsOf } from '../../harness/tenant-objects.ts'

const good: TrunkGroup = {
  integration: { namespace: 'lilas', name: 'cabinet', uid: 'u' },
  epoch: 1_700_000_000_000,
  trunks: [
    {
      ...{ name: 'paris', role: 'Primary', host: 'pbx.lilas.example', port: 5061, transport: 'TLS', srtp: 'Required' },
      ...{ maxCalls: 100, callsPerSecond: 20 },
      tls: { identitySecret: 'us', caSecret: { name: 'them', key: 'ca.crt' }, serverName: 'pbx.lilas.example' },
      digest: { secret: 'password', realm: 'lilas', algorithms: 'SHA256' },
      inboundSources: ['192.0.2.0/28', '2001:db8::/32'],
    },
    {
      ...{ name: 'lyon', role: 'Backup', host: '2001:db8::7', port: 5060, transport: 'UDP', srtp: 'Disabled' },
      ...{ maxCalls: 10, callsPerSecond: 2 },
      numbers: { international: 'DoubleZero', national: { countryCode: '33', prefix: '' } },
    },
  ],
  probe: { intervalSeconds: 1, timeoutMilliseconds: 1000, downAfter: 2, upAfter: 2 },
  failover: {
    onStatusCodes: [408, 503],
    perTryMilliseconds: 700,
    failback: { mode: 'Automatic', holdSeconds: 60 },
  },
  failbackTo: 'paris',
  callerNumber: 'Caller',
  userAgent: 'callbot',
}
const read = (change: object) => parseTrunks(JSON.stringify({ ...good, ...change }))
const readTrunk = (change: object) => read({ trunks: [{ ...good.trunks[0], ...change }] })

describe('the port of a trunk', () => {
  it('is 5061 over TLS and 5060 over all else, unless the spec says otherwise (RFC 3261 section 19.1.2)', () => {
    expect((['TLS', 'TCP', 'UDP'] as const).map(defaultPort)).to.deep.equal([5061, 5060, 5060])
  })
})

describe('published trunks', () => {
  it('are read as they were written, in the order in which they are tried', () => {
    expect(parseTrunks(canonicalJson(good))).to.deep.equal(good)
    expect(trunksKey(good)).to.equal('lilas/cabinet')
    expect(trunksDomain(good.integration)).to.equal('cabinet.lilas.trunks')
  })

  it('are read without the reported addresses that are none, or have no time', () => {
    const held = { '192.0.2.7': 5, '2001:db8::7': 6, 'sbc.example': 7, '192.0.2.8': 'long' }
    expect(readTrunk({ held })!.trunks[0]!.held).to.deep.equal({ '192.0.2.7': 5, '2001:db8::7': 6 })
  })

  it('are read without what may be absent', () => {
    const { integration, epoch, probe, failover, callerNumber } = good
    const least = { integration, epoch, trunks: [good.trunks[1]!], probe, failover, callerNumber }
    expect(parseTrunks(canonicalJson(least))).to.deep.equal(least)
  })

  it('are none without a whole, positive epoch', () => {
    for (const epoch of [undefined, -1, 1.5, '7', Number.MAX_SAFE_INTEGER + 1])
      expect(read({ epoch })).to.equal(undefined)
  })

  it('are none with a text that could break out of a table or a message', () => {
    for (const text of ['a;b', 'a|b', 'a\nb', 'a"b', 'a:b c', 'a\\b', '']) {
      expect(readTrunk({ host: text }), `host ${text}`).to.equal(undefined)
      expect(readTrunk({ name: text }), `name ${text}`).to.equal(undefined)
      expect(readTrunk({ tls: { serverName: text } }), `server name ${text}`).to.equal(undefined)
      expect(readTrunk({ tls: { identitySecret: text } }), `Secret ${text}`).to.equal(undefined)
    }
    for (const text of ['a;b', '+33', '0', '3333', '']) {
      const national = { countryCode: text, prefix: '0' }
      expect(readTrunk({ numbers: { international: 'Plus', national } }), `country ${text}`).to.equal(undefined)
    }
    for (const national of [{ countryCode: '33', prefix: ';x' }, { countryCode: '33' }, 'France'])
      expect(readTrunk({ numbers: { international: 'Plus', national } })).to.equal(undefined)
    expect(readTrunk({ numbers: { international: 'Star' } })).to.equal(undefined)
    for (const text of ['192.0.2.0', '192.0.2.0/24,0.0.0.0/0', 'pbx.example/24', '192.0.2.0/24;x', ''])
      expect(readTrunk({ inboundSources: [text] }), `source ${text}`).to.equal(undefined)
    for (const text of ['a"b', 'a\r\nX: y', 'a\\b', 'é', '']) {
      expect(read({ userAgent: text }), `user agent ${text}`).to.equal(undefined)
      expect(readTrunk({ digest: { ...good.trunks[0]!.digest, realm: text } }), `realm ${text}`).to.equal(undefined)
    }
  })

  it('are none when two have the same name, or there is none', () => {
    expect(read({ trunks: [good.trunks[0], good.trunks[0]] })).to.equal(undefined)
    expect(read({ trunks: [] })).to.equal(undefined)
  })

  it('lose a wish for failback that names nothing, and keep the rest', () => {
    expect(read({ failbackTo: 'no such; trunk' })).to.not.have.property('failbackTo')
  })

  it('are none when any one value is of another kind', () => {
    const paths = pathsOf(good).filter((path) => path.join('.') !== 'failbackTo') // people type that one
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.constantFrom(null, {}, [], '\u0000', -1, 1.5, true), (path, odd) => {
        expect(parseTrunks(JSON.stringify(withValue(good, path, odd)))).to.equal(undefined)
      }),
    )
  })

  it('are readable for edges whatever the API takes of an Integration', () => {
    const most = { trunks: 4, sources: 50, numbers: 1 }
    const pools = { words: wordsOf(1), hosts: [], secrets: ['us'], numbers: fc.constant('+33100000001'), most }
    const odd = someIntegration('lilas', pools)
    fc.assert(
      fc.property(odd, (manifest) => void published(manifest, 1)),
      { numRuns: 400 },
    )
  })

  it('never throw, whatever was published', () => {
    fc.assert(fc.property(fc.anything(), (told) => void parseTrunks(JSON.stringify(told) ?? '')))
    fc.assert(fc.property(fc.string(), (text) => void parseTrunks(text)))
  })
})

describe('a trunk', () => {
  it('takes a call with the media that its SRTP mode asks for, and Preferred takes both', () => {
    const taken = (['Required', 'Preferred', 'Disabled'] as const).map((srtp) =>
      (['Secure', 'Plain'] as const).filter((media) => takesMedia({ srtp }, media)),
    )
    expect(taken).to.deep.equal([['Secure'], ['Secure', 'Plain'], ['Plain']])
  })
})

/** The way to every plain value of an object. */
function pathsOf(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [path]
  if (Array.isArray(value)) return value.flatMap((item, index) => pathsOf(item, [...path, index]))
  return Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, key]))
}

function withValue(value: unknown, [step, ...rest]: readonly (string | number)[], odd: unknown): unknown {
  if (step === undefined) return odd
  const copy = structuredClone(value) as Record<string | number, unknown>
  copy[step] = withValue(copy[step], rest, odd)
  return copy
}
