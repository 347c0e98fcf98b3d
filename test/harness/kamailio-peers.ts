/**
 * Peers to compare with, each a Kamailio 6 that has two gateways in a row: one as somebody sets it up who takes its defaults, and one as
 * a good engineer tunes it for gateways that fail.
 */
import { expect } from 'chai'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pause } from '../../hack/cluster/shell.ts'
import { proxyProcess } from './edge-rig.ts'
import { eventually } from './eventually.ts'
import { startPlainCaller, type PlainCaller } from './plain-caller.ts'
import { loopback } from './loopback.ts'
import { startSippTrunk, type SippTrunk } from './sipp-trunk.ts'

interface Tuning {
  core: string
  modules: string
  /** How a call goes to the gateway that was chosen. */
  relay: string
  /** What is done about a gateway that let a call wait. */
  onSilence: string
}

/** fr_timer (30 s) and fr_inv_timer (120 s) are not set: that is the point. */
const DEFAULTS: Tuning = { core: '', modules: '', relay: 'if (!t_relay()) sl_reply_error();', onSilence: '' }

/**
 * A gateway gets 700 ms to say anything at all, as ours gives it, and may ring for 30 s. All are probed every second; one unanswered probe,
 * or one call that had to wait, and no call asks it until it answers again.
 */
const TUNED: Tuning = {
  core: 'tcp_connect_timeout=1\ntcp_send_timeout=1',
  modules: `modparam("tm", "fr_timer", 700)
modparam("tm", "fr_inv_timer", 30000)
modparam("tm", "failure_reply_mode", 3)
modparam("dispatcher", "ds_ping_method", "OPTIONS")
modparam("dispatcher", "ds_ping_interval", 1)
modparam("dispatcher", "ds_probing_mode", 1)
modparam("dispatcher", "ds_probing_threshold", 1)
modparam("dispatcher", "ds_inactive_threshold", 1)`,
  // Where nobody listens there is no transaction that could fail, and so no failure route.
  relay: `while (!t_relay_to("0x02")) {
    ds_mark_dst("ip");
    if (!ds_next_dst()) { sl_reply_error(); exit; }
    t_on_failure("NEXT");
  }`,
  onSilence: 'if (t_branch_timeout() && !t_branch_replied()) ds_mark_dst("ip");',
}

/** After the dispatcher module's own example. */
const configuration = (address: string, list: string, { core, modules, relay, onSilence }: Tuning) => `#!KAMAILIO
debug=-1
log_stderror=yes
children=2
listen=udp:${address}:5060
listen=tcp:${address}:5060
${core}
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "dispatcher.so"
modparam("dispatcher", "list_file", "${list}")
modparam("dispatcher", "flags", 2)
${modules}
request_route {
  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
  if (has_totag()) {
    if (loose_route()) t_relay();
    else if (is_method("ACK") && t_check_trans()) t_relay();
    exit;
  }
  t_check_trans();
  if (is_method("INVITE")) record_route();
  if (!ds_select_dst("1", "8")) { sl_send_reply("503", "No Gateway"); exit; }
  t_on_failure("NEXT");
  ${relay}
}
failure_route[NEXT] {
  if (t_is_canceled()) exit;
  ${onSilence}
  if (t_check_status("50[0-9]") || (t_branch_timeout() && !t_branch_replied())) {
    if (ds_next_dst()) { t_on_failure("NEXT"); t_relay(); }
  }
}
`

const PATIENCE_SECONDS = 90
const NUMBER = '+33144444444'
const places = (network: number) => (place: number) => loopback(network, place)

/**
 * Calls at the same time through a proxy with Kamailio's defaults whose first gateway is silent.
 * @returns seconds from each INVITE to the 200 of the second gateway
 */
export const failoverOfDefaults = (calls: number): Promise<number[]> =>
  onStage(async (open) => {
    const at = places(51)
    await open(startSilence(at(41)))
    await open(startSippTrunk({ address: at(42), acts: [180, 200] }).then(({ stop }) => stop))
    await open(startKamailio(at(1), DEFAULTS, [`${at(41)}:5060`, `${at(42)}:5060`]))
    const caller = await startPlainCaller(at(2), at(1))
    await open(Promise.resolve(() => caller.close()))
    return atOnce(caller, calls)
  })

/** Seconds from each INVITE to the 200 of the second gateway, by what ails the first. */
export interface TunedFailover {
  /** It has just fallen silent: no probe has found out. */
  silent: number[]
  /** It is silent, and that is known. */
  found: number[]
  answers503: number[]
  /** Nobody listens any more, and no probe has found out. */
  refuses: number[]
  /** It says nothing for 1.5 s, and then rings and answers: how many callers get two answers, by how many calls. */
  slow: { calls: number; answeredTwice: number }
}

