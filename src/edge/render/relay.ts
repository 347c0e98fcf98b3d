/** What the media relay and the proxy beside it have to know of the edge's address, as files that they read when they start. */

/** UDP ports for media, both ends included. */
export interface MediaPorts {
  first: number
  last: number
}

/** Towards bots. Callers can't reach them: a packet of theirs at such a port would be taken for a bot's (CVE-2025-53399). */
const INSIDE: MediaPorts = { first: 40_000, last: 49_999 }
/** Where a pod's containers hear each other and nobody else. */
export const LOOPBACK = '127.0.0.1'
/** Of the relay's control protocol, on loopback and by TCP: media is UDP, so no media socket reaches it. */
export const CONTROL_PORT = 2223
/** Where the guard takes the proxy's orders for the relay, on loopback: kamailio.cfg names the same. */
export const GUARD_PORT = 2224
/** What the guard reads, beside the proxy's control socket. */
export const GUARD_RULES = 'media-guard.json'

/**
 * The configuration of rtpengine, one file.
 * @param o.loopback where the proxy is
 */
export function renderRelay(o: {
  podIp: string
  publicAddress: string
  outside: MediaPorts
  loopback: string
}): string {
  return `[rtpengine]
table = -1
foreground = true
log-stderr = true
# What is below ERR quotes calls: Call-IDs, addresses, and whole descriptions with their keys.
log-level = 3
listen-tcp-ng = ${o.loopback}:${CONTROL_PORT}
interfaces-config = interface
# A call that its proxy has forgotten ends here: nobody speaks for two minutes, or nobody answers.
timeout = 120
silent-timeout = 3600
offer-timeout = 200
final-timeout = 14400
delete-delay = 0
endpoint-learning = heuristic
reject-invalid-sdp = true
num-threads = 4
[interface-outside]
address = ${o.podIp}
advertised = ${o.publicAddress}
port-min = ${o.outside.first}
port-max = ${o.outside.last}
[interface-inside]
address = ${o.podIp}
port-min = ${INSIDE.first}
port-max = ${INSIDE.last}
`
}

/**
 * Definitions for kamailio.cfg: what Via, Contact and Record-Route say to callers and trunks.
 * @param key by which the guard of the relay knows the proxy's orders: a secret text
 */
export function renderPublicAddress(address: string, key: string): string {
  const ports = { TLS: 5061, PLAIN: 5060, TRUNKS: 5080 }
  return [
    `#!substdef "!PUBLIC_ADDRESS!${address}!g"`,
    `#!substdef "!GUARD_KEY!${key}!g"`,
    ...Object.entries(ports).map(
      ([of, port]) => `#!substdef "!OUTSIDE_ADVERTISE_${of}!advertise ${address}:${port}!g"`,
    ),
    '',
  ].join('\n')
}
