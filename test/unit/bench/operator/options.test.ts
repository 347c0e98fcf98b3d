import { expect } from 'chai'
import { formOf, parseOptions } from '../../../../bench/operator/options.ts'

describe("the benchmark's command line", () => {
  it('measures all three at 1,000 and 5,000 with ten idle minutes unless options say otherwise', () => {
    const options = parseOptions([])
    expect(options.sizes).to.deep.equal([1000, 5000])
    expect(options.contestants.map(({ name }) => name)).to.deep.equal(['ours', 'go', 'kopf'])
    expect(options.idleSeconds).to.equal(600)
  })

  it('lets a contestant take part up to a size', () => {
    const { contestants } = parseOptions(['--contestants', 'go,kopf:1000'])
    expect(contestants).to.deep.equal([
      { name: 'go', most: Infinity },
      { name: 'kopf', most: 1000 },
    ])
  })

  it('is quick with --short, and leaves the figures of a long run alone', () => {
    const options = parseOptions(['--short'])
    expect(options).to.include({ idleSeconds: 20, out: 'out/bench-operator-short.json' })
    expect(options.sizes).to.deep.equal([100])
  })

  it('gives figures for docs/benchmarks.md when nothing was left out or changed, and only then', () => {
    expect(formOf(parseOptions([]))).to.equal('whole')
    expect(formOf(parseOptions(['--short']))).to.equal('short')
    for (const argv of [
      ['--crs', '1000'],
      ['--contestants', 'ours,go'],
      ['--idle-seconds', '60'],
      ['--concurrency', '4'],
    ])
      expect(formOf(parseOptions(argv)), argv.join(' ')).to.equal('custom')
  })

  for (const [argv, message] of [
    [['--crs', '10,many'], '--crs: "many" must be a whole number from 1 up'],
    [['--contestants', 'ours,rust'], '--contestants: "rust" is not one of ours, go, kopf'],
    [['--idle-seconds', '-1'], "'--idle-seconds"],
    [['--concurrency=0'], '--concurrency: "0" must be a whole number from 1 up'],
  ] as const) {
    it(`refuses ${argv.join(' ')} and says why`, () => {
      expect(() => parseOptions(argv)).to.throw(message)
    })
  }
})
