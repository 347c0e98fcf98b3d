// @seconds 3
import { expect } from 'chai'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensurePackages } from '../../../hack/cluster/packages.ts'
import { systemClock as clock } from '../../../src/runtime/system-clock.ts'
import { silent } from '../../../src/runtime/log.ts'
import type { Dialog, OriginateResult } from '../../../src/telephony/call.ts'
import { createUserAgent, type UserAgent } from '../../../src/telephony/user-agent.ts'
import { proxyProcess } from '../../harness/edge-rig.ts'
import { eventually } from '../../harness/eventually.ts'
import { freePort } from '../../../hack/free-port.ts'
import { sdp } from '../../harness/sip-network.ts'

/** A proxy that asks for a password, stays in the path by Record-Route, and hands calls on over the other transport. */
const config = (port: number, bot: number) => `#!KAMAILIO
debug=-1
log_stderror=yes
children=2
listen=udp:127.0.0.1:${port}
listen=tcp:127.0.0.1:${port}
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "auth.so"
modparam("auth", "algorithm", "SHA-256")
modparam("auth", "qop", "auth")
modparam("rr", "enable_double_rr", 1)
request_route {
  if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
  if ($tt != $null) {
    if (loose_route()) t_relay();
    else if (is_method("ACK") && t_check_trans()) t_relay();
    exit;
  }
  if (!pv_proxy_authenticate("kamailio.test", "secret", "0")) { proxy_challenge("kamailio.test", "0"); exit; }
  consume_credentials();
  record_route();
  $du = "sip:127.0.0.1:${bot};transport=tcp";
  t_relay();
}
`

describe('calls through a Kamailio that asks for a password (SHA-256) and changes the transport', () => {
  let folder: string
  let proxy: Awaited<ReturnType<typeof proxyProcess>>
  let port: number
  let caller: UserAgent
  let bot: UserAgent
  let theirs: Dialog | undefined
  const offers = { onOffer: () => ({ body: sdp('answer') }), onInfo: () => true }

  before(async function () {
    this.timeout(300_000)
    await ensurePackages()
    folder = mkdtempSync(join(tmpdir(), 'callbot-kamailio-'))
    const agent = (onCall: Parameters<typeof createUserAgent>[0]['onCall']) =>
      createUserAgent({
        host: '127.0.0.1',
        listen: { udp: { port: 0 }, tcp: { port: 0 } },
        clock,
        log: silent,
        admit: () => undefined,
        onCall,
      })
    caller = await agent(() => {})
    bot = await agent(async (call) => {
      call.ring(180)
      if (call.understood.request.headers.some(({ name }) => name === 'X-Ring')) return
      theirs = await call.accept({ body: sdp('theirs') })
      theirs?.handle(offers)
    })
    port = await freePort()
    writeFileSync(join(folder, 'kamailio.cfg'), config(port, bot.ports.tcp!))
    proxy = await proxyProcess(join(folder, 'kamailio.cfg'), '127.0.0.1', folder)
    proxy.start()
    await eventually(async () => {
      const placed = await place({ credentials: undefined, silenceMs: 500 })
      expect(placed, proxy.said()).to.deep.include({ status: 407 })
    }, 20)
  })
  after(async () => {
    await proxy.stop()
    await Promise.all([caller.close(100), bot.close(100)])
    rmSync(folder, { recursive: true })
  })
  beforeEach(() => (theirs = undefined))

  const place = (more: object = {}) =>
    caller.originate({
      uri: 'sip:bot@127.0.0.1',
      hop: { transport: 'UDP', host: '127.0.0.1', port },
      from: '<sip:caller@127.0.0.1>',
      body: sdp('ours'),
      timeoutMs: 10_000,
      credentials: { username: 'caller', password: 'secret' },
      ...more,
    })
  const answered = async () => {
    const placed = await place()
    expect(placed, proxy.said()).to.have.property('ok', true)
    const { dialog } = placed as Extract<OriginateResult, { ok: true }>
    dialog.handle(offers)
    await eventually(() => expect(theirs).to.exist)
    return dialog
  }

  it('is let in by its password, and not by another', async () => {
    expect(await place({ credentials: { username: 'caller', password: 'guessed' } })).to.deep.include({
      ok: false,
      status: 407,
    })
    await (await answered()).bye()
    expect(await theirs!.ended).to.deep.include({ cause: 'remote' })
  })

  it('is changed, asked and hung up from both sides along the recorded route', async () => {
    const ours = await answered()
    for (const dialog of [ours, theirs!, ours]) {
      const changed = await dialog.modify(sdp('changed'))
      expect(changed.ok && Buffer.from(changed.body!.content).toString()).to.equal('answer')
      expect(await dialog.info({ type: 'application/dtmf-relay', content: Buffer.from('Signal=1') })).to.equal(200)
    }
    await theirs!.bye()
    expect(await ours.ended).to.deep.include({ cause: 'remote' })
    expect([caller.dialogs(), bot.dialogs()]).to.deep.equal([0, 0])
  })

  it('is cancelled while it rings', async () => {
    const stop = new AbortController()
    const onProgress = (status: number) => status === 180 && stop.abort()
    const headers = [{ name: 'X-Ring', id: 'x-ring', value: 'only' }]
    expect(await place({ signal: stop.signal, onProgress, headers })).to.deep.include({
      because: 'cancelled',
      rang: true,
    })
    await eventually(() => expect([caller.dialogs(), bot.dialogs()]).to.deep.equal([0, 0]))
  })

  it('a hundred at once all get through and end', async () => {
    const placed = await Promise.all(Array.from({ length: 100 }, () => place()))
    expect(placed.filter(({ ok }) => ok)).to.have.length(100)
    await Promise.all(placed.map((one) => one.ok && one.dialog.bye()))
    await eventually(() => expect([caller.dialogs(), bot.dialogs()]).to.deep.equal([0, 0]))
  }).timeout(60_000)
})
