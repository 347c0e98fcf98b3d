/** What the tests use of the npm package: a reader of session descriptions that we didn't write. */
declare module 'sdp-transform' {
  interface Media {
    type: string
    port: number
    protocol: string
    payloads: string
    direction?: string
    rtcpMux?: string
    ptime?: number
    rtp: { payload: number; codec: string; rate: number }[]
    fmtp: { payload: number; config: string }[]
    crypto?: { id: number; suite: string; config: string }[]
  }
  interface Description {
    version: number
    origin: { sessionId: number | string; sessionVersion: number; ipVer: number; address: string }
    connection: { version: number; ip: string }
    media: Media[]
  }
  export function parse(text: string): Description
}
