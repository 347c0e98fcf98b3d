/** SIPp of Debian 13: many callers at once, over UDP, TCP or TLS, with plain RTP or SRTP. Debian 12's has neither TLS nor SRTP. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tryRun } from '../cluster/shell.ts'
import { answeredTwice } from './answerers.ts'
import { unpackSipp } from './debian.ts'
import { livesIn, type CallLife } from './lives.ts'
import { renderScenario, type CallScenario } from './scenario.ts'

export interface SippOptions extends CallScenario {
  /** Where its files go. */
  folder: string
  /** ADDRESS:PORT of the server. */
  target: string
  transport: 'udp' | 'tcp' | 'tls'
  /** The number that is called. */
  number: string
  /** Its own address, for signalling and media. */
  address: string
  calls: number
  /** Calls at once, at most. */
  concurrent: number
  perSecond: number
  /** The first UDP port of its media. */
  mediaPort?: number
  /** Where it listens for SIP. By default it looks for one, which two that start in the same moment may find both. */
  localPort?: number
  /** Own certificate and the CA that the server must be of (PEM); for TLS. */
  tls?: { cert: string; key: string; ca: string }
  /** Network namespace in /run/netns that has the address; by default this process's own. */
  netns?: string
  /** Has the callers hang up in the middle of their calls. */
  signal?: AbortSignal
}

export interface SippResult {
  /** SIPp's own: 0 all calls went well, 1 at least one failed. */
  exitCode: number
  successful: number
  failed: number
  /** INVITE sent to 200 received, in milliseconds, in the order of answers. */
  answerMs: number[]
  /** Of the calls that were answered. */
  lives: CallLife[]
  /** Call-IDs of those that a second end answered too. */
  answeredTwice: string[]
  /** The last that it said, when something went wrong. */
  errors: string
}

const TRANSPORT = { udp: 'u1', tcp: 't1', tls: 'l1' }

/** The first: no more calls. The second: a BYE or CANCEL for each, else whoever talks with them would do so to the next caller at that port. */
const HANGS_UP = ['SIGUSR1', 'SIGUSR1', 'SIGTERM'] as const

/** Places all calls and resolves when the last one is over. */
export async function runSipp(options: SippOptions): Promise<SippResult> {
  const { folder, target, transport, number, address, calls, concurrent, perSecond, tls, mediaPort = 33_000 } = options
  mkdirSync(folder, { recursive: true })
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  const scenario = file('scenario.xml', renderScenario(options))
  const secure = tls
    ? ['-tls_cert', file('cert.pem', tls.cert), '-tls_key', file('key.pem', tls.key), '-tls_ca', file('ca.pem', tls.ca)]
    : []
  const listens = options.localPort === undefined ? [] : ['-p', `${options.localPort}`]
  const sipp = await unpackSipp()
  const into = options.netns === undefined ? [] : ['nsenter', `--net=/run/netns/${options.netns}`]
  const [command, ...args] = [...into, ...sipp.program('usr/bin/sipp')]
  const ran = await tryRun(
    command!,
    [
      ...[...args, target, '-sf', scenario, '-s', number, '-t', TRANSPORT[transport], ...secure, ...listens],
      ...['-i', address, '-mi', address, '-m', `${calls}`, '-l', `${concurrent}`, '-r', `${perSecond}`],
      ...[
        '-min_rtp_port',
        `${mediaPort}`,
        '-max_rtp_port',
        `${mediaPort + 4000}`,
        '-rtp_threadtasks',
        '50',
        '-timeout_error',
      ],
      ...[
        '-trace_stat',
        '-trace_rtt',
        '-rtt_freq',
        '1',
        '-trace_err',
        '-trace_logs',
        '-trace_msg',
        '-nostdin',
        '-fd',
        '3600',
      ],
    ],
    { cwd: folder, endBy: HANGS_UP, ...(options.signal && { signal: options.signal }) },
  )
  const text = (ending: string) => producedBy(folder, ending)
  return {
    exitCode: ran.code,
    ...countsOf(text('_.csv')),
    answerMs: answerTimesOf(text('_rtt.csv')),
    lives: livesIn(text('_logs.log')),
    answeredTwice: answeredTwice(messagesOf(folder)),
    errors: (text('_errors.log') || ran.stderr).slice(-2000),
  }
}

/** Each message that it sent and received, also over TLS. @param folder that of its run */
export const messagesOf = (folder: string) => producedBy(folder, '_messages.log')

function producedBy(folder: string, ending: string): string {
  const name = readdirSync(folder).find((each) => each.endsWith(ending))
  return name === undefined ? '' : readFileSync(join(folder, name), 'utf8')
}

/** The last line of SIPp's statistics. */
export function countsOf(csv: string): { successful: number; failed: number } {
  const lines = csv.trimEnd().split('\n')
  const names = lines[0]!.split(';')
  const last = lines.at(-1)!.split(';')
  const cell = (name: string) => Number(last[names.indexOf(name)] ?? Number.NaN)
  return { successful: cell('SuccessfulCall(C)'), failed: cell('FailedCall(C)') }
}

/** SIPp's trace of response times: date, milliseconds, which one. */
export const answerTimesOf = (csv: string) =>
  csv
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => Number(line.split(';')[1]))
    .filter((milliseconds) => Number.isFinite(milliseconds))
