/** Reads model.bin of CTranslate2 (https://github.com/OpenNMT/CTranslate2, model_spec.py `_serialize`): named tensors, little endian. */

/** The number of single floats in the file; half floats have 4. */
export const FLOAT32 = 0

export interface Tensor {
  readonly shape: readonly number[]
  readonly type: number
  readonly data: Buffer
}

/** @throws when the file is of another version or ends before its time */
export function readCTranslate2(file: Buffer): Map<string, Tensor> {
  const read = new Cursor(file)
  const version = read.u32()
  if (version !== 6) throw new Error(`the model is in version ${version} of CTranslate2's format, 6 is known`)
  read.text() // the name of the architecture
  read.u32() // and its revision
  const tensors = new Map<string, Tensor>()
  for (let left = read.u32(); left > 0; left--) {
    const name = read.text()
    const shape = Array.from({ length: read.u8() }, () => read.u32())
    const type = read.u8()
    tensors.set(name, { shape, type, data: read.bytes(read.u32()) })
  }
  for (let left = read.u32(); left > 0; left--) {
    const alias = read.text()
    const tensor = tensors.get(read.text())
    if (tensor) tensors.set(alias, tensor)
  }
  return tensors
}

class Cursor {
  private readonly file: Buffer
  private at = 0

  constructor(file: Buffer) {
    this.file = file
  }

  bytes(count: number): Buffer {
    if (this.at + count > this.file.length) throw new Error('the model ends before its time: fetch it again')
    return this.file.subarray(this.at, (this.at += count))
  }

  u8(): number {
    return this.bytes(1).readUInt8()
  }

  u32(): number {
    return this.bytes(4).readUInt32LE()
  }

  /** With its length first, and a zero octet last, which counts. */
  text(): string {
    const length = this.bytes(2).readUInt16LE()
    return this.bytes(length).toString('utf8', 0, length - 1)
  }
}

/** Part of a tensor: rows `from` to `to` of its first dimension. */
export function rows({ shape, type, data }: Tensor, from: number, to: number): Tensor {
  const size = data.length / shape[0]!
  return { shape: [to - from, ...shape.slice(1)], type, data: data.subarray(from * size, to * size) }
}
