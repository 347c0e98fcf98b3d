import { expect } from 'chai'
import { encode, laws } from '../../../../src/wire/codec/g711.ts'

describe('G.711', () => {
  it('has the values of its tables 1 and 2 at the ends of the segments', () => {
    // The decoder's outputs y1, y17, y33, ..., y128 of ITU-T G.711, in 16 bit; octets as they are sent.
    const { linear: a } = laws.PCMA
    expect([0xd5, 0xc5, 0xf5, 0xe5, 0x95, 0x85, 0xb5, 0xa5, 0xaa].map((octet) => a[octet])).to.deep.equal([
      8, 264, 528, 1056, 2112, 4224, 8448, 16_896, 32_256,
    ])
    const { linear: mu } = laws.PCMU
    expect([0xff, 0xfe, 0xef, 0xdf, 0xcf, 0xbf, 0xaf, 0x9f, 0x8f, 0x80].map((octet) => mu[octet])).to.deep.equal([
      0, 8, 132, 396, 924, 1980, 4092, 8316, 16_764, 32_124,
    ])
  })

  it('changes from one segment to the next at the decision values of table 1', () => {
    const { linear, octets } = laws.PCMA
    const values = [0, 15, 16, 1_023, 1_024, 16_383, 16_384, 32_767].map((sample) => linear[octets[sample]!])
    expect(values).to.deep.equal([8, 8, 24, 1_008, 1_056, 16_128, 16_896, 32_256])
  })

  for (const [name, law] of Object.entries(laws)) {
    it(`${name}: every octet that is decoded is encoded as itself, but for the negative zero`, () => {
      for (let octet = 0; octet < 256; octet++) {
        const again = law.octets[law.linear[octet]! & 0xffff]!
        expect(law.linear[again]).to.equal(law.linear[octet])
        if (law.linear[octet] !== 0) expect(again).to.equal(octet)
      }
    })

    it(`${name}: no sample is further from its octet's value than half a step, and louder stays louder`, () => {
      const values = [...new Set(law.linear)].toSorted((x, y) => x - y)
      const places = new Map(values.map((value, at) => [value, at]))
      const loudest = values.at(-1)!
      let before = -Infinity
      for (let sample = -32_768; sample < 32_768; sample++) {
        const got = law.linear[law.octets[sample & 0xffff]!]!
        if (got < before) expect.fail(`${sample} is quieter than the one before`)
        before = got
        if (Math.abs(sample) > loudest) continue
        const at = places.get(got)!
        const step = Math.max(got - (values[at - 1] ?? got), (values[at + 1] ?? got) - got)
        if (Math.abs(got - sample) > step / 2) expect.fail(`${sample} became ${got}`)
      }
    })

    it(`${name}: silence is the quietest octet`, () => {
      expect(Math.abs(law.linear[law.silence]!)).to.equal(Math.min(...law.linear.map(Math.abs)))
      const target = new Uint8Array(4)
      encode(law, new Int16Array(2), target, 1)
      expect([...target]).to.deep.equal([0, law.silence, law.silence, 0])
    })
  }
})
