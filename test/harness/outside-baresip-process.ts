/**
 * A caller in a network namespace outside the cluster: baresip, which says vowels and listens. Started inside the namespace:
 * `node outside-baresip-process.ts JSON`. A line of JSON on its standard output reports how the call went.
 */
import { type Baresip, startBaresip } from '../../hack/calls/baresip.ts'
import { pause, run, until } from '../../hack/cluster/shell.ts'
import type { BaresipCaller } from './outside-baresip.ts'
import { SPEAK_SECONDS, type OutsideCall } from './outside-callers.ts'
import { vowels } from './vowels.ts'

const o = JSON.parse(process.argv[2]!) as BaresipCaller
const caller = await startBaresip({
  ...{ folder: o.folder, transport: o.transport, srtp: o.srtp, codec: 'PCMA', user: o.user },
  ...{ networkInterface: 'uplink', names: o.names, ...(o.ca !== undefined && { ca: o.ca }) },
})
let problem: string | undefined
let port = 0
let bot = 0
let echo = 0
try {
  await caller.dial(o.uri)
  await until('an answer', 20, () => caller.isEstablished())
  port = await mediaPortOf(caller)
  // The bot says what it is, then puts the caller through to who sends back what it hears.
  await until('the bot is heard', 20, () => caller.heard().soundSeconds > 1)
  await pause((caller.times().from! + o.speaksAfterSeconds) * 1_000 - Date.now())
  bot = caller.heard().soundSeconds
  await caller.say(vowels(SPEAK_SECONDS))
  await pause(1_000)
  echo = caller.heard().soundSeconds - bot
  await caller.hangUp()
} catch (error) {
  problem = `${(error as Error).message}: ${caller.log().slice(-1500)}`
}
const over = Date.now() / 1_000
const { from } = caller.times()
const call: OutsideCall = {
  ...{ problem, botSeconds: bot, echoSeconds: echo, isEncrypted: caller.suite() !== undefined },
  life: from === undefined ? undefined : { port, from, until: over, answeredBy: '' },
}
await caller.stop()
console.log(JSON.stringify(call))
process.exit(0)

/** It takes an even one of its range, and does not report which. */
async function mediaPortOf({ mediaPorts: [first, last] }: Baresip): Promise<number> {
  const sockets = await run('ss', ['-Huan'])
  const ports = [...sockets.matchAll(/:(\d+) +\S+ *$/gm)].map(([, local]) => Number(local))
  return ports.find((each) => each >= first && each <= last && each % 2 === 0) ?? 0
}
