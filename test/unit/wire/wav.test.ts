import { expect } from 'chai'
import * as fc from 'fast-check'
import { readWav, toOctets, toSamples, writeWav } from '../../../src/wire/wav.ts'

const samplesOf = fc.array(fc.integer({ min: -32_768, max: 32_767 })).map((values) => Int16Array.from(values))
const file = () => writeWav({ sampleRate: 8_000, samples: Int16Array.of(1, -2, 3) })

/** The file with some of its octets replaced. */
function altered(at: number, octets: number[]): Buffer {
  const bytes = file()
  Buffer.from(octets).copy(bytes, at)
  return bytes
}

describe('a WAV file', () => {
  it('gives back what was written', () => {
    fc.assert(
      fc.property(samplesOf, fc.integer({ min: 1, max: 192_000 }), (samples, sampleRate) => {
        expect(readWav(writeWav({ sampleRate, samples }))).to.deep.equal({ sampleRate, samples })
      }),
    )
  })

  it('is read also from the middle of a larger buffer', () => {
    const within = Buffer.concat([Buffer.alloc(3), file()]).subarray(3)
    expect(readWav(within).samples).to.deep.equal(Int16Array.of(1, -2, 3))
  })

  it('may have other chunks before its samples, with a filler octet after odd ones', () => {
    const list = Buffer.from('LIST\x03\0\0\0abc\0', 'latin1')
    const with_ = Buffer.concat([file().subarray(0, 36), list, file().subarray(36)])
    expect(readWav(with_).samples).to.deep.equal(Int16Array.of(1, -2, 3))
  })

  it('may have its format in the extension, as programs write it that know more than two channels', () => {
    const extended = (format: number, octets = 40) => {
      const body = Buffer.alloc(octets)
      file().copy(body, 0, 20, 36)
      body.writeUInt16LE(0xfffe, 0)
      if (octets >= 26) body.writeUInt16LE(format, 24)
      const head = Buffer.from('fmt \0\0\0\0', 'latin1')
      head.writeUInt32LE(octets, 4)
      return Buffer.concat([file().subarray(0, 12), head, body, file().subarray(36)])
    }
    expect(readWav(extended(1)).samples).to.deep.equal(Int16Array.of(1, -2, 3))
    expect(() => readWav(extended(3)), 'floating point').to.throw('not linear 16 bit')
    expect(() => readWav(extended(1, 18)), 'without the extension').to.throw('not linear 16 bit')
  })

  it('is refused with the reason when it is something else', () => {
    expect(() => readWav(Buffer.from('ID3'))).to.throw('no WAV file')
    expect(() => readWav(altered(20, [6, 0]))).to.throw('not linear 16 bit')
    expect(() => readWav(altered(34, [8, 0]))).to.throw('not linear 16 bit')
    expect(() => readWav(altered(22, [2, 0]))).to.throw('2 channels')
    expect(() => readWav(file().subarray(0, 40))).to.throw('lacks a data chunk')
    expect(() => readWav(Buffer.concat([file().subarray(0, 12), file().subarray(36)]))).to.throw('write fmt first')
  })

  it('is refused with more than 64 chunks before its samples, whatever is in them', () => {
    const withChunks = (count: number) =>
      Buffer.concat([file().subarray(0, 36), Buffer.from('junk\0\0\0\0'.repeat(count)), file().subarray(36)])
    expect(readWav(withChunks(62)).samples).to.deep.equal(Int16Array.of(1, -2, 3))
    expect(() => readWav(withChunks(64))).to.throw('64 chunks before its samples')
  })

  it('never throws anything but a reason, whatever its octets', () => {
    const header = file().subarray(0, 36)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (tail) => {
        try {
          readWav(Buffer.concat([header, tail]))
        } catch (error) {
          expect((error as Error).message).to.match(/^(the WAV file|it is no WAV|the format)/)
        }
      }),
    )
  })
})

describe('samples as octets', () => {
  it('come back the same', () => {
    fc.assert(
      fc.property(samplesOf, (samples) => {
        expect(toSamples(toOctets(samples))).to.deep.equal(samples)
      }),
    )
  })

  it('leave out an odd octet at the end', () => {
    expect(toSamples(Buffer.from([1, 0, 2]))).to.deep.equal(Int16Array.of(1))
  })
})
