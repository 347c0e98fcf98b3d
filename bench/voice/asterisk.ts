/** The peer of the benchmark: Asterisk 22 of Debian sid, answering every call and playing a prompt over and over. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { unpackAsterisk } from '../../hack/calls/debian.ts'
import { run, until } from '../../hack/cluster/shell.ts'

export interface AsteriskOptions {
  /** Where its configuration and data go. */
  folder: string
  /** Where it listens: for SIP over TLS, or over TCP without certificates. */
  address: string
  port: number
  /** Its certificate and key, and the CA (PEM). */
  tls?: { cert: string; key: string; ca: string }
  /** Without certificates: default TCP. */
  protocol?: 'tcp' | 'udp'
  /** Network namespace in /run/netns that has the address; by default this process's own. */
  netns?: string
  /** A-law octets that it plays to who calls any number. */
  prompt: Buffer
  /** What else its numbers do: lines of extensions.conf for the context `bench`. */
  numbers?: readonly string[]
  /** Callers that it knows, by the user part of From, and their settings; by default `plain` and `secure`. */
  callers?: Readonly<Record<string, readonly string[]>>
  /** Modules that its numbers need besides. */
  modules?: readonly string[]
  /** Other files of its configuration, by name, or others in their place. */
  files?: Readonly<Record<string, string>>
}

export interface Peer {
  pid: number
  version: string
  stop(): Promise<void>
}

/** What a call needs and nothing else: with all modules Asterisk would start slower, not run slower. */
const MODULES = [
  ...[
    'res_timing_timerfd',
    'res_sorcery_config',
    'res_sorcery_memory',
    'res_sorcery_astdb',
    'res_statsd',
    'res_pjproject',
  ],
  ...['res_pjsip', 'res_pjsip_pubsub', 'res_pjsip_session', 'res_pjsip_sdp_rtp', 'res_pjsip_authenticator_digest'],
  ...[
    'res_pjsip_endpoint_identifier_user',
    'res_pjsip_rfc3326',
    'res_pjsip_caller_id',
    'res_rtp_asterisk',
    'res_crypto',
    'res_srtp',
  ],
  ...['chan_pjsip', 'pbx_config', 'app_playback', 'codec_alaw', 'format_pcm', 'bridge_simple', 'func_channel'],
]

/** Starts it and resolves when it takes calls. */
export async function startAsterisk(options: AsteriskOptions): Promise<Peer> {
  const { folder, address, port, netns } = options
  const { root, program } = await unpackAsterisk()
  const into = netns === undefined ? [] : ['nsenter', `--net=/run/netns/${netns}`]
  const [command, ...args] = [...into, ...program('usr/sbin/asterisk')]
  const listeners = async (more: string[]) => {
    const [ss, ...flags] = [...into, 'ss', options.protocol === 'udp' ? '-Hlunp' : '-Hltnp', ...more]
    return (await run(ss!, flags)).trim()
  }
  const version = (await run(command!, [...args, '-V'])).trim().replace(/^Asterisk /, '')
  if (!version.startsWith('22.')) throw new Error(`Debian sid has Asterisk ${version} by now: compare with another 22`)
  writeConfiguration(options, root)
  const listening = await listeners([`src = ${address} and sport = :${port}`])
  if (listening !== '') throw new Error(`${address}:${port} is taken: end that process first: ${listening}`)
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', command!, ...args, '-f', '-C', join(folder, 'asterisk.conf')],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const log = collect(child)
  await until('Asterisk to be ready', 30, () => {
    if (child.exitCode !== null) throw new Error(`Asterisk ended: ${log().slice(-2000)}`)
    return log().includes('Asterisk Ready') && log().length > 0
  })
  await until(`Asterisk to listen on ${address}:${port}`, 10, async () =>
    (await listeners([`sport = :${port}`])).includes(`${port}`),
  )
  return {
    pid: child.pid!,
    version,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    },
  }
}

/** Two callers, so that one process can be measured with and without SRTP. */
const CALLERS = { plain: ['allow=alaw'], secure: ['allow=alaw', 'media_encryption=sdes'] }

function writeConfiguration(options: AsteriskOptions, root: string): void {
  const {
    folder,
    address,
    port,
    tls,
    prompt,
    numbers = [],
    callers = CALLERS,
    modules = [],
    files: more = {},
  } = options
  for (const name of ['keys', 'cdr-csv']) mkdirSync(join(folder, 'data', name), { recursive: true })
  const files: Record<string, string | Buffer> = {
    ...(tls && { 'cert.pem': tls.cert, 'key.pem': tls.key, 'ca.pem': tls.ca }),
    'prompt.alaw': prompt,
    'asterisk.conf': directories(folder, root),
    'modules.conf': ['[modules]', 'autoload=no', ...[...MODULES, ...modules].map((name) => `load => ${name}.so`)].join(
      '\n',
    ),
    'logger.conf': '[general]\n[logfiles]\nconsole => error\n',
    'rtp.conf': '[general]\nrtpstart=10000\nrtpend=14000\n',
    'extensions.conf': ['[bench]', ...numbers, 'exten => _[+0-9].,1,Answer()', ...loop(folder)].join('\n'),
    'pjsip.conf': pjsip({
      folder,
      address,
      port,
      callers,
      protocol: tls === undefined ? (options.protocol ?? 'tcp') : 'tls',
    }),
    ...more,
  }
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content, { mode: 0o600 })
}

const loop = (folder: string) => [` same => n(again),Playback(${join(folder, 'prompt')})`, ' same => n,Goto(again)', '']

function directories(folder: string, root: string): string {
  const data = join(folder, 'data')
  const ours = ['astvarlibdir', 'astdbdir', 'astkeydir', 'astagidir', 'astspooldir', 'astrundir', 'astlogdir']
  return [
    '[directories]',
    `astetcdir => ${folder}`,
    `astmoddir => ${join(root, 'usr/lib/x86_64-linux-gnu/asterisk/modules')}`,
    `astdatadir => ${join(root, 'usr/share/asterisk')}`,
    ...ours.map((name) => `${name} => ${data}`),
    '[options]',
    'verbose = 0',
    '',
  ].join('\n')
}

/** Callers are distinguished by the user part of From. */
function pjsip(
  o: Required<Pick<AsteriskOptions, 'folder' | 'address' | 'port' | 'callers'>> & { protocol: 'tcp' | 'udp' | 'tls' },
): string {
  const { folder, address, port, callers, protocol } = o
  const endpoint = ([name, more]: [string, readonly string[]]) =>
    [`[${name}]`, 'type=endpoint', 'context=bench', 'disallow=all', 'direct_media=no', ...more, ''].join('\n')
  const files = `cert_file=${folder}/cert.pem\npriv_key_file=${folder}/key.pem\nca_list_file=${folder}/ca.pem\n`
  return [
    `[main]\ntype=transport\nbind=${address}:${port}`,
    protocol === 'tls' ? `protocol=tls\nmethod=tlsv1_2\n${files}` : `protocol=${protocol}\n`,
    ...Object.entries(callers).map(endpoint),
  ].join('\n')
}

function collect(child: ChildProcess): () => string {
  let text = ''
  const add = (chunk: Buffer) => (text = (text + chunk).slice(-20_000))
  child.stdout!.on('data', add)
  child.stderr!.on('data', add)
  return () => text
}
