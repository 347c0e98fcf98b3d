import { expect } from 'chai'
import { valuesIn } from '../../../src/pki/der-reader.ts'

const read = (...bytes: number[]) => valuesIn(Buffer.from(bytes)).map(({ tag, contents }) => [tag, ...contents])

describe('DER that is read', () => {
  it('is one value after the other, with a short or a long length', () => {
    expect(read(0x02, 1, 7, 0x05, 0)).to.deep.equal([[0x02, 7], [0x05]])
    expect(read(0x04, 0x81, 2, 8, 9)).to.deep.equal([[0x04, 8, 9]])
    expect(read(0x04, 0x83, 0, 0, 1, 8)).to.deep.equal([[0x04, 8]])
  })

  it('has no tag of several bytes, no length without an end, and no length of 16 MiB or more', () => {
    const another = 'a tag or a length of another kind'
    expect(() => read(0x1f, 1, 7)).to.throw(RangeError, another)
    expect(() => read(0x30, 0x80, 5, 0, 0, 0)).to.throw(RangeError, another)
    expect(() => read(0x04, 0x84, 0, 0, 0, 1, 8)).to.throw(RangeError, another)
  })

  it('is refused where it is cut off', () => {
    expect(() => read(0x04, 3, 1, 2)).to.throw(RangeError)
    expect(() => read(0x04)).to.throw(RangeError)
  })
})
