/** Lives of calls by their callers' own clock: lines that SIPp writes as its scenario comes by. */

export interface CallLife {
  /** Where the caller hears. */
  port: number
  /** Seconds since 1970: when its INVITE was answered, and when it hung up or was hung up; absent: never. */
  from: number
  until?: number
  /** Host of the Contact of whoever answered. */
  answeredBy: string
}

const line = (what: string) => `<log message="[call_id] [rtpstream_audio_port] [timestamp] ${what}"/>`

/** Actions of a scenario that write the lines. SIPp's [last_Contact:] is empty where a Record-Route comes before it. */
export const ANSWERED = `<action><ereg regexp="sips?:[^>;]*" search_in="hdr" header="Contact:" assign_to="contact"/>${line('answered [$contact]')}</action>`
export const OVER = `<action>${line('over')}</action>`

/** `CALL-ID PORT DATE TIME SECONDS answered sip:USER@HOST:PORT`, and `... over`; in the order of answers. */
export function livesIn(log: string): CallLife[] {
  const lives = new Map<string, CallLife>()
  for (const each of log.split('\n')) {
    const [call = '', port, , , seconds, what, contact = ''] = each.split(/\s+/)
    if (what === 'answered') {
      const [, host = ''] = /^sips?:(?:[^@]*@)?(\[[^\]]*\]|[^:]*)/.exec(contact) ?? []
      lives.set(call, { port: Number(port), from: Number(seconds), answeredBy: host })
    }
    const life = lives.get(call)
    if (what === 'over' && life !== undefined) life.until = Number(seconds)
  }
  return [...lives.values()]
}
