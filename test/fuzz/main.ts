import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { fuzzMedia } from './media.ts'
import { fuzzSip } from './sip.ts'

// node test/fuzz/main.ts [--messages N] [--seed N]: the long form of the fuzz tests among the unit tests. MUTATIONS is N too: so many
// SIP messages, and so many session descriptions and media packets.
const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: process.env['MUTATIONS'] ?? '10000000' },
    seed: { type: 'string', default: String(Date.now() >>> 0) },
  },
})
const messages = Number(values.messages)
const seed = Number(values.seed)
if (!Number.isInteger(messages) || messages < 1) {
  console.error(`"${values.messages}" is no number of messages: MUTATIONS=1000000`)
  process.exit(2)
}
mkdirSync('out', { recursive: true })
for (const [name, fuzz] of Object.entries({ sip: fuzzSip, media: fuzzMedia })) {
  const start = performance.now()
  const seconds = () => Math.round((performance.now() - start) / 1_000)
  console.log(`${name}: ${messages} mutated messages, seed ${seed}`)
  const onProgress = (done: number) => process.stderr.write(`\r${done} in ${seconds()} s `)
  const result = await fuzz({ messages, seed, onProgress })
  process.stderr.write('\r')
  console.table(result.outcomes)
  console.log(`${messages} messages in ${seconds()} s, no crash, the slowest took ${result.slowestMs.toFixed(2)} ms`)
  const evidence = { seed, seconds: seconds(), date: new Date().toISOString(), node: process.version, ...result }
  writeFileSync(`out/fuzz-${name}.json`, `${JSON.stringify(evidence, null, 2)}\n`)
}
