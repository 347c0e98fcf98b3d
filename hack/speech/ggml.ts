/**
 * Whisper as CTranslate2 keeps it -> the ggml file that whisper.cpp reads (the layout is that of its models/convert-pt-to-ggml.py):
 * header, mel filters, vocabulary, tensors. Large weights stay half floats, the small ones become single.
 */
import { FLOAT32, rows, type Tensor } from './ctranslate2.ts'
import { widen } from './float16.ts'

const MAGIC = 0x67676d6c
/** Says that large weights are half floats; also the type of such a tensor. */
const HALF = 1
const SINGLE = 0
const HEAD_SIZE = 64
/** From so many tokens on a model knows more languages than English, and has one token more before its special ones. */
const MULTILINGUAL_TOKENS = 51_865

type Tensors = ReadonlyMap<string, Tensor>

/** @param vocabulary one token a line, in the alphabet of GPT-2's byte encoder */
export function toGgml(tensors: Tensors, vocabulary: readonly string[]): Buffer {
  const out = new Writer(tensors)
  const width = out.get('encoder/conv1/weight').shape[0]!
  const mels = out.get('encoder/conv1/weight').shape[1]!
  const tokens = out.get('decoder/embeddings/weight').shape[0]!
  const layers = { encoder: countLayers(tensors, 'encoder'), decoder: countLayers(tensors, 'decoder') }
  const audio = out.get('encoder/position_encodings/encodings').shape[0]!
  const text = out.get('decoder/position_encodings/encodings').shape[0]!
  const heads = width / HEAD_SIZE
  out.numbers(MAGIC, tokens, audio, width, heads, layers.encoder, text, width, heads, layers.decoder, mels, HALF)
  writeFilters(out, mels)
  writeVocabulary(out, vocabulary.slice(0, tokens >= MULTILINGUAL_TOKENS ? 50_257 : 50_256))
  writeEncoder(out, width, layers.encoder)
  writeDecoder(out, width, layers.decoder)
  return out.whole()
}

function countLayers(tensors: Tensors, part: string): number {
  let count = 0
  while (tensors.has(`${part}/layer_${count}/self_attention/linear_0/weight`)) count++
  return count
}

class Writer {
  private readonly tensors: Tensors
  private readonly parts: Buffer[] = []

  constructor(tensors: Tensors) {
    this.tensors = tensors
  }

  get(name: string): Tensor {
    const tensor = this.tensors.get(name)
    if (!tensor) throw new Error(`the model has no tensor ${name}: it is no Whisper model, or of another version`)
    return tensor
  }

  numbers(...values: number[]): void {
    const bytes = Buffer.alloc(4 * values.length)
    values.forEach((value, index) => bytes.writeInt32LE(value, 4 * index))
    this.parts.push(bytes)
  }

  bytes(bytes: Buffer): void {
    this.parts.push(bytes)
  }

  /** A large weight, as it is. */
  large(name: string, tensor: Tensor, shape = tensor.shape): void {
    this.tensor(name, shape, tensor.type === FLOAT32 ? SINGLE : HALF, tensor.data)
  }

  /** A bias, norm or position: single floats. */
  small(name: string, tensor: Tensor, shape = tensor.shape): void {
    this.tensor(name, shape, SINGLE, tensor.type === FLOAT32 ? tensor.data : widen(tensor.data))
  }

  private tensor(name: string, shape: readonly number[], type: number, data: Buffer): void {
    const letters = Buffer.from(name)
    this.numbers(shape.length, letters.length, type, ...shape.toReversed())
    this.parts.push(letters, data)
  }

  whole(): Buffer {
    return Buffer.concat(this.parts)
  }
}

/** Slaney's mel filters as librosa makes them for 16 kHz and windows of 400 samples; whisper.cpp wants them in the file. */
function writeFilters(out: Writer, mels: number): void {
  const bins = 201
  const toMel = (hertz: number) =>
    hertz < 1000 ? (3 * hertz) / 200 : 15 + (27 * Math.log(hertz / 1000)) / Math.log(6.4)
  const toHertz = (mel: number) => (mel < 15 ? (200 * mel) / 3 : 1000 * Math.exp(((mel - 15) * Math.log(6.4)) / 27))
  const edges = Array.from({ length: mels + 2 }, (_, index) => toHertz((toMel(8000) * index) / (mels + 1)))
  const bytes = Buffer.alloc(4 * mels * bins)
  for (let mel = 0; mel < mels; mel++) {
    const [low, middle, high] = edges.slice(mel, mel + 3) as [number, number, number]
    for (let bin = 0; bin < bins; bin++) {
      const hertz = (bin * 16_000) / 400
      const slope = Math.min((hertz - low) / (middle - low), (high - hertz) / (high - middle))
      bytes.writeFloatLE((Math.max(0, slope) * 2) / (high - low), 4 * (mel * bins + bin))
    }
  }
  out.numbers(mels, bins)
  out.bytes(bytes)
}

