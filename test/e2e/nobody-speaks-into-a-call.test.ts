// @programs voice  @alone
// @guard test/integration/edge/a-stranger-is-first-at-the-relay.test.ts
// @guard test/integration/edge/strangers-get-nothing.test.ts
import { expect } from 'chai'
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { systemClock } from '../../src/runtime/system-clock.ts'
import { pause } from '../../src/runtime/clock.ts'
import { laws } from '../../src/wire/codec/g711.ts'
import type { Suite } from '../../src/wire/srtp/suites.ts'
import type { MediaReport } from '../harness/media-process.ts'
import { rtpPeer, type RtpPeer } from '../harness/rtp-peer.ts'
import { startSprayer } from '../harness/sprayer.ts'

const SECONDS = Number(process.env['SPRAY_SECONDS'] ?? 10)
const RATE = 50_000
const SPOKEN = 3_000

/** N16: RTP sprayed at 50,000 packets a second, by one who knows every port and the SSRC, from where the calls come. */
describe('while strangers spray RTP at the ports of live calls', () => {
  let pod: ChildProcess
  const peers: RtpPeer[] = []
  const ask = async (message: string): Promise<unknown> => {
    pod.send(message)
    return (await once(pod, 'message'))[0]
  }

  before(() => {
    pod = fork('test/harness/media-process.ts')
  })
  after(() => {
    for (const peer of peers) peer.close()
    pod.disconnect()
  })

  async function call(suite: Suite | undefined): Promise<RtpPeer> {
    const peer = await rtpPeer(suite)
    peers.push(peer)
    peer.answered(Buffer.from((await ask(peer.offer().toString())) as string))
    return peer
  }

  it('every call hears its caller and nobody else, and not one packet goes back', async () => {
    for (const suite of [undefined, undefined, undefined, 'AES_CM_128_HMAC_SHA1_80', 'AEAD_AES_128_GCM'] as const)
      await call(suite)
    let isTalking = true
    const talk = (async () => {
      for (let tick = performance.now(); isTalking; tick += 20) {
        for (const peer of peers) peer.send(SPOKEN)
        await pause(systemClock, Math.max(0, tick + 20 - performance.now()))
      }
    })()
    await pause(systemClock, 500)
    const targets = peers.map(({ target }) => `127.0.0.1:${target}`)
    const { seconds, reflected } = await startSprayer({ packets: RATE * SECONDS, perSecond: RATE, targets }).over
    isTalking = false
    await talk
    const { calls, pace } = (await ask('report')) as MediaReport

    const frames = calls.map(({ heard }) => Object.values(heard).reduce((sum, count) => sum + count, 0))
    const lost = calls.map(({ statistics }) => statistics.lostPackets)
    const foreign = calls.reduce((sum, { statistics }) => sum + statistics.dropped.foreignSource, 0)
    const rate = Math.round((RATE * SECONDS) / seconds)
    console.log(`      ${rate} a second for ${seconds.toFixed(1)} s: turned away ${foreign}, came back ${reflected}`)
    console.log(`      lost of the callers' packets ${lost.join(' ')}, of ${peers.map(({ sent }) => sent).join(' ')}`)
    console.log(
      `      frames heard ${frames.join(' ')}, tick p99 ${pace.p99LateMs.toFixed(1)} ms late, skipped ${pace.skipped}`,
    )
    expect(reflected).to.equal(0)
    // What does not fit into a socket's buffer the system has dropped already.
    expect(foreign).to.be.above(0.5 * RATE * SECONDS)
    const value = laws.PCMA.linear[laws.PCMA.octets[SPOKEN]!]!
    for (const { heard } of calls) expect(Object.keys(heard)).to.deep.equal([String(value)])
    for (const [at, count] of frames.entries()) expect(count).to.be.above(0.7 * peers[at]!.sent)
    for (const { heard } of peers) expect(heard.length).to.be.above(0.7 * seconds * 50)
  }).timeout((10 * SECONDS + 30) * 1_000)
})
