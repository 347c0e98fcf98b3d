import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { fuzzSip } from './sip.ts'

// node test/fuzz/main.ts [--messages N] [--seed N]: the long form of test/unit/wire/sip/fuzz.test.ts. MUTATIONS is N too.
const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: process.env['MUTATIONS'] ?? '10000000' },
    seed: { type: 'string', default: String(Date.now() >>> 0) },
  },
})
const messages = Number(values.messages)
if (!Number.isInteger(messages) || messages < 1) {
  console.error(`"${values.messages}" is no number of messages: MUTATIONS=1000000`)
  process.exit(2)
}
const start = performance.now()
const seconds = () => Math.round((performance.now() - start) / 1_000)
console.log(`SIP: ${messages} mutated messages, seed ${values.seed}`)
const result = await fuzzSip({
  messages,
  seed: Number(values.seed),
  onProgress: (done) => process.stderr.write(`\r${done} in ${seconds()} s `),
})
process.stderr.write('\r')
console.table(result.outcomes)
console.log(`${messages} messages in ${seconds()} s, no crash, the slowest took ${result.slowestMs.toFixed(2)} ms`)
mkdirSync('out', { recursive: true })
const evidence = {
  seed: Number(values.seed),
  seconds: seconds(),
  date: new Date().toISOString(),
  node: process.version,
  ...result,
}
writeFileSync('out/fuzz-sip.json', `${JSON.stringify(evidence, null, 2)}\n`)
