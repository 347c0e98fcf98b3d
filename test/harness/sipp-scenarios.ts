// Scenarios for SIPp, each a dialogue of send and recv (https://sipp.readthedocs.io).

const via = 'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]'
const OFFER = [
  'v=0',
  'o=user1 53655765 2353687637 IN IP[local_ip_type] [local_ip]',
  's=-',
  'c=IN IP[media_ip_type] [media_ip]',
  't=0 0',
  'm=audio [media_port] RTP/AVP 0',
]

function scenario(name: string, ...steps: string[]): string {
  return `<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="${name}">\n${steps.join('\n')}\n</scenario>\n`
}

function send(start: string, lines: string[], o: { body?: string[]; attributes?: string } = {}): string {
  const body = o.body ?? []
  const type = body.length === 0 ? [] : ['Content-Type: application/sdp']
  const text = [start, ...lines, ...type, 'Content-Length: [len]', '', ...body].join('\n')
  return `<send ${o.attributes ?? 'retrans="500"'}><![CDATA[\n${text}\n\n]]></send>`
}

const recv = (what: string, inner = '') => `<recv ${what}>${inner}</recv>`

const call = (method: string, number: string, peerTag: boolean) => [
  via,
  'From: sipp <sip:sipp@[local_ip]:[local_port]>;tag=[pid]SIPp[call_number]',
  `To: bot <sip:bot@[remote_ip]:[remote_port]>${peerTag ? '[peer_tag_param]' : ''}`,
  'Call-ID: [call_id]',
  `CSeq: ${number} ${method}`,
  'Contact: sip:sipp@[local_ip]:[local_port];transport=[transport]',
  'Max-Forwards: 70',
]
const to = (method: string) => `${method} sip:bot@[remote_ip]:[remote_port] SIP/2.0`
const inDialog = (method: string) => `${method} [next_url] SIP/2.0`
const rseq = '<action><ereg regexp="[0-9]+" search_in="hdr" header="RSeq:" check_it="true" assign_to="rseq"/></action>'

/** A caller who uses all that a dialog offers: 183 with PRACK, ACK, UPDATE, re-INVITE, INFO, BYE. */
export const thoroughCaller = scenario(
  'thorough',
  send(to('INVITE'), [...call('INVITE', '1', false), 'Supported: 100rel, timer', 'Session-Expires: 1800'], {
    body: OFFER,
  }),
  recv('response="100" optional="true"'),
  recv('response="183" rrs="true"', rseq),
  send(inDialog('PRACK'), [...call('PRACK', '2', true), '[routes]', 'RAck: [$rseq] 1 INVITE']),
  recv('response="200"'),
  recv('response="200" rrs="true"'),
  send(inDialog('ACK'), [...call('ACK', '1', true), '[routes]'], { attributes: '' }),
  send(inDialog('UPDATE'), [...call('UPDATE', '3', true), '[routes]'], { body: OFFER }),
  recv('response="200"'),
  send(inDialog('INVITE'), [...call('INVITE', '4', true), '[routes]'], { body: OFFER }),
  recv('response="100" optional="true"'),
  recv('response="200"'),
  send(inDialog('ACK'), [...call('ACK', '4', true), '[routes]'], { attributes: '' }),
  send(inDialog('INFO'), [...call('INFO', '5', true), '[routes]']),
  recv('response="200"'),
  send(inDialog('BYE'), [...call('BYE', '6', true), '[routes]']),
  recv('response="200"'),
)

/** A caller who gives up while it rings. */
export const cancellingCaller = scenario(
  'cancelling',
  send(to('INVITE'), call('INVITE', '1', false), { body: OFFER }),
  recv('response="100" optional="true"'),
  recv('response="180"'),
  send(
    to('CANCEL'),
    call('CANCEL', '1', false).map((line) => (line === via ? '[last_Via:]' : line)),
  ),
  recv('response="200"'),
  recv('response="487"'),
  send(
    to('ACK'),
    call('ACK', '1', true).map((line) => (line === via ? '[last_Via:]' : line)),
    { attributes: '' },
  ),
  // What comes late would be an error.
  '<pause milliseconds="300"/>',
)

