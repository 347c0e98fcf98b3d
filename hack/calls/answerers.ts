/** Who answered calls, by what a caller of SIPp received: a second answer it takes for a retransmission and says nothing. */

/**
 * Calls that more than one end answered: a Call-ID with 200 for its INVITE under two To tags (RFC 3261, 13.2.2.4).
 * @param log what SIPp writes with -trace_msg
 */
export function answeredTwice(log: string): string[] {
  const tags = new Map<string, Set<string>>()
  for (const message of log.split(/^-{20,}.*$/m)) {
    if (!/^SIP\/2\.0 200/m.test(message) || !/message received/.test(message)) continue
    if (!/^CSeq:\s*\d+\s+INVITE/im.test(message)) continue
    const call = valueOf(message, /^(?:Call-ID|i):\s*(\S+)/im)
    tags.set(call, (tags.get(call) ?? new Set()).add(valueOf(message, /^(?:To|t):.*;tag=([^;\s]+)/im)))
  }
  return [...tags].filter(([, answerers]) => answerers.size > 1).map(([call]) => call)
}

const valueOf = (message: string, header: RegExp) => header.exec(message)?.[1] ?? ''
