import { expect } from 'chai'
import fc from 'fast-check'
import { LONGEST_ORDER, readTestCallOrder, readTestCallPath } from '../../../src/rules/test-call.ts'

const order = { integration: 'desk', to: '4000', expect: 'Echo', maxSeconds: 30, seed: 'a-1' }
const read = (change: object = {}) => readTestCallOrder(JSON.stringify({ ...order, ...change }))

describe('an order for a test call', () => {
  it('says whom to call by which integration, what is expected, and for how long', () => {
    expect(read()).to.deep.equal({ ...order, headers: {} })
    const more = { from: '+33199000077', edge: '10.0.0.1', headers: { 'X-Callbot-Test': 'a-1' } }
    expect(read(more)).to.deep.equal({ ...order, ...more })
    expect(read({ edge: 'fd00::1' })).to.have.property('edge', 'fd00::1')
  })

  it('is none with a member that is missing, unknown, or not what it must be', () => {
    const wrong: object[] = [
      ...Object.keys(order).map((name) => ({ [name]: undefined })),
      ...[{ to: 'sip:a@b' }, { to: '4000@elsewhere' }, { to: '+0' }, { from: 'Anonymous' }, { integration: 'a.b/c' }],
      ...[
        { expect: 'Fax' },
        { maxSeconds: 4 },
        { maxSeconds: 301 },
        { maxSeconds: '30' },
        { seed: '' },
        { seed: 'a b' },
      ],
      ...[{ edge: 'a b' }, { uri: 'sip:a@b' }, { hop: '10.0.0.1' }],
    ]
    for (const change of wrong) expect(read(change), JSON.stringify(change)).to.equal(undefined)
    for (const text of ['', 'null', '[]', '"a"', '{', '['.repeat(4_000)])
      expect(readTestCallOrder(text)).to.equal(undefined)
  })

  it('calls no emergency service', () => {
    for (const to of ['112', '911', '999', '15', '17', '18']) expect(read({ to }), to).to.equal(undefined)
    expect(read({ to: '1120' })).to.have.property('to', '1120')
  })

  it('has headers of ours alone, a few short ones: nothing by which a call is routed, billed or believed', () => {
    const names = [
      'Route',
      'From',
      'P-Asserted-Identity',
      'X-Other',
      'X-Callbot-Media',
      'x-callbot-media',
      'X-Callbot-',
      'X-Callbot-A B',
    ]
    for (const name of names) expect(read({ headers: { [name]: 'a' } }), name).to.equal(undefined)
    for (const value of ['', 'a\r\nRoute: b', 'a"b', 'a'.repeat(129), 'é'])
      expect(read({ headers: { 'X-Callbot-A': value } }), value).to.equal(undefined)
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`X-Callbot-${at}`, 'a']))
    expect(read({ headers: many(8) })).to.have.property('headers')
    expect(read({ headers: many(9) })).to.equal(undefined)
  })

  it('fits into its bound with all that it may have', () => {
    const names = Array.from({ length: 8 }, (_, at) => `X-Callbot-${String(at).repeat(40)}`)
    const headers = Object.fromEntries(names.map((name) => [name, 'a'.repeat(128)]))
    const long = {
      ...order,
      integration: 'a'.repeat(253),
      seed: 'a'.repeat(64),
      from: '+33199000077',
      edge: 'fd00::1',
      headers,
    }
    const text = JSON.stringify(long)
    expect(readTestCallOrder(text)).to.deep.equal(long)
    expect(text.length).to.be.below(LONGEST_ORDER)
  })

  it('is read from any text without a throw', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((json) => `{"headers":${json}}`),
        ),
        (text) => void readTestCallOrder(text),
      ),
    )
  })

  it('is known by an id in its path', () => {
    expect(readTestCallPath('/test-calls/a-1')).to.equal('a-1')
    for (const path of [
      '/test-calls/',
      '/test-calls',
      '/test-calls/a/b',
      '/test-calls/%20',
      `/test-calls/${'a'.repeat(65)}`,
      '/state',
    ])
      expect(readTestCallPath(path), path).to.equal(undefined)
  })
})
