import { expect } from 'chai'
import * as fc from 'fast-check'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { readCTranslate2 } from '../../../../hack/speech/ctranslate2.ts'
import { dequantise } from '../../../../hack/speech/dequantise.ts'
import { widen } from '../../../../hack/speech/float16.ts'
import { readModel, writeModel, type Model, type Node } from '../../../../hack/speech/onnx.ts'
import { bytes, decode, encode, number, text, type Field } from '../../../../hack/speech/protobuf.ts'
import { readTexts } from '../../../../hack/speech/recordings.ts'

describe('protocol buffers', () => {
  const field = fc.oneof(
    fc.record({ number: fc.integer({ min: 1, max: 500 }), wire: fc.constant(0), value: fc.bigInt(0n, 2n ** 64n - 1n) }),
    fc.record({
      number: fc.integer({ min: 1, max: 500 }),
      wire: fc.constant(2),
      value: fc.uint8Array().map((octets) => Buffer.from(octets)),
    }),
    fc.record({
      number: fc.integer({ min: 1, max: 500 }),
      wire: fc.constant(5),
      value: fc.uint8Array({ minLength: 4, maxLength: 4 }).map((octets) => Buffer.from(octets)),
    }),
  ) as fc.Arbitrary<Field>

  it('come back as they were written', () => {
    fc.assert(
      fc.property(fc.array(field), (fields) => {
        expect(decode(encode(fields))).to.deep.equal(fields)
      }),
    )
  })

  it('are refused when they are cut off', () => {
    expect(() => decode(encode([text(1, 'abc')]).subarray(0, 4))).to.throw('cut off')
    expect(() => decode(Buffer.from([0x80]))).to.throw('cut off')
  })
})

describe('half floats', () => {
  it('are widened exactly, the smallest and infinity too', () => {
    const halves = [0x3c00, 0xc000, 0x0001, 0x0400, 0x7bff, 0x7c00, 0x8000]
    const data = Buffer.from(Uint16Array.from(halves).buffer)
    const singles = new Float32Array(Uint8Array.from(widen(data)).buffer)
    expect([...singles]).to.deep.equal([1, -2, 2 ** -24, 2 ** -14, 65_504, Infinity, -0])
  })
})

/*
 * y = x * w + bias, quantised as onnxruntime's tool does it: the weight as octets around 128 with a scale of 0.5, the bias as a whole number
 * of the scale that both have.
 */
const TYPES = { float: 1, uint8: 2, int32: 6 }
const tensor = (name: string, type: number, dims: number[], data: Buffer) =>
  bytes(5, encode([...dims.map((dim) => number(1, dim)), number(2, type), text(8, name), bytes(9, data)]))
const floats = (...values: number[]) => Buffer.from(Float32Array.from(values).buffer)
const valueInfo = (field: number, name: string, dims: number[]) => {
  const shape = encode(dims.map((dim) => bytes(1, encode([number(1, dim)]))))
  const type = encode([bytes(1, encode([number(1, TYPES.float), bytes(2, shape)]))])
  return bytes(field, encode([text(1, name), bytes(2, type)]))
}
const node = (operator: string, inputs: string[], outputs: string[], rest: Field[] = []): Node => ({
  ...{ operator, inputs, outputs, rest },
  name: outputs[0]!,
})
const to = (type: number) => [bytes(5, encode([text(1, 'to'), number(3, type), number(20, 2)]))]

