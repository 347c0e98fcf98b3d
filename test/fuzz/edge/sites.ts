/** Who is where in the network namespace of a round: every address is this machine's, so that nothing that is sent gets lost unseen. */

export const EDGE = '10.77.0.1'
/** Where callers and trunks reach the edge. */
export const PUBLIC = '203.0.113.77'
export const CALLERS = ['198.51.100.10', '198.51.100.11', '198.51.100.12', '198.51.100.13']
export const PODS = ['10.77.1.11', '10.77.1.12', '10.77.1.13']
export const TRUNK = '192.0.2.41'
export const REAL_POD = '10.77.1.50'
/** The first of its media ports, as pods have them by default. */
export const REAL_MEDIA_PORT = 16_384
/** Another client's caller and pod, whose call nobody may harm. */
export const NEIGHBOUR = { caller: '198.51.100.200', pod: '10.77.2.11' }
/** Senders of whom the edge knows nothing. */
export const stranger = (nth: number) => `198.51.${101 + (nth % 100)}.${1 + (nth % 250)}`

/** The first of the media ports of each party; it has so many. */
export const MEDIA_PORT = 30_000
export const MEDIA_PORTS = 8

/** Of the relay, as the rig has them. */
export const RELAY_PORTS = [
  { first: 20_000, last: 20_199 },
  { first: 40_000, last: 49_999 },
]
/** UDP ports at which the proxy speaks with others. */
export const PROXY_PORTS = [5060, 5080, 5090, 5091]
