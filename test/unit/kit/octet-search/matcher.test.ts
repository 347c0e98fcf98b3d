import { expect } from 'chai'
import fc from 'fast-check'
import { formsOfDigits, formsOfText, patternsOf } from '../../../harness/octet-search/forms.ts'
import { compile, searchStream, type Hit, type Pattern } from '../../../harness/octet-search/matcher.ts'

const patterns = [
  ...patternsOf('digits', formsOfDigits('33970284615')),
  ...patternsOf('name', formsOfText('Quervélinoux')),
]
const matcher = compile(patterns)
const instance = ({ octets, any }: Pattern, octet: number) => {
  const copy = Buffer.from(octets)
  if (any !== undefined) copy[any] = octet
  return copy
}
const inChunks = (octets: Buffer, sizes: readonly number[]): Hit[] => {
  const hits: Hit[] = []
  const search = searchStream(matcher, (hit) => hits.push(hit))
  for (let at = 0, index = 0; at < octets.length; index++) {
    const size = sizes[index % sizes.length]!
    search.push(octets.subarray(at, at + size))
    at += size
  }
  return hits
}

describe('the search for octets', () => {
  it('finds each pattern at each place, once, whatever chunks the octets come in', () => {
    const noise = fc.uint8Array({ maxLength: 300 })
    const sizes = fc.array(fc.integer({ min: 5, max: 200 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(
        fc.constantFrom(...patterns),
        noise,
        noise,
        sizes,
        fc.nat(255),
        (pattern, before, after, some, octet) => {
          const octets = Buffer.concat([before, instance(pattern, octet), after])
          const same = inChunks(octets, some).filter((hit) => hit.pattern === pattern && hit.at === before.length)
          expect(same, pattern.name).to.have.length(1)
        },
      ),
      { numRuns: 400 },
    )
  })

  it('finds it between pages of zeros, at each place around the border of a page', () => {
    for (const pattern of patterns.filter((_, index) => index % 9 === 0)) {
      for (let at = 16_384 - pattern.octets.length - 2; at < 16_384 + 2; at++) {
        const octets = Buffer.alloc(3 * 16_384)
        instance(pattern, 7).copy(octets, at)
        const hits = inChunks(octets, [octets.length])
        expect(
          hits.some((hit) => hit.pattern === pattern && hit.at === at),
          `${pattern.name} ${at}`,
        ).to.equal(true)
      }
    }
  })

  it('finds what a plain comparison finds, and nothing else', () => {
    const few = fc.array(fc.constantFrom(0x33, 0x39, 0x37, 0, 0x20), { maxLength: 400 })
    const small = compile([
      { name: 'one', octets: Buffer.from('339333') },
      { name: 'two', octets: Buffer.from('3 3 9 7') },
      { name: 'three', octets: Buffer.from('3393337933'), any: 2 },
    ])
    const isAt = (octets: Buffer, { octets: wanted, any }: Pattern, at: number) =>
      at + wanted.length <= octets.length &&
      wanted.every((octet, index) => index === any || octets[at + index] === octet)
    fc.assert(
      fc.property(few, (list) => {
        const octets = Buffer.from(list)
        const found: string[] = []
        small.scan(octets, ({ name }, at) => found.push(`${name} ${at}`))
        const all = [
          { name: 'one', octets: Buffer.from('339333') },
          { name: 'two', octets: Buffer.from('3 3 9 7') },
          { name: 'three', octets: Buffer.from('3393337933'), any: 2 },
        ]
        const wanted = all.flatMap((pattern) =>
          [...octets.keys()].filter((at) => isAt(octets, pattern, at)).map((at) => `${pattern.name} ${at}`),
        )
        expect(found.sort()).to.deep.equal(wanted.sort())
      }),
      { numRuns: 2_000 },
    )
  })

  it('refuses a pattern that is too short, or of zeros', () => {
    expect(() => compile([{ name: 'short', octets: Buffer.from('12345') }])).to.throw('less than 6 octets')
    expect(() => compile([{ name: 'zeros', octets: Buffer.alloc(8) }])).to.throw('of zeros')
  })
})
