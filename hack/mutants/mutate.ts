/** Small changes of a source text, each of which a test should notice. Pure. */
import { hash } from 'node:crypto'
import ts from 'typescript'

export interface Mutant {
  file: string
  /** From 1. */
  line: number
  /** What is changed, such as `=== becomes !==`. */
  what: string
  start: number
  end: number
  text: string
}

const SWAPS: Readonly<Record<string, string>> = {
  '===': '!==',
  '!==': '===',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '&&': '||',
  '||': '&&',
  '+': '-',
  '-': '+',
}

/** All of a file, in the order of their places. What stands in types and in messages of errors changes nothing that runs. */
export function mutantsOf(file: string, source: string): Mutant[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true)
  const found: Mutant[] = []
  const add = (node: ts.Node, what: string, text: string) => {
    const start = node.getStart(tree)
    found.push({ file, line: tree.getLineAndCharacterOfPosition(start).line + 1, what, start, end: node.end, text })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isThrowStatement(node)) return
    if (ts.isBinaryExpression(node)) {
      const sign = node.operatorToken.getText(tree)
      const other = SWAPS[sign]
      const isText = [node.left, node.right].some(
        (side) => ts.isStringLiteralLike(side) || ts.isTemplateExpression(side),
      )
      if (other !== undefined && !isText) add(node.operatorToken, `${sign} becomes ${other}`, other)
    }
    if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
      add(node, 'a negation is left out', node.operand.getText(tree))
    if (ts.isConditionalExpression(node)) add(node.condition, 'the condition is always true', 'true')
    if (ts.isIfStatement(node)) add(node.expression, 'the condition is always false', 'false')
    if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression)) add(node, 'the call is left out', ';')
    const isFilter =
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression) &&
      node.expression.name.text === 'filter'
    if (isFilter)
      add(node, 'nothing is filtered out', (node.expression as ts.PropertyAccessExpression).expression.getText(tree))
    if (node.kind === ts.SyntaxKind.TrueKeyword) add(node, 'true becomes false', 'false')
    if (node.kind === ts.SyntaxKind.FalseKeyword) add(node, 'false becomes true', 'true')
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return found
}

/** The source with the mutant in it. */
export const withMutant = (source: string, { start, end, text }: Mutant): string =>
  source.slice(0, start) + text + source.slice(end)

/**
 * So many of them, chosen by their file, line of code and change, not by their place: so a mutant stays in the sample while its line does,
 * whatever else changes, and what was noticed before can be compared with what is noticed now.
 */
export function sampleOf(all: readonly Mutant[], codeOf: (mutant: Mutant) => string, count: number): Mutant[] {
  const seen = new Map<string, number>()
  const numbered = all.map((mutant) => {
    const name = `${mutant.file}\n${codeOf(mutant)}\n${mutant.what}`
    const before = seen.get(name) ?? 0
    seen.set(name, before + 1)
    return { mutant, order: hash('sha256', `${name}\n${before}`) }
  })
  return numbered
    .toSorted((one, other) => (one.order < other.order ? -1 : 1))
    .slice(0, count)
    .map(({ mutant }) => mutant)
}
