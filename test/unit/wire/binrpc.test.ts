import { expect } from 'chai'
import fc from 'fast-check'
import { decodeRpcReply, encodeRpcRequest } from '../../../src/wire/binrpc.ts'

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex')

const answer = (kind: 'reply' | 'fault', body: string) =>
  Buffer.concat([Buffer.from([0xa1, kind === 'reply' ? 0x10 : 0x30, hex(body).length, 5]), hex(body)])

describe("the protocol of Kamailio's control socket", () => {
  it('writes a request with the shortest lengths', () => {
    expect(encodeRpcRequest(1, 'a', [0, 7, 300]).toString('hex')).to.equal(
      hex('a1 00 09 01  21 6100  00  10 07  20 012c').toString('hex'),
    )
  })

  it('writes a text of eight octets and more with its length before it', () => {
    expect(encodeRpcRequest(0x1234, 'core.psx', []).toString('hex')).to.equal(
      hex('a1 01 0b 1234  91 09 636f72652e70737800').toString('hex'),
    )
  })

  it('reads texts, numbers, arrays and structs', () => {
    const body = '71 61626364656600  10 07  00  04 1001 1002 84  03 55 7465737400 100b 83'
    expect(decodeRpcReply(answer('reply', body))).to.deep.equal({
      kind: 'reply',
      cookie: 5,
      values: ['abcdef', 7, 0, [1, 2], { test: 11 }],
    })
  })

  it('reads a name that comes again as a list', () => {
    expect(decodeRpcReply(answer('reply', '03 2573 00 1001 2573 00 1002 2573 00 1003 83'))).to.deep.include({
      values: [{ s: [1, 2, 3] }],
    })
  })

  it('reads structs without names in a struct as a list', () => {
    expect(
      decodeRpcReply(answer('reply', '03 35 616200 03 03 25 6100 1001 83 03 25 6100 1002 83 83 83')),
    ).to.deep.include({
      values: [{ ab: [{ a: 1 }, { a: 2 }] }],
    })
  })

  it('reads numbers below zero and thousandths', () => {
    expect(decodeRpcReply(answer('reply', '40 ffffffff 22 05dc'))).to.deep.include({ values: [-1, 1.5] })
  })

  it('reads a fault with its code and words', () => {
    expect(decodeRpcReply(answer('fault', '20 01f4 31 6e6f00'))).to.deep.equal({
      kind: 'fault',
      cookie: 5,
      code: 500,
      because: 'no',
    })
  })

  it('waits for what is missing', () => {
    const whole = answer('reply', '71 61626364656600')
    for (let length = 0; length < whole.length; length++) {
      expect(decodeRpcReply(whole.subarray(0, length)), `${length} octets`).to.equal(undefined)
    }
  })

  it('calls nonsense nonsense and never throws', () => {
    expect(decodeRpcReply(hex('48 54 54 50'))).to.deep.include({ kind: 'nonsense' })
    expect(decodeRpcReply(hex('a1 10 01 05 71'))).to.deep.include({ kind: 'nonsense' })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (octets) => {
        decodeRpcReply(Buffer.from([0xa1, 0x10, octets.length, 1, ...octets]))
        decodeRpcReply(Buffer.from(octets))
      }),
      { numRuns: 2_000 },
    )
  })
})
