import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { loopback } from '../harness/loopback.ts'
import { fuzzMedia } from './media.ts'
import { fuzzEdge } from './edge/fuzz-edge.ts'
import { fuzzSip, type FuzzResult } from './sip.ts'
import { fuzzTables } from './tables.ts'

// node test/fuzz/main.ts [--messages N] [--worlds N] [--edge-seconds N] [--seed N]: the long form of the fuzz tests among the unit and component tests.
// MUTATIONS is --messages, too: so many SIP messages, and so many session descriptions and media packets. WORLDS is --worlds: what
// tenants apply, loaded by a real proxy. EDGE_SECONDS is --edge-seconds: for so long mutated calls pass a real proxy, its relay and a pod. 0 leaves out.
const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: process.env['MUTATIONS'] ?? '10000000' },
    worlds: { type: 'string', default: process.env['WORLDS'] ?? '5000' },
    'edge-seconds': { type: 'string', default: process.env['EDGE_SECONDS'] ?? '3600' },
    seed: { type: 'string', default: String(Date.now() >>> 0) },
  },
})
const seed = Number(values.seed)
const messages = count(values.messages, 'messages', 'MUTATIONS=1000000')
const worlds = count(values.worlds, 'worlds', 'WORLDS=1000')
const edgeSeconds = count(values['edge-seconds'], 'seconds', 'EDGE_SECONDS=600')

interface Run {
  name: string
  what: string
  count: number
  fuzz: (onProgress: (done: number) => void) => FuzzResult | Promise<FuzzResult>
}

const runs: Run[] = [
  {
    ...{ name: 'sip', what: 'mutated messages', count: messages },
    fuzz: (onProgress) => fuzzSip({ messages, seed, onProgress }),
  },
  {
    ...{ name: 'media', what: 'mutated messages', count: messages },
    fuzz: (onProgress) => fuzzMedia({ messages, seed, onProgress }),
  },
  {
    ...{ name: 'tables', what: 'worlds of tenants', count: worlds },
    fuzz: (onProgress) => fuzzTables({ worlds, seed, address: loopback(61, 1), onProgress }),
  },
  {
    ...{ name: 'edge', what: 'seconds of mutated calls', count: edgeSeconds },
    fuzz: () => fuzzEdge({ seconds: edgeSeconds, seed }),
  },
]

mkdirSync('out', { recursive: true })
for (const { name, what, count: number, fuzz } of runs.filter((run) => run.count > 0)) {
  const start = performance.now()
  const seconds = () => Math.round((performance.now() - start) / 1_000)
  console.log(`${name}: ${number} ${what}, seed ${seed}`)
  const result = await fuzz((done) => process.stderr.write(`\r${done} in ${seconds()} s `))
  process.stderr.write('\r')
  console.table(result.outcomes)
  console.log(`${number} ${what} in ${seconds()} s, no failure, the slowest took ${result.slowestMs.toFixed(2)} ms`)
  const evidence = { seed, seconds: seconds(), date: new Date().toISOString(), node: process.version, ...result }
  writeFileSync(`out/fuzz-${name}.json`, `${JSON.stringify(evidence, null, 2)}\n`)
}

function count(text: string, of: string, cure: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 0) return number
  console.error(`"${text}" is no number of ${of}: ${cure}`)
  process.exit(2)
}
