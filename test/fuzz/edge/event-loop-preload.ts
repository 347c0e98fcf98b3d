/**
 * `node --import`: measures from inside for how long at a time the event loop of a program is held, in processor time of its thread, and tells
 * it, with the octets of its heap, to whoever connects to the socket EVENT_LOOP_SOCKET. Each answer begins a new measurement.
 */
import { createServer } from 'node:net'
import { isMainThread } from 'node:worker_threads'

const path = process.env['EVENT_LOOP_SOCKET']
if (isMainThread && path !== undefined) {
  const spent = () => {
    const { user, system } = process.threadCpuUsage()
    return (user + system) / 1_000
  }
  let [last, longestMs] = [spent(), 0]
  setInterval(() => {
    const now = spent()
    longestMs = Math.max(longestMs, now - last)
    last = now
  }, 1).unref()
  const server = createServer((socket) => {
    const longest = longestMs
    globalThis.gc?.()
    socket.end(JSON.stringify({ longestMs: longest, heapOctets: process.memoryUsage().heapUsed }))
    // What the collection took is nobody's.
    setImmediate(() => ([last, longestMs] = [spent(), 0]))
  })
  server.on('error', () => {})
  server.listen(path).unref()
}
