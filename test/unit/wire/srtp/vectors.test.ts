import { expect } from 'chai'
import { derive } from '../../../../src/wire/srtp/derive.ts'
import { Keystream } from '../../../../src/wire/srtp/keystream.ts'
import { rtpTransform } from '../../../../src/wire/srtp/transform.ts'

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex')

describe('the test vectors of RFC 3711', () => {
  it('B.2: the keystream of AES counter mode, at its beginning and at its end', () => {
    const key = hex('2B7E151628AED2A6ABF7158809CF4F3C')
    const keystream = new Keystream(key, hex('F0F1F2F3F4F5F6F7F8F9FAFBFCFD'), 0)
    const octets = Buffer.alloc(16 * 0xff02)
    keystream.apply(octets, 0, octets.length, 0)
    const block = (at: number) =>
      octets
        .subarray(16 * at, 16 * at + 16)
        .toString('hex')
        .toUpperCase()
    expect([0, 1, 2].map(block)).to.deep.equal([
      'E03EAD0935C95E80E166B16DD92B4EB4',
      'D23513162B02D0F72A43A2FE4A5F97AB',
      '41E95B3BB0A2E8DD477901E4FCA894C0',
    ])
    expect([0xfeff, 0xff00, 0xff01].map(block)).to.deep.equal([
      'EC8CDF7398607CB0F2D21675EA9EA1E4',
      '362B7C3C6773516318A077D7FC5073AE',
      '6A2CC3787889374FBEB4C81B17BA6C44',
    ])
  })

  it('B.3: the derivation of cipher key, salt and authentication key', () => {
    const master = {
      suite: 'AES_CM_128_HMAC_SHA1_80' as const,
      key: hex('E1F97A0D3E018BE0D64FA32C06DE4139'),
      salt: hex('0EC675AD498AFEEBB6960B3AABE6'),
    }
    expect(derive(master, [0, 16], [2, 14], [1, 94])).to.deep.equal([
      hex('C61E7A93744F39EE10734AFE3FF7A087'),
      hex('30CBBC08863D8C85D49DB34A9AE1'),
      hex(`CEBE321F6FF7716B6FD4AB49AF256A15 6D38BAA48F0A0ACF3C34E2359E6CDBCE
           E049646C43D9327AD175578EF7227098 6371C10C9A369AC2F94A8C5FBCDDDC25
           6D6E919A48B610EF17C2041E47403576 6B68642C59BBFC2F34DB60DBDFB2`),
    ])
  })
})

describe('the test vectors of RFC 7714', () => {
  const packet = hex(
    `8040f17b 8041f8d3 5501a0b2 47616c6c 696120657374206f6d6e69732064697669736120696e207061727465732074726573`,
  )
  const protectedWith = (suite: 'AEAD_AES_128_GCM' | 'AEAD_AES_256_GCM', key: Buffer) => {
    const salt = hex('51756964 2070726f 2071756f')
    const keys = { cipherKey: key, salt, mac: undefined }
    const transform = rtpTransform({ suite, key, salt }, keys, 0x5501a0b2)
    const octets = Buffer.concat([packet, Buffer.alloc(16)])
    const end = transform.protect(octets, 12, packet.length, 0xf17b)
    expect(end).to.equal(octets.length)
    return { octets, transform }
  }

  it('16.1: AES-128-GCM', () => {
    const { octets, transform } = protectedWith('AEAD_AES_128_GCM', hex('000102030405060708090a0b0c0d0e0f'))
    expect(octets.toString('hex')).to.equal(
      hex(`8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5
           0d294e6f 42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce`).toString('hex'),
    )
    expect(transform.verify(octets, 12, octets.length, 0xf17b)).to.equal(true)
    expect(octets.subarray(0, packet.length)).to.deep.equal(packet)
  })

  it('16.2: AES-256-GCM', () => {
    const key = Buffer.from(Array.from({ length: 32 }, (_, octet) => octet))
    const { octets } = protectedWith('AEAD_AES_256_GCM', key)
    expect(octets.toString('hex')).to.equal(
      hex(`8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238
           9a58e2f3 b50b2a02 76ffae0f 1ba63799 b87b7aa3 db36dfff d6b0f9bb 7878d7a7 6c13`).toString('hex'),
    )
  })
})
