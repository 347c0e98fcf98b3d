/** A tenant who asks the program `store` without end, by the certificate of its own program `records`. */
import { kube } from './three-zones.ts'

export interface Flood {
  /** Requests in flight. */
  clients: number
  /** Sockets that are opened, and say nothing. */
  silent: number
  seconds: number
}

/** What came of its requests, by status; `error` where none came. */
export type FloodAnswers = Readonly<Record<string, number>>

/** Runs in the pod: CommonJS. */
const script = ({ clients, silent, seconds }: Flood) => `
const https = require('https'), net = require('net'), fs = require('fs')
const read = (name) => fs.readFileSync('/etc/callbot/tls/' + name, 'utf8')
const host = process.env.CALLBOT_STORE_HOST, port = Number(process.env.CALLBOT_STORE_PORT || 8449)
const agent = new https.Agent({ keepAlive: true, maxSockets: ${clients}, ca: read('ca.crt'), cert: read('tls.crt'), key: read('tls.key') })
const end = Date.now() + ${seconds * 1_000}
const counts = {}
const count = (what) => { counts[what] = (counts[what] || 0) + 1 }
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const ask = () => new Promise((resolve) => {
  const asked = https.request({ host, port, agent, method: 'POST', path: '/v1/under' }, (answer) => {
    count(answer.statusCode)
    answer.resume().on('end', resolve).on('error', resolve)
  })
  asked.on('error', () => { count('error'); setTimeout(resolve, 100) })
  asked.end(JSON.stringify({ generation: 'day-1', most: 1000 }))
})
const flood = async () => { while (Date.now() < end) { await ask(); await pause(10) } }
const sit = async () => {
  while (Date.now() < end) await new Promise((resolve) => {
    const socket = net.connect(port, host).on('error', () => undefined)
    const over = setTimeout(() => socket.destroy(), Math.max(0, end - Date.now()))
    socket.on('close', () => { clearTimeout(over); setTimeout(resolve, 500) })
  })
}
Promise.all([...Array.from({ length: ${clients} }, flood), ...Array.from({ length: ${silent} }, sit)])
  .then(() => { console.log(JSON.stringify(counts)); process.exit(0) })`

/** Resolves when it is over. @param namespace of the tenant */
export async function floodStore(namespace: string, flood: Flood): Promise<FloodAnswers> {
  const ran = await kube('exec', '-n', namespace, 'callbot-records-0', '--', 'node', '-e', script(flood))
  return JSON.parse(ran) as FloodAnswers
}
