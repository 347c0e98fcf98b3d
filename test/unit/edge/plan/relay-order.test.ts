import { expect } from 'chai'
import { relayOrder, type GuardRules } from '../../../../src/edge/plan/relay-order.ts'
import { readAddress } from '../../../../src/lib/ip-address.ts'
import { DEFAULT_EGRESS } from '../../../../src/rules/egress.ts'
import type { Bencoded } from '../../../../src/wire/bencode.ts'

const RULES: GuardRules = {
  ...{ key: 'k', own: [readAddress('10.244.0.7')!], pods: [], denied: [], callers: [] },
  ...{ egress: DEFAULT_EGRESS, isOnLoopback: false, controlPorts: [2223] },
}
const sdp = (protocol = 'RTP/AVP', address = '198.51.100.9') =>
  ['v=0', `o=- 1 1 IN IP4 ${address}`, 's=-', `c=IN IP4 ${address}`, 't=0 0', `m=audio 40000 ${protocol} 8`, ''].join(
    '\r\n',
  )
const CALL = { 'call-id': 'c', 'from-tag': 'f' }
const OFFER = {
  ...{ 'callbot-key': 'k', command: 'offer', ...CALL, sdp: sdp(), sender: 'outside', receiver: 'inside' },
  ...{ namespace: 'acme', 'received-from': ['IP4', '198.51.100.9'] },
}
const order = (message: Bencoded | undefined) => relayOrder(message, RULES)
const passed = (message: Bencoded) => {
  const found = order(message)
  if (found.kind !== 'passed') throw new Error(found.kind)
  return found.order
}

describe('a message to the guard of the media relay', () => {
  it('without the key of the proxy is not answered, whatever it asks for', () => {
    for (const key of [undefined, '', 'x', ['k']])
      expect(order({ ...OFFER, 'callbot-key': key ?? 0 }), String(key)).to.deep.equal({ kind: 'ignored' })
    for (const message of [undefined, 'x', 7, [], {}]) expect(order(message)).to.deep.equal({ kind: 'ignored' })
  })

  it('is passed on as a ping, an offer, an answer or the end of a call, and as nothing else', () => {
    expect(passed({ command: 'ping' })).to.deep.equal({ command: 'ping' })
    expect(passed({ 'callbot-key': 'k', command: 'delete', ...CALL, 'delete-delay': 0 })).to.deep.equal({
      command: 'delete',
      ...CALL,
    })
    for (const command of [
      'list',
      'query',
      'subscribe request',
      'subscribe answer',
      'start recording',
      'play media',
      'statistics',
    ])
      expect(order({ ...OFFER, command }), command).to.deep.equal({ kind: 'ignored' })
  })

  it('keeps of the proxy no word but the names of the call and its description, which is written again', () => {
    expect(
      passed({ ...OFFER, flags: ['trust-address'], address: '127.0.0.1', 'to-tag': 't', 'media-address': '127.0.0.1' }),
    ).to.deep.equal({
      ...{ command: 'offer', ...CALL, 'to-tag': 't', direction: ['outside', 'inside'], replace: ['origin'] },
      ...{ ICE: 'remove', DTLS: 'off', SDES: ['nonew'], flags: ['strict-source', 'endpoint-learning-off'] },
      sdp: sdp().replace(
        'c=IN IP4 198.51.100.9\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8',
        't=0 0\r\nm=audio 40000 RTP/AVP 8\r\nc=IN IP4 198.51.100.9',
      ),
    })
  })

  it('lets the relay learn the port of a caller behind NAT alone, and from who has the key of a call with SRTP', () => {
    const flags = (protocol: string, address: string) => passed({ ...OFFER, sdp: sdp(protocol, address) })['flags']
    expect(flags('RTP/AVP', '198.51.100.9')).to.deep.equal(['strict-source', 'endpoint-learning-off'])
    expect(flags('RTP/AVP', '192.168.1.2')).to.deep.equal(['strict-source'])
    expect(flags('RTP/SAVP', '192.168.1.2')).to.deep.equal(['strict-source', 'recrypt'])
  })

  it('is refused when its description is, or is plain where the bot wants SRTP, or when nobody knows who sends it', () => {
    expect(order({ ...OFFER, sdp: sdp('RTP/AVP', '127.0.0.1') }).kind).to.equal('refused')
    expect(order({ ...OFFER, srtp: 'Required' }).kind).to.equal('refused')
    expect(order({ ...OFFER, srtp: 'Required', sdp: sdp('RTP/SAVP') }).kind).to.equal('passed')
    for (const change of [
      { sender: 'x' },
      { receiver: 'x' },
      { 'received-from': 'x' },
      { sdp: 7 },
      { namespace: 7 },
      { 'call-id': 7 },
    ])
      expect(order({ ...OFFER, ...change }).kind, JSON.stringify(change)).to.equal('refused')
  })
})
