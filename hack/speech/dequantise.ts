/**
 * A network that was quantised for size (onnxruntime's dynamic quantisation) counts in integers, which is slower on most processors
 * than in floats. The weights stay small octets in the file and are cast to floats when it is loaded; what is
 * multiplied with them stays a float all the way.
 *
 *     DynamicQuantizeLinear(x) -> q, scale, zero;  ConvInteger(q, w, zero, wz);  Cast;  Mul(scale * wscale)
 *     becomes  Conv(x, Cast(w) - Cast(wz));  Cast;  Mul(1 * wscale)
 */
import { attribute, attributeOf, FLOAT, INT32, scalar, type Model, type Node } from './onnx.ts'

const ONE = 'dequantised/one'
const FLOAT_OPERATOR: Record<string, string> = { ConvInteger: 'Conv', MatMulInteger: 'MatMul' }

/** @throws when an integer operator is left, which this doesn't know */
export function dequantise(model: Model): Model {
  const quantised = new Map<string, Node>()
  for (const node of model.nodes) if (node.operator === 'DynamicQuantizeLinear') quantised.set(node.outputs[0]!, node)
  const scales = new Set([...quantised.values()].map(({ outputs }) => outputs[1]!))
  const casts = new Map<string, Node>()
  const nodes = withFloatBias(model.nodes.map((node) => toFloat(node, quantised, casts)))
    .filter(({ operator }) => operator !== 'DynamicQuantizeLinear')
    .map((node) => ({ ...node, inputs: node.inputs.map((name) => (scales.has(name) ? ONE : name)) }))
  const left = nodes.filter(({ operator }) => operator.endsWith('Integer'))
  if (left.length > 0) throw new Error(`${left.length} integer operators are left, such as ${left[0]!.name}`)
  return { ...model, nodes: [...casts.values(), ...nodes], weights: new Map([...model.weights, [ONE, scalar(ONE, 1)]]) }
}

function toFloat(node: Node, quantised: ReadonlyMap<string, Node>, casts: Map<string, Node>): Node {
  const operator = FLOAT_OPERATOR[node.operator]
  const source = quantised.get(node.inputs[0] ?? '')
  if (operator === undefined || source === undefined) return node
  return { ...node, operator, inputs: [source.inputs[0]!, floatWeight(node, casts)] }
}

/** Nodes that cast the weight and take its zero point off; onnxruntime reckons them once, when it loads the model. */
function floatWeight({ inputs: [, weight, , zero] }: Node, casts: Map<string, Node>): string {
  const cast = (name: string) => {
    const to = `${name}/float`
    casts.set(to, { operator: 'Cast', name: to, inputs: [name], outputs: [to], rest: [attribute('to', FLOAT)] })
    return to
  }
  const plain = cast(weight!)
  if (!zero) return plain
  const shifted = `${plain}/shifted`
  const inputs = [plain, cast(zero)]
  casts.set(shifted, { operator: 'Sub', name: shifted, inputs, outputs: [shifted], rest: [] })
  return shifted
}

/** A bias was rounded to fit the integer sum, Cast(Floor(bias / scale)): it stays as it is. */
function withFloatBias(nodes: readonly Node[]): Node[] {
  const maker = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)))
  const isBias = (node: Node) =>
    node.operator === 'Cast' && attributeOf(node, 'to') === INT32 && maker.get(node.inputs[0]!)?.operator === 'Floor'
  const floors = new Set(nodes.filter(isBias).map((node) => maker.get(node.inputs[0]!)))
  return nodes.map((node) => {
    if (floors.has(node)) return { ...node, operator: 'Identity' }
    return isBias(node) ? { ...node, rest: [attribute('to', FLOAT)] } : node
  })
}
