import { expect } from 'chai'
import { type CallOptions, DEFAULTS, readCallOptions } from '../../../src/call/options.ts'

const typed = (options: Partial<CallOptions> = {}) => readCallOptions({ ...DEFAULTS, ...options })

describe('the options of callbot call', () => {
  it('have defaults for a call within the cluster, to be heard by a voice', () => {
    expect(typed()).to.deep.equal({
      ...{ host: 'callbot-edge.callbot-system.svc', port: 5061, serverName: 'callbot-edge.callbot-system.svc' },
      ...{ from: undefined, expect: 'Voice', seconds: 20, waitSeconds: 0, isJson: false },
    })
  })

  it('take an edge by name, IPv4 or IPv6, with or without a port', () => {
    for (const [edge, host, port] of [
      ['edge.example.com', 'edge.example.com', 5061],
      ['203.0.113.7:15061', '203.0.113.7', 15061],
      ['[2001:db8::7]:5071', '2001:db8::7', 5071],
      ['[2001:db8::7]', '2001:db8::7', 5061],
    ] as const)
      expect(typed({ edge })).to.include({ host, port, serverName: host })
  })

  it('are refused with the option and its cure where they make no sense', () => {
    for (const [options, problem] of [
      [{ edge: 'edge:99999' }, /^--edge edge:99999: write a name or an address/],
      [{ edge: 'https://edge' }, /^--edge/],
      [{ to: 'a b' }, /^--to a b: write a number such as/],
      [{ to: '1@elsewhere.example' }, /^--to/],
      [{ from: '"><sip:x' }, /^--from/],
      [{ expect: 'music' }, /^--expect music: write one of echo, tone, voice, answer/],
      [{ seconds: '0' }, /^--seconds 0: write 1 to 120/],
      [{ seconds: 'many' }, /^--seconds/],
      [{ wait: '-1' }, /^--wait -1: write 0 to 3600/],
      [{ output: 'yaml' }, /^--output yaml: write text or json/],
      [{ cert: 'a.pem' }, /^--cert and --key go together/],
    ] as [Partial<CallOptions>, RegExp][]) {
      const read = typed(options)
      expect('problem' in read && read.problem).to.match(problem)
    }
  })
})
