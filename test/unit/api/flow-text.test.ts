import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { parse, stringify } from 'yaml'
import { LONGEST_FLOW, parseFlowText } from '../../../src/api/flow-text.ts'
import { parseFlow } from '../../../src/api/parse-flow.ts'
import { costOf } from '../../harness/event-loop.ts'
import { hostileTexts } from '../../harness/hostile-flows.ts'

const { spec } = parse(readFileSync('config/samples/30-callbot.yaml', 'utf8')) as {
  spec: { dialog: { inline: object } }
}
const problem = (text: string) => {
  const read = parseFlowText(text)
  return 'flow' in read ? undefined : read.problems[0]!.message
}

describe('a dialog as text', () => {
  it('is read as the same dialog inside a Callbot, in YAML and in JSON', () => {
    const { value } = parseFlow(spec.dialog.inline) as { value: object }
    for (const text of [
      stringify(spec.dialog.inline, { aliasDuplicateObjects: false }),
      JSON.stringify(spec.dialog.inline),
    ]) {
      expect(parseFlowText(text)).to.deep.equal({ flow: value })
    }
  })

  it('is refused with the step call, and the message names request', () => {
    const text = 'steps: [{ name: a, call: { integration: x, operation: y }, next: b }, { name: b, hangUp: {} }]'
    expect(problem(text)).to.equal('call is not served by this version: use request')
  })

  it('is refused when it is too long, with its length, the bound and the cure', () => {
    expect(problem('é'.repeat(LONGEST_FLOW / 2 + 1))).to.equal(
      'the conversation flow has 131074 octets, and the maximum is 131072: shorten its texts, or make two bots of it',
    )
  })

  it('is refused for a key that stands twice in a map, for aliases, and for more levels than a dialog has', () => {
    expect(problem('steps: []\nsteps: []')).to.equal('"steps" stands twice in a map: remove one of the two')
    expect(problem('a: &x 1\nb: *x')).to.equal('*x is an alias: write out what it stands for')
    expect(problem(`${'['.repeat(40)}${']'.repeat(40)}`)).to.equal('it has more than 32 levels: a dialog has eight')
    expect(problem('steps:\n  - {name: a\n')).to.match(/^it is not YAML, at line \d, column \d+: /)
  })

  it('never throws and takes time linear in the text, whatever the text', function () {
    this.timeout(120_000)
    const [half, whole] = [hostileTexts(8_192), hostileTexts(16_384)]
    for (const what of Object.keys(whole)) {
      const ratio = () =>
        (costOf(() => parseFlowText(whole[what]!), 2) + 5) / (costOf(() => parseFlowText(half[what]!), 2) + 5)
      const ratios = [ratio()]
      // Twice the text may take four times as long when time is quadratic. A collector of garbage may come in between.
      while (Math.min(...ratios) > 3 && ratios.length < 4) ratios.push(ratio())
      expect(Math.min(...ratios), what).to.be.at.most(3)
    }
  })
})
