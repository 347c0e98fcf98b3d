/** The configuration of one baresip without sound card, screen or home directory: it plays files and records what it hears. */
import { isAbsolute } from 'node:path'

export interface CallerSettings {
  /** A folder of its own; keys, the recording and its configuration lie there. */
  folder: string
  transport: 'udp' | 'tcp' | 'tls'
  /** Mandatory offers RTP/SAVP with SDES keys only; None offers plain RTP. */
  srtp: 'Mandatory' | 'None'
  codec: 'PCMA' | 'PCMU'
  /** Network interface whose address goes into Contact and SDP; by default the one of the default route. */
  networkInterface?: string
  /** PEM of its own certificate with key, which it shows when asked (mutual TLS). */
  identity?: { cert: string; key: string }
  /** PEM of the CA that the server must prove to be of; without it baresip believes any server. */
  ca?: string
}

export interface CallerPorts {
  control: number
  nameServer: number
  /** Of RTP, even; RTCP is one above. */
  rtp: number
}

/** Others that it may take when the first is in use by then. */
export const MEDIA_PORTS = 20

const MODULES = ['g711', 'aufile', 'sndfile', 'srtp']

/** Text of the file `config`. */
export function renderConfig(settings: CallerSettings, ports: CallerPorts, modulePath: string): string {
  if (!isAbsolute(settings.folder)) throw new Error(`baresip wants an absolute folder, not ${settings.folder}`)
  const { folder, networkInterface, identity, ca } = settings
  const lines = [
    'poll_method epoll',
    // No player: the recorder sits in the chain before it and needs none.
    `audio_source aufile,${folder}/silence.wav`,
    'ausrc_srate 8000',
    'auplay_srate 8000',
    'audio_buffer 20-160',
    `rtp_ports ${ports.rtp}-${ports.rtp + MEDIA_PORTS}`,
    'rtcp_mux no',
    'jitter_buffer_delay 2-6',
    `snd_path ${folder}`,
    `ctrl_tcp_listen 127.0.0.1:${ports.control}`,
    `dns_server 127.0.0.1:${ports.nameServer}`,
    ...(networkInterface ? [`net_interface ${networkInterface}`] : []),
    ...(identity !== undefined ? [`sip_certificate ${folder}/identity.pem`] : []),
    ...(ca !== undefined ? [`sip_cafile ${folder}/ca.pem`, 'sip_verify_server yes'] : []),
    `module_path ${modulePath}`,
    ...MODULES.map((name) => `module ${name}.so`),
    'module_tmp account.so',
    'module_app menu.so',
    'module_app ctrl_tcp.so',
  ]
  return `${lines.join('\n')}\n`
}

/** Text of the file `accounts`: one line, no registration. */
export function renderAccount({ transport, srtp, codec }: CallerSettings, user: string): string {
  const media = srtp === 'Mandatory' ? ';mediaenc=srtp-mand' : ''
  return `<sip:${user}@caller.invalid;transport=${transport}>;regint=0;audio_codecs=${codec}/8000/1${media}\n`
}