const answered = (status: string, more: string[] = []) => [
  `SIP/2.0 ${status}`,
  '[last_Via:]',
  '[last_From:]',
  '[last_To:];tag=[pid]SIPp[call_number]',
  '[last_Call-ID:]',
  '[last_CSeq:]',
  ...more,
]
const CONTACT = 'Contact: <sip:[local_ip]:[local_port];transport=[transport]>'
const respond = (lines: string[], o: { body?: string[]; attributes?: string } = {}) =>
  send(lines[0]!, lines.slice(1), { attributes: '', ...o })

/** One who is called and lets nobody in without a password; then takes a REFER and tells that it went well. */
export const guardedCallee = (username: string, password: string) =>
  scenario(
    'guarded',
    recv('request="INVITE"'),
    respond(
      answered('401 Unauthorized', [
        `WWW-Authenticate: Digest realm="sipp", nonce="47ebe028cda119c35d4877b383027d28da013815", qop="auth", algorithm=MD5`,
      ]),
    ),
    recv('request="ACK"'),
    recv(
      'request="INVITE"',
      `<action><verifyauth assign_to="good" username="${username}" password="${password}"/></action>`,
    ),
    '<nop condexec="good" condexec_inverse="true"><action><error message="the password is not proved"/></action></nop>',
    respond(answered('200 OK', [CONTACT]), { body: OFFER, attributes: 'retrans="500"' }),
    recv('request="ACK"'),
    // The tag of the one who called, for the request that goes the other way.
    recv(
      'request="REFER" rrs="true"',
      '<action><ereg regexp=";tag=[^;]*" search_in="hdr" header="From:" check_it="true" assign_to="caller"/></action>',
    ),
    respond([
      'SIP/2.0 202 Accepted',
      '[last_Via:]',
      '[last_From:]',
      '[last_To:]',
      '[last_Call-ID:]',
      '[last_CSeq:]',
      CONTACT,
    ]),
    `<send retrans="500"><![CDATA[
NOTIFY [next_url] SIP/2.0
${via}
From: <sip:desk@[local_ip]:[local_port]>;tag=[pid]SIPp[call_number]
To: <sip:bot@127.0.0.1>[$caller]
[last_Call-ID:]
CSeq: 1 NOTIFY
${CONTACT}
Max-Forwards: 70
Event: refer
Subscription-State: terminated;reason=noresource
Content-Type: message/sipfrag
Content-Length: [len]

SIP/2.0 200 OK
]]></send>`,
    recv('response="200"'),
    recv('request="BYE"'),
    respond(['SIP/2.0 200 OK', '[last_Via:]', '[last_From:]', '[last_To:]', '[last_Call-ID:]', '[last_CSeq:]']),
  )

/** What a trunk does at an INVITE, in order: answers with a status, waits, hangs up, has the call cancelled, or says nothing to a second offer: SIPp
 * answers where the first one came from. */
export type TrunkAct = number | { wait: number } | 'bye' | 'cancelled' | 'may be offered again'

/**
 * One who is called through a trunk. It logs `RUNG CALL_ID`, the INVITE, and `ENDED CALL_ID`.
 * @param voice file of A-law octets that is played over and over once the call is answered; absent: no media comes
 */
