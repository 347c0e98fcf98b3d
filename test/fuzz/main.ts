import { parseArgs } from 'node:util'
import { fuzzSip } from './sip.ts'

// node test/fuzz/main.ts [--messages 10000000] [--seed N]: the long form of test/unit/wire/sip/fuzz.test.ts
const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '10000000' },
    seed: { type: 'string', default: String(Date.now() >>> 0) },
  },
})
const start = performance.now()
const seconds = () => ((performance.now() - start) / 1_000).toFixed(0)
console.log(`SIP: ${values.messages} mutated messages, seed ${values.seed}`)
const result = fuzzSip({
  messages: Number(values.messages),
  seed: Number(values.seed),
  onProgress: (done) => process.stderr.write(`\r${done} in ${seconds()} s`),
})
console.table(result.outcomes)
console.log(
  `${result.messages} messages in ${seconds()} s, no crash, the slowest took ${result.slowestMs.toFixed(2)} ms`,
)