const quantised: Model = {
  nodes: [
    node('DynamicQuantizeLinear', ['x'], ['xq', 'xs', 'xz']),
    node('MatMulInteger', ['xq', 'w', 'xz', 'wz'], ['sum']),
    node('Mul', ['xs', 'ws'], ['scale']),
    node('Div', ['b', 'scale'], ['ratio']),
    node('Floor', ['ratio'], ['floored']),
    node('Cast', ['floored'], ['bias'], to(TYPES.int32)),
    node('Add', ['sum', 'bias'], ['both']),
    node('Cast', ['both'], ['whole'], to(TYPES.float)),
    node('Mul', ['whole', 'scale'], ['y']),
  ],
  weights: new Map(
    (
      [
        ['w', tensor('w', TYPES.uint8, [2, 2], Buffer.from([130, 126, 128, 136]))], // (1 -1; 0 4) after scale and zero point
        ['wz', tensor('wz', TYPES.uint8, [], Buffer.from([128]))],
        ['ws', tensor('ws', TYPES.float, [], floats(0.5))],
        ['b', tensor('b', TYPES.float, [2], floats(0.3, -0.7))],
      ] as const
    ).map(([name, weight]) => [name, weight]),
  ),
  graph: [text(2, 'g'), valueInfo(11, 'x', [1, 2]), valueInfo(12, 'y', [1, 2])],
  model: [number(1, 8), bytes(8, encode([text(1, ''), number(2, 13)]))],
}

async function run(model: Buffer, x: number[]): Promise<number[]> {
  const session = await InferenceSession.create(model)
  const made = await session.run({ x: new Tensor('float32', x, [1, 2]) })
  await session.release()
  return [...(made['y']!.data as Float32Array)]
}

describe('a network in integers', () => {
  it('is the same as a file after reading and writing', async () => {
    const file = writeModel(quantised)
    expect(writeModel(readModel(file))).to.deep.equal(file)
    const [first, second] = await run(file, [1, 2])
    expect(first).to.be.closeTo(1.3, 0.05)
    expect(second).to.be.closeTo(6.3, 0.05)
  })

  it('reckons in floats after that what it did in integers, and without their rounding', async () => {
    const made = dequantise(quantised)
    expect(made.nodes.map(({ operator }) => operator).filter((each) => /Integer|Quantize/.test(each))).to.deep.equal([])
    const file = writeModel(made)
    for (const x of [
      [1, 2],
      [0.1, -3],
      [0, 0],
    ]) {
      const [first, second] = await run(file, x)
      expect(first).to.be.closeTo(x[0]! + 0.3, 1e-5)
      expect(second).to.be.closeTo(-x[0]! + 4 * x[1]! - 0.7, 1e-5)
    }
  })

  it('is refused when it has integers that this does not know', () => {
    const strange = { ...quantised, nodes: [node('ConvInteger', ['a', 'w'], ['y'])] }
    expect(() => dequantise(strange)).to.throw('1 integer operators are left')
  })
})

describe('a model of CTranslate2', () => {
  const header = Buffer.from([6, 0, 0, 0, 2, 0, 0x57, 0, 3, 0, 0, 0])
  const one = Buffer.from([1, 0, 0, 0, 2, 0, 0x61, 0, 1, 2, 0, 0, 0, 0, 8, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8])
  const alias = Buffer.from([1, 0, 0, 0, 2, 0, 0x62, 0, 2, 0, 0x61, 0])

  it('gives its tensors by name, and by their other names', () => {
    const tensors = readCTranslate2(Buffer.concat([header, one, alias]))
    const wanted = { shape: [2], type: 0, data: Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]) }
    expect([...tensors]).to.deep.equal([
      ['a', wanted],
      ['b', wanted],
    ])
  })

  it('is refused when it is cut off or of another version', () => {
    expect(() => readCTranslate2(Buffer.concat([header, one]))).to.throw('ends before its time')
    expect(() => readCTranslate2(Buffer.from([5, 0, 0, 0]))).to.throw('version 5')
  })
})

describe('the texts of the recordings', () => {
  it('are read by name, without comments and empty lines', () => {
    const content = '; Core Sounds\n\nvm-goodbye: Au revoir. \ndictate/pause: pause\nnothing:\n'
    expect(readTexts(content)).to.deep.equal([
      { name: 'vm-goodbye', text: 'Au revoir.' },
      { name: 'dictate/pause', text: 'pause' },
    ])
  })
})
