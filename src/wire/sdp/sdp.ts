/** A session description (RFC 8866), as much of it as an audio call needs. Whatever else it holds was checked for its form and is left out. */
export interface Sdp {
  readonly origin: Origin
  readonly connection: Connection | undefined
  readonly attributes: readonly Attribute[]
  readonly media: readonly SdpMedia[]
}

export interface Origin {
  readonly sessionId: string
  readonly version: string
  readonly address: Connection
}

export interface Connection {
  readonly family: 'IP4' | 'IP6'
  /** As it was written: an address or a name. */
  readonly address: string
}

export interface Attribute {
  readonly name: string
  readonly value: string | undefined
}

export interface SdpMedia {
  /** audio, video, ... */
  readonly type: string
  /** 0: not wanted. */
  readonly port: number
  readonly protocol: string
  readonly formats: readonly string[]
  readonly connection: Connection | undefined
  readonly attributes: readonly Attribute[]
}

/** Value of the first attribute with this name; '' if it is a flag. */
export function attribute(of: { readonly attributes: readonly Attribute[] }, name: string): string | undefined {
  const found = of.attributes.find((one) => one.name === name)
  return found === undefined ? undefined : (found.value ?? '')
}

/** Values of all attributes with this name. */
export function attributes(of: { readonly attributes: readonly Attribute[] }, name: string): string[] {
  return of.attributes.filter((one) => one.name === name).map(({ value }) => value ?? '')
}