/** GPT-2's byte encoder writes each octet as one printable character: those that are printable as themselves, the rest from U+0100 on. */
function byteOfCharacter(): Map<string, number> {
  const octets = Array.from({ length: 256 }, (_, octet) => octet)
  const isPrintable = (octet: number) => (octet >= 33 && octet <= 126) || (octet >= 161 && octet <= 172) || octet >= 174
  const hidden = octets.filter((octet) => !isPrintable(octet))
  return new Map([
    ...octets.filter(isPrintable).map((octet) => [String.fromCharCode(octet), octet] as const),
    ...hidden.map((octet, index) => [String.fromCharCode(256 + index), octet] as const),
  ])
}

function writeVocabulary(out: Writer, vocabulary: readonly string[]): void {
  const octets = byteOfCharacter()
  out.numbers(vocabulary.length)
  for (const token of vocabulary) {
    const bytes = Buffer.from([...token].map((character) => octets.get(character) ?? 0x3f))
    out.numbers(bytes.length)
    out.bytes(bytes)
  }
}

function writeEncoder(out: Writer, width: number, layers: number): void {
  for (const conv of ['conv1', 'conv2']) {
    out.large(`encoder.${conv}.weight`, out.get(`encoder/${conv}/weight`))
    out.small(`encoder.${conv}.bias`, out.get(`encoder/${conv}/bias`), [width, 1])
  }
  out.small('encoder.positional_embedding', out.get('encoder/position_encodings/encodings'))
  writeNorm(out, 'encoder.ln_post', 'encoder/layer_norm')
  for (let layer = 0; layer < layers; layer++) {
    const [to, from] = [`encoder.blocks.${layer}`, `encoder/layer_${layer}`]
    writeSelfAttention(out, width, `${to}.attn`, `${from}/self_attention`)
    writeFeedForward(out, to, `${from}/ffn`)
  }
}

function writeDecoder(out: Writer, width: number, layers: number): void {
  out.small('decoder.positional_embedding', out.get('decoder/position_encodings/encodings'))
  out.large('decoder.token_embedding.weight', out.get('decoder/embeddings/weight'))
  writeNorm(out, 'decoder.ln', 'decoder/layer_norm')
  for (let layer = 0; layer < layers; layer++) {
    const [to, from] = [`decoder.blocks.${layer}`, `decoder/layer_${layer}`]
    writeSelfAttention(out, width, `${to}.attn`, `${from}/self_attention`)
    writeCrossAttention(out, width, `${to}.cross_attn`, `${from}/attention`)
    writeFeedForward(out, to, `${from}/ffn`)
  }
}

function writeNorm(out: Writer, to: string, from: string): void {
  out.small(`${to}.weight`, out.get(`${from}/gamma`))
  out.small(`${to}.bias`, out.get(`${from}/beta`))
}

/** CTranslate2 stacks what whisper keeps apart (query, key, value). The key's bias is zeros there, and absent in whisper. */
function writeStacked(out: Writer, to: string, from: string, width: number, names: readonly string[]): void {
  const [weight, bias] = [out.get(`${from}/weight`), out.get(`${from}/bias`)]
  names.forEach((name, index) => {
    const [first, end] = [index * width, (index + 1) * width]
    out.large(`${to}.${name}.weight`, rows(weight, first, end))
    if (name !== 'key') out.small(`${to}.${name}.bias`, rows(bias, first, end))
  })
}

function writeLinear(out: Writer, to: string, from: string): void {
  out.large(`${to}.weight`, out.get(`${from}/weight`))
  out.small(`${to}.bias`, out.get(`${from}/bias`))
}

function writeSelfAttention(out: Writer, width: number, to: string, from: string): void {
  writeStacked(out, to, `${from}/linear_0`, width, ['query', 'key', 'value'])
  writeLinear(out, `${to}.out`, `${from}/linear_1`)
  writeNorm(out, `${to}_ln`, `${from}/layer_norm`)
}

function writeCrossAttention(out: Writer, width: number, to: string, from: string): void {
  writeLinear(out, `${to}.query`, `${from}/linear_0`)
  writeStacked(out, to, `${from}/linear_1`, width, ['key', 'value'])
  writeLinear(out, `${to}.out`, `${from}/linear_2`)
  writeNorm(out, `${to}_ln`, `${from}/layer_norm`)
}

function writeFeedForward(out: Writer, to: string, from: string): void {
  writeLinear(out, `${to}.mlp.0`, `${from}/linear_0`)
  writeLinear(out, `${to}.mlp.2`, `${from}/linear_1`)
  writeNorm(out, `${to}.mlp_ln`, `${from}/layer_norm`)
}
