// @seconds 56
import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock as clock } from '../../../src/runtime/system-clock.ts'
import { silent } from '../../../src/runtime/log.ts'
import type { IncomingCall, OriginateResult } from '../../../src/telephony/call.ts'
import { defaultTransportLimits } from '../../../src/telephony/transport/limits.ts'
import { createUserAgent, type UserAgent, type UserAgentOptions } from '../../../src/telephony/user-agent.ts'
import { ensurePackages } from '../../../hack/cluster/packages.ts'
import { eventually } from '../../harness/eventually.ts'
import { extent } from '../../harness/extent.ts'
import { freePort } from '../../../hack/free-port.ts'
import { sdp } from '../../harness/sip-network.ts'
import { runSipp } from '../../harness/sipp.ts'
import { runSipp as placeCalls } from '../../../hack/calls/sipp.ts'
import { cancellingCaller, guardedCallee, thoroughCaller } from '../../harness/sipp-scenarios.ts'

const CALLS = extent('CALLS', { short: 100, whole: 600 })
/** SIPp has one address, and makes up for what a busy machine has kept it from. */
const MANY_CONNECTIONS = { ...defaultTransportLimits, newPerSecond: 1_000, newPerSecondPerAddress: 1_000 }

describe('calls with SIPp, which we did not write', () => {
  let agent: UserAgent
  before(ensurePackages)
  afterEach(() => agent.close(200))

  const start = async (onCall: UserAgentOptions['onCall']) => {
    agent = await createUserAgent({
      host: '127.0.0.1',
      listen: { udp: { port: 0 }, tcp: { port: 0 } },
      limits: MANY_CONNECTIONS,
      clock,
      log: silent,
      admit: () => undefined,
      onCall,
    })
  }
  const modes = [
    ['UDP', 'u1', 'udp'],
    ['TCP', 't1', 'tcp'],
    ['TCP, a connection each', 'tn', 'tcp'],
  ] as const

  for (const [name, mode, port] of modes) {
    it(`${CALLS} calls come in over ${name}; all are answered and end`, async () => {
      let ended = 0
      await start(async (call: IncomingCall) => {
        call.ring(180)
        const dialog = await call.accept({ body: sdp() })
        if ((await dialog?.ended)?.cause === 'remote') ended++
      })
      const target = `127.0.0.1:${agent.ports[port]}`
      const args = [
        target,
        '-t',
        mode,
        '-i',
        '127.0.0.1',
        '-m',
        `${CALLS}`,
        '-r',
        '100',
        '-l',
        '100',
        '-d',
        '100',
        '-max_socket',
        '1000',
      ]
      const run = await runSipp({ scenario: 'uac', args })
      expect(run, run.errors).to.deep.include({ code: 0, successful: CALLS, failed: 0 })
      await eventually(() => expect([ended, agent.dialogs()]).to.deep.equal([CALLS, 0]))
    }).timeout(120_000)
  }

  it('200 calls come in over UDP though SIPp loses every tenth of its messages', async () => {
    await start(async (call) => void (await call.accept({ body: sdp() }))?.handle({}))
    const target = `127.0.0.1:${agent.ports.udp}`
    const args = [
      target,
      '-t',
      'u1',
      '-i',
      '127.0.0.1',
      '-m',
      '200',
      '-r',
      '50',
      '-l',
      '200',
      '-d',
      '200',
      '-lost',
      '10',
    ]
    const run = await runSipp({ scenario: 'uac', args })
    expect(run, run.errors).to.deep.include({ code: 0, successful: 200, failed: 0 })
    // A caller whose ACK and BYE were lost takes our repeated 200 for the answer to its BYE, and is gone: 32 s later we know.
    await eventually(() => expect(agent.dialogs()).to.equal(0), 40)
  }).timeout(120_000)

  it('300 callers over UDP use PRACK, UPDATE, re-INVITE and INFO', async () => {
    await start(async (call) => {
      call.ring(183, { body: sdp() })
      const dialog = await call.accept({ body: sdp() })
      dialog?.handle({ onOffer: () => ({ body: sdp() }) })
    })
    const target = `127.0.0.1:${agent.ports.udp}`
    const args = [target, '-t', 'u1', '-i', '127.0.0.1', '-m', '300', '-r', '50', '-l', '100']
    const run = await runSipp({ scenario: thoroughCaller, args })
    expect(run, run.errors).to.deep.include({ code: 0, successful: 300, failed: 0 })
  }).timeout(120_000)

  it('callers of a proof who are ended in the middle of their calls hang up, so nobody goes on talking to their ports', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'callbot-sipp-'))
    const ends: (string | undefined)[] = []
    const stopped = new AbortController()
    let answered = 0
    await start(async (call) => {
      const dialog = await call.accept({ body: sdp() })
      if (++answered === 3) stopped.abort()
      ends.push((await dialog?.ended)?.cause)
    })
    const inAMinute = { by: 'Caller', afterMs: 60_000 } as const
    const how = { srtp: false, ends: inAMinute, calls: 3, concurrent: 3, perSecond: 10, signal: stopped.signal }
    const target = `127.0.0.1:${agent.ports.udp}`
    try {
      await placeCalls({ ...how, folder, target, transport: 'udp', number: 'desk', address: '127.0.0.1' })
      await eventually(() => expect(ends).to.deep.equal(['remote', 'remote', 'remote']), 10)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }).timeout(60_000)

  it('200 callers over UDP give up while it rings', async () => {
    let cancelled = 0
    await start((call) => {
      call.ring(180)
      call.cancelled.addEventListener('abort', () => cancelled++)
    })
    const target = `127.0.0.1:${agent.ports.udp}`
    const args = [target, '-t', 'u1', '-i', '127.0.0.1', '-m', '200', '-r', '50', '-l', '100']
    const run = await runSipp({ scenario: cancellingCaller, args })
    expect(run, run.errors).to.deep.include({ code: 0, successful: 200, failed: 0 })
    expect([cancelled, agent.dialogs()]).to.deep.equal([200, 0])
  }).timeout(120_000)

  const place = (port: number, transport: 'UDP' | 'TCP', more: object = {}) =>
    agent.originate({
      uri: `sip:service@127.0.0.1:${port};transport=${transport.toLowerCase()}`,
      hop: { transport, host: '127.0.0.1', port },
      from: '<sip:bot@127.0.0.1>',
      body: sdp(),
      timeoutMs: 20_000,
      ...more,
    }) as Promise<Extract<OriginateResult, { ok: true }>>

  for (const [name, mode] of modes.slice(0, 2)) {
    it(`${CALLS} calls go out over ${name}; all are answered and end`, async () => {
      await start(() => {})
      const port = await freePort()
      const args = ['-t', mode, '-i', '127.0.0.1', '-p', `${port}`, '-m', `${CALLS}`]
      const whenUp = async () => {
        for (let batch = 0; batch < CALLS / 20; batch++) {
          const placed = await Promise.all(Array.from({ length: 20 }, () => place(port, name as 'UDP')))
          await Promise.all(placed.map(({ dialog }) => dialog.bye()))
        }
      }
      const run = await runSipp({ scenario: 'uas', args, whenUp })
      expect(run, run.errors).to.deep.include({ code: 0, successful: CALLS, failed: 0 })
    }).timeout(120_000)
  }

  it('a call goes out with a password (MD5, as SIPp knows no other), is referred, and hears how that went', async () => {
    await start(() => {})
    const port = await freePort()
    let outcome: unknown
    const run = await runSipp({
      scenario: guardedCallee('bot', 'secret'),
      args: ['-t', 'u1', '-i', '127.0.0.1', '-p', `${port}`, '-m', '1'],
      timeoutSeconds: 20,
      whenUp: async () => {
        const placed = await place(port, 'UDP', { credentials: { username: 'bot', password: 'secret' } })
        expect(placed).to.have.property('ok', true)
        outcome = await placed.dialog.refer('sip:+33123456789@127.0.0.1', { timeoutMs: 5_000 })
        await placed.dialog.bye()
      },
    })
    expect(run, run.errors).to.deep.include({ code: 0, successful: 1 })
    expect(outcome).to.deep.equal({ status: 202, final: 200 })
  }).timeout(60_000)

  it('a call with the wrong password is found out by SIPp, so the one above proves something', async () => {
    await start(() => {})
    const port = await freePort()
    const run = await runSipp({
      scenario: guardedCallee('bot', 'secret'),
      args: ['-t', 'u1', '-i', '127.0.0.1', '-p', `${port}`, '-m', '1'],
      timeoutSeconds: 20,
      whenUp: async () =>
        void (await place(port, 'UDP', { credentials: { username: 'bot', password: 'guessed' }, timeoutMs: 1_000 })),
    })
    expect(run.code).not.to.equal(0)
    expect(run.errors).to.include('the password is not proved')
  }).timeout(60_000)
})
