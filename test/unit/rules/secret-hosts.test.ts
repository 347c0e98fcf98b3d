import { expect } from 'chai'
import fc from 'fast-check'
import { isReleasedTo } from '../../../src/rules/secret-hosts.ts'
import { costOf } from '../../harness/event-loop.ts'

describe('a Secret is shown to', () => {
  it('the hosts that it names, in any case, and those below a name with an asterisk', () => {
    const hosts = 'API.example.org, asr.example.org\n*.clinic.example;192.0.2.7 2001:db8::1'.replace(';', '\t')
    for (const host of [
      'api.example.org',
      'ASR.example.org',
      'a.clinic.example',
      'a.b.clinic.example',
      '192.0.2.7',
      '[2001:db8::1]',
    ])
      expect(isReleasedTo(hosts, host), host).to.equal(true)
    for (const host of [
      'example.org',
      'clinic.example',
      'evilclinic.example',
      'api.example.org.evil.test',
      '192.0.2.70',
    ])
      expect(isReleasedTo(hosts, host), host).to.equal(false)
  })

  it('nobody where it names none, and never to all', () => {
    for (const hosts of [undefined, '', ' , ', '*', '*.', '**', '.'])
      for (const host of ['api.example.org', '']) expect(isReleasedTo(hosts, host)).to.equal(false)
  })

  it('no host that is not written there, whatever else is', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab.*, \n'), maxLength: 40 })
    fc.assert(fc.property(text, (hosts) => !isReleasedTo(hosts, 'wanted.example')))
  })

  it('one of a hundred at most, so that a long value costs nothing', () => {
    for (const hosts of ['x'.repeat(1_000_000), `${'a '.repeat(200)} api.example.org`]) {
      const release = () => isReleasedTo(hosts, 'api.example.org')
      expect(release()).to.equal(false)
      expect(costOf(release), 'milliseconds of a core').to.be.below(50)
    }
  })
})
