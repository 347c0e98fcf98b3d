// @seconds 12
import { expect } from 'chai'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { eventually } from '../../harness/eventually.ts'
import type { Invitation } from '../../harness/plain-caller.ts'
import { startSippTrunk, type SippTrunk } from '../../harness/sipp-trunk.ts'
import { aHelpedRoute, loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

/** What a trunk would believe, if the edge let it pass. */
const SMUGGLED = [
  'P-Asserted-Identity: <sip:+33900000000@lilas.example>',
  'P-Preferred-Identity: <sip:+33900000000@lilas.example>',
  'Remote-Party-ID: <sip:+33900000000@lilas.example>;party=calling',
  'Diversion: <sip:+33900000000@lilas.example>;reason=unconditional',
  'History-Info: <sip:+33900000000@lilas.example>;index=1',
  'P-Charge-Info: <sip:+33900000000@lilas.example>',
  'P-Asserted-Service: urn:urn-7:3gpp-service.ims.icsi.mmtel',
  'Replaces: 1234@pbx;to-tag=1;from-tag=2',
  'Join: 1234@pbx;to-tag=1;from-tag=2',
  'Referred-By: <sip:boss@lilas.example>',
  'Refer-To: <sip:+33899000000@lilas.example>',
  'Authorization: Digest username="x", realm="y", nonce="z", uri="sip:a", response="00"',
  'Proxy-Authorization: Digest username="x", realm="y", nonce="z", uri="sip:a", response="00"',
  'Route: <sip:192.0.2.66;lr>',
  'Require: replaces',
  'Proxy-Require: replaces',
  'Supported: replaces, 100rel',
  'Alert-Info: <http://192.0.2.66/ring>',
  'Call-Info: <http://192.0.2.66/icon>;purpose=icon',
  'Subject: smuggled',
  'User-Agent: smuggler',
  'Organization: smugglers',
  'X-Account: premium',
  'X-Callbot-Reason: smuggled',
]
const WHO =
  'P-Asserted|P-Preferred|Remote-Party|Diversion|History|Charge|Replaces|Join|Refer|Authorization|Route: <sip:192'
const FORBIDDEN = new RegExp(
  `^(${WHO}|Require|Proxy-Require|Supported|.*-Info|Subject|Organization|X-)|smuggl|premium`,
  'im',
)

describe('a caller whom the edge itself puts through to the emergency number', function () {
  this.timeout(60_000)
  let stage: Stage
  let trunk: SippTrunk
  let epoch = 0
  const host = loopback(17, 41)
  type Group = Parameters<typeof aTrunkGroup>[1]
  const publish = (more: Group, media?: { sipTransport: 'Any'; srtp: 'Required' | 'Preferred' }) => {
    const route = { ...aHelpedRoute(++epoch), ...(media && { media }) }
    return stage.rig.publish({ ...stage.seen(route), trunks: [aTrunkGroup([{ host }], { epoch, ...more })] })
  }
  /** The INVITE that the trunk got. */
  const told = async (o: Invitation) => {
    trunk = await startSippTrunk({ address: host, acts: [180, 200] })
    const attempt = stage.caller.invite(NUMBER, o)
    expect((await attempt.final()).status).to.equal(200)
    attempt.within('ACK')
    attempt.within('BYE')
    await eventually(() => expect(trunk.ended()).to.have.lengthOf(1))
    return trunk.headers()
  }
  const fieldOf = (text: string, name: string) => new RegExp(`^${name}: *(.*?)\\r?$`, 'im').exec(text)?.[1]

  before(async () => {
    stage = await setStage(17, { values: [PATIENT] })
  })
  beforeEach(() => publish({}))
  afterEach(() => trunk?.stop())
  after(() => stage?.stop())

  it('says nothing that a trunk would believe: of who he is, who pays, or where to go', async () => {
    const text = await told({ headers: SMUGGLED, contact: 'sip:caller@192.0.2.1:5060?Replaces=1&X-Account=premium' })
    expect(text).to.not.match(FORBIDDEN)
    expect(fieldOf(text, 'Contact')).to.equal('<sip:caller@192.0.2.1:5060>')
    expect(fieldOf(text, 'To')).to.equal(`<sip:+33199999999@${host}:5060>`)
    expect(fieldOf(text, 'User-Agent')).to.equal('callbot')
    expect(text).to.match(/^v=0\r?$/m)
  })

  it('says no more by the letters that stand for names of headers', async () => {
    const headers = [
      'k: replaces, 100rel',
      'o: presence',
      'r: <sip:+33899000000@lilas.example>',
      'b: <sip:boss@lilas.example>',
    ]
    const text = await told({ headers: [...headers, 'm: <sip:smuggled@192.0.2.1:5060>;premium=yes'] })
    expect(text).to.not.match(/^[korb]:|premium|replaces|presence|boss|899000000/im)
    expect(text.match(/^(Contact|m):/gim)).to.deep.equal(['Contact:'])
  })

  it('has his number shown where the Integration says Caller, and nothing else of his From', async () => {
    const text = await told({ from: '"Le Président; urgent" <sip:+33612345678@carrier.example;user=phone>' })
    expect(fieldOf(text, 'From')).to.match(/^<sip:[+]33612345678@carrier[.]example>;tag=/)
  })

  it('has his number withheld where the Integration, or he himself, says so', async () => {
    const anonymous = /^"?Anonymous"? ?<sip:anonymous@anonymous[.]invalid>;tag=/
    const asked = await told({ from: '<sip:+33612345678@carrier.example>', headers: ['Privacy: id'] })
    expect(fieldOf(asked, 'From')).to.match(anonymous)
    await trunk.stop()
    await publish({ callerNumber: 'Withheld' })
    const told_ = await told({ from: '<sip:+33612345678@carrier.example>' })
    expect(fieldOf(told_, 'From')).to.match(anonymous)
    expect(fieldOf(told_, 'Privacy')).to.equal('id')
    expect(told_).to.not.include('33612345678')
  })

  it("shows the bot's number where the Integration says Bot, and its User-Agent", async () => {
    await publish({ callerNumber: 'Bot', userAgent: 'lilas; pbx=1' })
    const text = await told({ from: '<sip:+33612345678@carrier.example>' })
    expect(fieldOf(text, 'From')).to.match(new RegExp(`^<sip:[+]${NUMBER.slice(1)}@carrier[.]example>;tag=`))
    expect(fieldOf(text, 'User-Agent')).to.equal('lilas; pbx=1')
    expect(text).to.not.include('33612345678')
  })

  it('is anonymous when his From is none that could be shown', async () => {
    const text = await told({ from: '<sip:x%0d%0aX-Account:premium@carrier.example>' })
    expect(fieldOf(text, 'From')).to.include('anonymous.invalid')
    expect(text).to.not.match(FORBIDDEN)
  })

  it('can not have the trunk call somebody else later, nor tell it more than he may', async () => {
    trunk = await startSippTrunk({ address: host, acts: [200] })
    const attempt = stage.caller.invite(NUMBER, { from: '<sip:+33612345678@carrier.example>' })
    expect((await attempt.final()).status).to.equal(200)
    attempt.within('ACK')
    let cseq = 2
    for (const method of ['REFER', 'MESSAGE', 'SUBSCRIBE', 'NOTIFY', 'PUBLISH'])
      attempt.within(method, { cseq: cseq++, headers: ['Refer-To: <sip:+33899000000@lilas.example>'] })
    await eventually(() => expect(attempt.answers.map(({ status }) => status)).to.deep.equal(Array(5).fill(405)))
    attempt.within('BYE', { cseq, headers: SMUGGLED })
    await eventually(() => expect(trunk.ended()).to.have.lengthOf(1))
    expect(trunk.headers()).to.not.match(/REFER|MESSAGE|SUBSCRIBE|NOTIFY|PUBLISH/)
  })

  it('can not call another number in the dialog of his call, by a tag that the trunk never gave', async () => {
    trunk = await startSippTrunk({ address: host, acts: [200] })
    const attempt = stage.caller.invite(NUMBER, { from: '<sip:+33612345678@carrier.example>' })
    const ok = await attempt.final()
    attempt.within('ACK')
    const to = fieldOf(ok.text, 'To')!.replace(/tag=.*/, 'tag=invented')
    for (const [nth, method] of ['INVITE', 'UPDATE', 'INFO', 'OPTIONS'].entries())
      attempt.within(method, { uri: `sip:+33899000000@${host}`, to, cseq: 2 + nth })
    await eventually(() => expect(attempt.answers.map(({ status }) => status)).to.deep.equal(Array(4).fill(481)))
    attempt.within('UPDATE', { cseq: 7 })
    await eventually(() => expect(attempt.answers.at(-1)!.status, 'his own dialog').to.equal(200))
    attempt.within('BYE', { cseq: 8 })
    await eventually(() => expect(trunk.ended()).to.have.lengthOf(1))
    expect(trunk.headers()).to.not.include('899000000')
  })

  it('is refused in the clear where the bot requires SRTP, though a trunk would take it', async () => {
    await publish({}, { sipTransport: 'Any', srtp: 'Required' })
    trunk = await startSippTrunk({ address: host, acts: [200] })
    expect((await stage.caller.invite(NUMBER, { isPlain: true }).final()).status).to.equal(488)
    const both = {
      type: 'application/sdp',
      text: 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\nm=audio 0 RTP/SAVP 8\r\n',
    }
    expect((await stage.caller.invite(NUMBER, { body: both }).final()).status, 'plain beside SRTP').to.equal(488)
    expect(trunk.rung()).to.deep.equal([])
    expect((await stage.caller.invite(NUMBER).final()).status).to.equal(200)
  })

  it('is refused with a body that is no session description', async () => {
    trunk = await startSippTrunk({ address: host, acts: [200] })
    const body = { type: 'multipart/mixed;boundary=x', text: '--x\r\nContent-Type: application/isup\r\n\r\nx\r\n--x--' }
    expect((await stage.caller.invite(NUMBER, { body }).final()).status).to.equal(415)
    expect(trunk.rung()).to.deep.equal([])
  })
})
