import { expect } from 'chai'
import fc from 'fast-check'
import { createTail } from '../../../src/hold/tail.ts'

const textOf = (records: readonly string[], said = records.length) =>
  [
    { kind: 'HoldExport' },
    ...records.map((content) => ({ kind: 'Record', content })),
    { kind: 'End', records: said, unreadable: 1 },
  ]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('')

/** @param size octets that come at a time */
function endOf(text: string, size = 7) {
  const tail = createTail()
  const octets = Buffer.from(text)
  for (let at = 0; at < octets.length; at += size) tail.take(octets.subarray(at, at + size))
  return tail.end()
}

describe('the end of an export', () => {
  it('says that all has come, whatever is in the records and however it came', () => {
    const records = fc.array(fc.string({ maxLength: 700 }), { maxLength: 10 })
    fc.assert(
      fc.property(records, fc.integer({ min: 1, max: 900 }), (all, size) => {
        expect(endOf(textOf(all), size)).to.deep.equal({ records: all.length, unreadable: 1 })
      }),
    )
  })

  it('is missing from what was cut off anywhere, has lost a line, or was never begun', () => {
    const text = textOf(['{"kind":"End","records":0,"unreadable":0}', 'a'])
    for (let at = 0; at < text.length; at++) expect(endOf(text.slice(0, at)), String(at)).to.equal(undefined)
    expect(endOf(textOf(['a', 'b'], 3))).to.equal(undefined)
    expect(endOf(textOf(['a', 'b'], 1))).to.equal(undefined)
  })
})
