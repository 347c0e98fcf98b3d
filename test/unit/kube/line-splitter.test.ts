import { expect } from 'chai'
import fc from 'fast-check'
import { LineSplitter } from '../../../src/kube/line-splitter.ts'

describe('lines of a stream', () => {
  it('are the same however the bytes were cut into chunks', () => {
    const line = fc.string({ unit: 'binary', maxLength: 30 }).map((text) => text.replaceAll('\n', '').toWellFormed())
    fc.assert(
      fc.property(fc.array(line, { maxLength: 10 }), fc.array(fc.nat(40), { maxLength: 20 }), (lines, cuts) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''))
        const splitter = new LineSplitter()
        const got: string[] = []
        let at = 0
        for (const cut of cuts) got.push(...splitter.push(bytes.subarray(at, (at += cut))))
        got.push(...splitter.push(bytes.subarray(at)))
        expect(got).to.deep.equal(lines.filter((text) => text !== ''))
      }),
    )
  })

  it('are held back until their end came', () => {
    const splitter = new LineSplitter()
    expect(splitter.push(Buffer.from('{"a":'))).to.deep.equal([])
    expect(splitter.push(Buffer.from('1}'))).to.deep.equal([])
    expect(splitter.push(Buffer.from('\n{'))).to.deep.equal(['{"a":1}'])
  })
})
