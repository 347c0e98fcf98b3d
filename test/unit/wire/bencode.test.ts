import { expect } from 'chai'
import fc from 'fast-check'
import { type Bencoded, decodeBencode } from '../../../src/wire/bencode.ts'

const encode = (value: Bencoded): string => {
  if (typeof value === 'number') return `i${value}e`
  if (typeof value === 'string') return `${value.length}:${value}`
  if (Array.isArray(value)) return `l${value.map(encode).join('')}e`
  const entries = Object.entries(value).map(([name, each]) => encode(name) + encode(each))
  return `d${entries.join('')}e`
}

const { value } = fc.letrec<{ value: Bencoded }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.maxSafeInteger(),
    fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string({ unit: 'binary-ascii' }), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))

describe("the encoding of rtpengine's control protocol", () => {
  it('is read as the numbers, texts, lists and dictionaries that were written', () => {
    fc.assert(fc.property(value, (each) => void expect(decodeBencode(encode(each))).to.deep.equal(each)))
  })

  it('is none where something is missing, left over, or of no kind', () => {
    for (const text of [
      '',
      'i1',
      'ie',
      'i1:',
      '5:four',
      '-1:',
      '4:fours',
      'l',
      'li1e',
      'd1:ae',
      'di1ei1ee',
      'x',
      'i1ei1e',
    ])
      expect(decodeBencode(text), text).to.equal(undefined)
  })

  it('is none where it is nested deeper than any answer', () => {
    expect(decodeBencode(`${'l'.repeat(16)}${'e'.repeat(16)}`)).not.to.equal(undefined)
    expect(decodeBencode(`${'l'.repeat(100_000)}${'e'.repeat(100_000)}`)).to.equal(undefined)
  })

  it('takes whatever comes without an error', () => {
    const letter = fc.constantFrom('i', 'l', 'd', 'e', ':', '-', '0', '1', '9', 'a')
    fc.assert(fc.property(fc.string({ unit: letter, maxLength: 60 }), (text) => void decodeBencode(text)))
  })
})