/** The same through a tuned proxy, by TCP, as the trunks beside it: so many calls at the same time for each way in which the first one fails. */
export const failoverOfTuned = (calls: number): Promise<TunedFailover> =>
  onStage(async (open) => {
    const at = places(52)
    const [first, second] = [at(41), at(42)]
    const play = (address: string, acts: Parameters<typeof startSippTrunk>[0]['acts']) =>
      startSippTrunk({ address, acts, transport: 'TCP' })
    let primary = await play(first, [180, 200])
    await open(Promise.resolve(() => primary.stop()))
    await open(play(second, [180, 200]).then(({ stop }) => stop))
    await open(
      startKamailio(
        at(1),
        TUNED,
        [first, second].map((address) => `${address}:5060;transport=tcp`),
      ),
    )
    const caller = await startPlainCaller(at(2), at(1))
    await open(Promise.resolve(() => caller.close()))
    const comesBack = async (acts: Parameters<typeof startSippTrunk>[0]['acts']) => {
      await primary.stop()
      primary = await play(first, acts)
      await untilAsked(caller, primary)
    }

    await untilAsked(caller, primary)
    primary.signal('SIGSTOP')
    const silent = await atOnce(caller, calls)
    await eventually(async () => expect(await secondsToAnswer(caller)).to.be.below(0.3), 20)
    const found = await atOnce(caller, calls)
    await comesBack([100, 503])
    const answers503 = await atOnce(caller, calls)
    await comesBack([180, 200])
    await primary.stop()
    const refuses = await atOnce(caller, calls)
    await comesBack([{ wait: 1_500 }, 180, 200])
    await pause(3_000) // the call that asked it has had it marked as ill: probes take that back
    const slow = { calls, answeredTwice: await answeredTwice(caller, calls) }
    return { silent, found, answers503, refuses, slow }
  })

/** Whatever `open` has opened is closed at the end, the last first. */
async function onStage<Result>(
  play: (open: (opening: Promise<() => unknown>) => Promise<void>) => Promise<Result>,
): Promise<Result> {
  const opened: (() => unknown)[] = []
  try {
    return await play(async (opening) => void opened.push(await opening))
  } finally {
    for (const close of opened.reverse()) await close()
  }
}

const atOnce = (caller: PlainCaller, calls: number) =>
  Promise.all(Array.from({ length: calls }, () => secondsToAnswer(caller)))

/** Of so many calls at the same time those that two gateways answer. */
async function answeredTwice(caller: PlainCaller, calls: number): Promise<number> {
  const attempts = Array.from({ length: calls }, () => caller.invite(NUMBER, { isPlain: true }))
  await Promise.all(attempts.map((attempt) => attempt.final(PATIENCE_SECONDS)))
  await pause(2_500)
  const tags = attempts.map(({ heard }) =>
    heard.flatMap(({ status, text }) => (status === 200 ? [/^To: (.*)$/im.exec(text)![1]] : [])),
  )
  return tags.filter((some) => new Set(some).size > 1).length
}

/** Until the proxy's probes have found it well. */
const untilAsked = (caller: PlainCaller, gateway: SippTrunk) =>
  eventually(async () => {
    await secondsToAnswer(caller)
    expect(gateway.rung()).not.to.deep.equal([])
  }, 20)

/** A port that takes every packet and answers none: a closed one would say so. */
async function startSilence(address: string): Promise<() => void> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(5060, address, resolve))
  return () => socket.close()
}

/** @param gateways in the order in which they are tried */
async function startKamailio(
  address: string,
  tuning: Tuning,
  gateways: readonly string[],
): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-kamailio-peer-'))
  const [list, config] = [join(folder, 'dispatcher.list'), join(folder, 'kamailio.cfg')]
  // Set, address, flags, priority: the highest first.
  const lines = gateways.map((gateway, index) => `1 sip:${gateway} 0 ${gateways.length - index}\n`)
  writeFileSync(list, lines.join(''))
  writeFileSync(config, configuration(address, list, tuning))
  const proxy = await proxyProcess(config, address, folder)
  const stop = async () => {
    await proxy.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  proxy.start()
  await eventually(() => isOpen(address), 20).catch(async (cause: unknown) => {
    await stop()
    throw new Error(`Kamailio does not run: ${proxy.said()}`, { cause })
  })
  return stop
}

/** @throws while nobody listens; UDP can't tell, and both are opened together */
async function isOpen(address: string): Promise<void> {
  const socket = connect(5060, address)
  try {
    await once(socket, 'connect')
  } finally {
    socket.destroy()
  }
}

async function secondsToAnswer(caller: PlainCaller): Promise<number> {
  const attempt = caller.invite(NUMBER, { isPlain: true })
  const { status, atMs } = await attempt.final(PATIENCE_SECONDS)
  if (status !== 200) throw new Error(`the backup should have answered, and ${status} came`)
  attempt.within('ACK')
  attempt.within('BYE')
  return atMs / 1_000
}
