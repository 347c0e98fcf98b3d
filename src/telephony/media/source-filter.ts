import { mayReach, type Reach } from '../../wire/sdp/address-policy.ts'

/** Where a stream comes from, and goes to. */
export interface Endpoint {
  readonly address: string
  readonly port: number
}

/**
 * From where packets are let in (against injection, and against being made a reflector). Plain RTP: only from the address and port of the SDP.
 * SRTP: until the first authentic packet from anywhere, since the other side may be behind a NAT; from then on only from where that one came.
 * We send to the same place (symmetric RTP, RFC 4961), so an authentic packet with a forged source may not move it to where media may not
 * be sent: whoever is in the call could make one.
 */
export class SourceRule {
  private readonly isAuthenticated: boolean
  private readonly told: Endpoint
  private readonly reach: Reach
  private latched = false
  /** Where we send to. */
  target: Endpoint

  constructor(declared: Endpoint, isAuthenticated: boolean, reach: Reach) {
    this.told = this.target = { address: canonical(declared.address), port: declared.port }
    this.isAuthenticated = isAuthenticated
    this.reach = reach
  }

  /** Whether the SDP names the same place as when the rule was made. */
  isFor(declared: Endpoint): boolean {
    return declared.port === this.told.port && canonical(declared.address) === this.told.address
  }

  admits(address: string, port: number): boolean {
    if (this.isAuthenticated && !this.latched) return mayReach(this.reach, address, port)
    return port === this.target.port && address === this.target.address
  }

  /** A packet from there was authentic. */
  latch(address: string, port: number): void {
    if (this.latched || !this.isAuthenticated) return
    this.latched = true
    this.target = { address, port }
  }
}

/** An IPv6 address as sockets tell it: compared as text. */
function canonical(address: string): string {
  if (!address.includes(':')) return address
  try {
    return new URL(`http://[${address}]`).hostname.slice(1, -1)
  } catch {
    return address
  }
}
