/** A peer to compare with: Kamailio 6 as one sets it up who takes its defaults. Two gateways in a row, no probes, the timers as they are. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { proxyProcess } from './edge-rig.ts'
import { eventually } from './eventually.ts'
import { startPlainCaller, type PlainCaller } from './plain-caller.ts'
import { startSippTrunk } from './sipp-trunk.ts'

/** After the dispatcher module's own example. fr_timer (30 s) and fr_inv_timer (120 s) are not set: that is the point. */
const configuration = (address: string, list: string) => `#!KAMAILIO
debug=-1
log_stderror=yes
children=2
listen=udp:${address}:5060
listen=tcp:${address}:5060
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "dispatcher.so"
modparam("dispatcher", "list_file", "${list}")
modparam("dispatcher", "flags", 2)
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
  if (!t_relay()) sl_reply_error();
}
failure_route[NEXT] {
  if (t_is_canceled()) exit;
  if (t_check_status("50[0-9]") || (t_branch_timeout() && !t_branch_replied())) {
    if (ds_next_dst()) { t_on_failure("NEXT"); t_relay(); }
  }
}
`

const PATIENCE_SECONDS = 90

/**
 * Calls at the same time through a proxy whose first gateway is silent.
 * @returns seconds from each INVITE to the 200 of the second gateway
 */
export async function failoverOfDefaults(calls: number): Promise<number[]> {
  const at = (place: number) => `127.${16 + (process.pid % 239)}.51.${place}`
  const opened: (() => unknown)[] = []
  try {
    opened.push(await startSilence(at(41)))
    const backup = await startSippTrunk({ address: at(42), acts: [180, 200] })
    opened.push(() => backup.stop())
    opened.push(await startKamailio(at(1), [at(41), at(42)]))
    const caller = await startPlainCaller(at(2), at(1))
    opened.push(() => caller.close())
    return await Promise.all(Array.from({ length: calls }, () => secondsToAnswer(caller)))
  } finally {
    for (const close of opened.reverse()) await close()
  }
}

/** A port that takes every packet and answers none: a closed one would say so. */
async function startSilence(address: string): Promise<() => void> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(5060, address, resolve))
  return () => socket.close()
}

/** @param gateways in the order in which they are tried */
async function startKamailio(address: string, gateways: readonly string[]): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-defaults-'))
  const [list, config] = [join(folder, 'dispatcher.list'), join(folder, 'kamailio.cfg')]
  // Set, address, flags, priority: the highest first.
  const lines = gateways.map((gateway, index) => `1 sip:${gateway}:5060 0 ${gateways.length - index}\n`)
  writeFileSync(list, lines.join(''))
  writeFileSync(config, configuration(address, list))
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
  const attempt = caller.invite('+33144444444', { isPlain: true })
  const { status, atMs } = await attempt.final(PATIENCE_SECONDS)
  if (status !== 200) throw new Error(`the backup should have answered, and ${status} came`)
  attempt.within('ACK')
  attempt.within('BYE')
  return atMs / 1_000
}
