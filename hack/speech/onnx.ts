/** A neural network as ONNX keeps it (onnx.proto): only its nodes and the names of its weights are understood, all else is kept as it is. */
import { bytes, decode, encode, number, text, type Field } from './protobuf.ts'

export interface Node {
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly operator: string
  readonly name: string
  /** AttributeProto and whatever else the node has, as it was. */
  readonly rest: readonly Field[]
}

export interface Model {
  readonly nodes: readonly Node[]
  /** Tensors with values, by name. */
  readonly weights: ReadonlyMap<string, Field>
  /** The graph without its nodes, weights and guesses of shapes; the model without its graph. */
  readonly graph: readonly Field[]
  readonly model: readonly Field[]
}

/** ModelProto.graph; GraphProto.node, .initializer, .value_info; NodeProto's first four; TensorProto's and AttributeProto's own. */
const GRAPH = 7
const [NODE, INITIALIZER, VALUE_INFO] = [1, 5, 13]
const [INPUT, OUTPUT, NAME, OP_TYPE, ATTRIBUTE] = [1, 2, 3, 4, 5]
const [DATA_TYPE, TENSOR_NAME, RAW_DATA] = [2, 8, 9]
const [ATTRIBUTE_NAME, ATTRIBUTE_INTEGER, ATTRIBUTE_TYPE] = [1, 3, 20]
const INTEGER = 2

/** Types of elements (TensorProto.DataType). */
export const FLOAT = 1
export const INT32 = 6

export function readModel(file: Buffer): Model {
  const model = decode(file)
  const found = model.find((field) => field.number === GRAPH)
  if (found?.wire !== 2) throw new Error('this is no ONNX model: it has no graph')
  const graph = decode(found.value)
  const weights = graph.filter((field) => field.number === INITIALIZER)
  return {
    nodes: graph.filter((field) => field.number === NODE).map((field) => readNode(field.value as Buffer)),
    weights: new Map(weights.map((field) => [textOf(decode(field.value as Buffer), TENSOR_NAME), field])),
    graph: graph.filter((field) => ![NODE, INITIALIZER, VALUE_INFO].includes(field.number)),
    model: model.filter((field) => field !== found),
  }
}

export function writeModel({ nodes, weights, graph, model }: Model): Buffer {
  const whole = [...nodes.map((node) => bytes(NODE, writeNode(node))), ...weights.values(), ...graph]
  return encode([...model, bytes(GRAPH, encode(whole))])
}

function readNode(message: Buffer): Node {
  const fields = decode(message)
  const texts = (which: number) => fields.filter((field) => field.number === which).map(({ value }) => String(value))
  return {
    inputs: texts(INPUT),
    outputs: texts(OUTPUT),
    operator: textOf(fields, OP_TYPE),
    name: textOf(fields, NAME),
    rest: fields.filter((field) => ![INPUT, OUTPUT, NAME, OP_TYPE].includes(field.number)),
  }
}

function writeNode({ inputs, outputs, operator, name, rest }: Node): Buffer {
  return encode([
    ...inputs.map((each) => text(INPUT, each)),
    ...outputs.map((each) => text(OUTPUT, each)),
    text(NAME, name),
    text(OP_TYPE, operator),
    ...rest,
  ])
}

const textOf = (fields: readonly Field[], which: number) =>
  String(fields.find((field) => field.number === which)?.value ?? '')

/** An attribute that is a whole number. */
export const attribute = (name: string, value: number): Field =>
  bytes(
    ATTRIBUTE,
    encode([text(ATTRIBUTE_NAME, name), number(ATTRIBUTE_INTEGER, value), number(ATTRIBUTE_TYPE, INTEGER)]),
  )

export function attributeOf(node: Node, name: string): number | undefined {
  for (const { number: which, value } of node.rest) {
    if (which !== ATTRIBUTE) continue
    const fields = decode(value as Buffer)
    if (textOf(fields, ATTRIBUTE_NAME) === name)
      return Number(fields.find((each) => each.number === ATTRIBUTE_INTEGER)?.value)
  }
  return undefined
}

/** A single number as a weight. */
export function scalar(name: string, value: number): Field {
  const data = Buffer.alloc(4)
  data.writeFloatLE(value)
  return bytes(INITIALIZER, encode([number(DATA_TYPE, FLOAT), text(TENSOR_NAME, name), bytes(RAW_DATA, data)]))
}
