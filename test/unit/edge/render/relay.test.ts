import { expect } from 'chai'
import { renderPublicAddress, renderRelay } from '../../../../src/edge/render/relay.ts'

const text = renderRelay({
  ...{ podIp: '10.244.1.7', publicAddress: '203.0.113.1', loopback: '127.0.0.1' },
  outside: { first: 20_000, last: 20_199 },
})

describe('what the media relay reads', () => {
  it('has ports for callers and other ports for bots, and shows only callers the public address', () => {
    const [, outside, inside] = text.split('[interface-')
    expect(outside).to.include('advertised = 203.0.113.1\nport-min = 20000\nport-max = 20199')
    expect(inside).to.include('address = 10.244.1.7\nport-min = 40000\nport-max = 49999').and.not.include('advertised')
  })

  it('takes orders from its own pod only and by TCP, which no media speaks, needs no kernel module and logs nothing of a call', () => {
    expect(text).to.include('listen-tcp-ng = 127.0.0.1:2223').and.include('table = -1').and.include('log-level = 3')
    expect(text).not.to.match(/listen-(ng|http|cli|tcp |udp)/)
  })

  it('ends calls that nobody ends', () => {
    expect(text)
      .to.match(/^timeout = 120$/m)
      .and.match(/^offer-timeout = 200$/m)
      .and.match(/^final-timeout = 14400$/m)
  })
})

describe('what the proxy reads of the public address', () => {
  it('is one definition for each place that says it', () => {
    expect(renderPublicAddress('203.0.113.1', 'abc').trim().split('\n')).to.deep.equal([
      '#!substdef "!PUBLIC_ADDRESS!203.0.113.1!g"',
      '#!substdef "!GUARD_KEY!abc!g"',
      '#!substdef "!OUTSIDE_ADVERTISE_TLS!advertise 203.0.113.1:5061!g"',
      '#!substdef "!OUTSIDE_ADVERTISE_PLAIN!advertise 203.0.113.1:5060!g"',
      '#!substdef "!OUTSIDE_ADVERTISE_TRUNKS!advertise 203.0.113.1:5080!g"',
    ])
  })
})