export function trunkScenario(acts: readonly TrunkAct[], voice?: string): string {
  const log = (message: string) => `<action><log message="${message}"/></action>`
  const ok = ['SIP/2.0 200 OK', '[last_Via:]', '[last_From:]', '[last_To:]', '[last_Call-ID:]', '[last_CSeq:]']
  const find = (regexp: string, to: string) =>
    `<ereg regexp="${regexp}" search_in="msg" check_it="true" assign_to="${to}"/>`
  const heard = [
    find('.*', 'text'),
    ...['RUNG [call_id]', '[$text]'].map((message) => `<log message="${message}"/>`),
  ].join('')
  const steps = acts.flatMap((act) => {
    if (act === 'bye') return [hangUp, recv('response="200"')]
    if (act === 'cancelled') return [recv('request="CANCEL"'), respond(ok), respond(terminated), recv('request="ACK"')]
    if (act === 'may be offered again') {
      const hungUp = recv('request="BYE" optional="true" next="gone"', log('ENDED [call_id]'))
      return [hungUp, recv('request="INVITE"', `<action>${heard}</action>`)]
    }
    if (typeof act === 'object') return [`<pause milliseconds="${act.wait}"/>`]
    const routes = ['[last_Record-Route:]', CONTACT]
    if (act !== 200) return [respond(answered(`${act} As Told`, routes)), ...(act > 200 ? [recv('request="ACK"')] : [])]
    const body = voice === undefined ? OFFER : STREAM
    const play = voice === undefined ? [] : [`<nop><action><exec rtp_stream="${voice},-1,8"/></action></nop>`]
    return [respond(answered('200 OK', routes), { body }), recv('request="ACK"'), ...play]
  })
  const isEndedByOther = acts.includes(200) && !acts.includes('bye')
  const end = isEndedByOther ? [recv('request="BYE"', log('ENDED [call_id]')), '<label id="gone"/>', respond(ok)] : []
  const caller = '<ereg regexp=".*" search_in="hdr" header="From:" check_it="true" assign_to="caller"/>'
  const back = '<ereg regexp="sip:[^&gt;]*" search_in="hdr" header="Contact:" check_it="true" assign_to="back"/>'
  return scenario(
    'trunk',
    recv('request="INVITE" rrs="true"', `<action>${heard}${caller}${back}</action>`),
    ...steps,
    ...end,
    '<Reference variables="caller,back"/>', // else SIPp takes what a scenario doesn't use for a mistake
  )
}

/** Final, to the INVITE, with what the CANCEL said of it. */
const terminated = answered('487 Request Terminated').map((line) => (line === '[last_CSeq:]' ? 'CSeq: 1 INVITE' : line))

const hangUp = `<send retrans="500"><![CDATA[
BYE [$back] SIP/2.0
${via}
[routes]
From: <sip:desk@[local_ip]>;tag=[pid]SIPp[call_number]
To:[$caller]
[last_Call-ID:]
CSeq: 1 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>`

const PCMA = [...OFFER.slice(0, -1), 'm=audio [media_port] RTP/AVP 8', 'a=rtpmap:8 PCMA/8000']
/** From a port of the call's own. */
const STREAM = PCMA.map((line) => line.replace('[media_port]', '[rtpstream_audio_port]'))
const bare = (status: string, more: string[] = []) => [
  `SIP/2.0 ${status}`,
  ...['[last_Via:]', '[last_From:]', '[last_To:]', '[last_Call-ID:]', '[last_CSeq:]'],
  ...more,
]

/** A person who lets it ring for half a second, answers, and waits to be hung up. With -rtp_echo, every word comes back. */
export const patientPerson = scenario(
  'patient',
  recv('request="INVITE"'),
  respond(answered('180 Ringing', [CONTACT])),
  '<pause milliseconds="500"/>',
  respond(answered('200 OK', [CONTACT]), { body: PCMA, attributes: 'retrans="500"' }),
  recv('request="ACK"'),
  recv('request="BYE"'),
  respond(bare('200 OK')),
)

/** A telephone system that calls, is asked to take the call elsewhere, and does: it tells so, and is hung up. */
export const takingCaller = scenario(
  'taking',
  send(to('INVITE'), call('INVITE', '1', false), { body: PCMA }),
  recv('response="100" optional="true"'),
  recv('response="200" rrs="true"'),
  send(inDialog('ACK'), [...call('ACK', '1', true), '[routes]'], { attributes: '' }),
  recv(
    'request="REFER"',
    '<action><ereg regexp="sip:4002@127.0.0.1" search_in="hdr" header="Refer-To:" check_it="true" assign_to="to"/></action>',
  ),
  '<Reference variables="to"/>',
  respond(bare('202 Accepted', [CONTACT])),
  ...['SIP/2.0 100 Trying', 'SIP/2.0 200 OK'].flatMap((line, at) => [
    `<send retrans="500"><![CDATA[
${inDialog('NOTIFY')}
${call('NOTIFY', `${at + 2}`, true).join('\n')}
Event: refer
Subscription-State: ${at === 0 ? 'active;expires=60' : 'terminated;reason=noresource'}
Content-Type: message/sipfrag
Content-Length: [len]

${line}
]]></send>`,
    recv('response="200"'),
  ]),
  recv('request="BYE"'),
  respond(bare('200 OK')),
)
