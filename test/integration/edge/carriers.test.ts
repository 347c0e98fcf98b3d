// @seconds 13
import { expect } from 'chai'
import type { SecretRead } from '../../../src/edge/plan/secret-values.ts'
import type { TrunkGroup } from '../../../src/rules/trunks.ts'
import { createAuthority } from '../../harness/authority.ts'
import {
  carrierCalls,
  carrierTakes,
  secureMedia,
  type CarrierCall,
  type CarrierTakes,
} from '../../harness/carrier-scenarios.ts'
import { recipeOf, type Recipe } from '../../harness/carrier-recipes.ts'
import { runCarrier, startCarrier } from '../../harness/sipp-carrier.ts'
import { DESK, publishBot, startBotPod, toDesk, type BotPod } from './bot-stage.ts'
import { loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

const NET = 54
const [carrier, calledAt] = [loopback(NET, 41), loopback(NET, 42)]
const LOGIN = { username: 'lilas', password: 'secret' }
/** Of certificates that carriers show, and of the SBC. */
const authority = createAuthority('public')

/** The values and the manifest of docs/guides/carriers.md, a real bot pod and a real edge; SIPp plays the carrier as its documentation shows it. */
describe('a carrier that is connected as the guide says', function () {
  this.timeout(90_000)
  let stage: Stage | undefined
  let pod: BotPod | undefined

  afterEach(async () => {
    await pod?.stop()
    await stage?.stop()
    pod = stage = undefined
  })

  /** The other side at a loopback address, and its certificate of our own authority. */
  const standIn = ({ trunks }: Recipe): TrunkGroup => ({
    ...trunks!,
    integration: { namespace: 'lilas', name: 'standard', uid: 'i' },
    epoch: 1,
    failover: { ...trunks!.failover, perTryMilliseconds: 4_000 },
    trunks: trunks!.trunks.map((trunk) => ({
      ...trunk,
      host: calledAt,
      tls: {
        ...trunk.tls,
        caSecret: { name: 'public', key: 'ca.crt' },
        serverName: trunk.tls?.serverName ?? trunk.host,
      },
    })),
  })

  const secretsOf = ({ trunks }: TrunkGroup): Map<string, SecretRead> => {
    const { digest, tls } = trunks[0]!
    const own = authority.issue(['edge.example.com'])
    const texts = (data: Record<string, string>) => ({ data: new Map(Object.entries(data)) })
    return new Map<string, SecretRead>([
      ['lilas/public', texts({ 'ca.crt': authority.cert })],
      [`lilas/${digest?.secret ?? 'none'}`, texts({ ...LOGIN, 'callbots.hosts': calledAt })],
      [
        `lilas/${tls?.identitySecret ?? 'nobody'}`,
        texts({ 'tls.crt': own.cert, 'tls.key': own.key, 'callbots.hosts': calledAt }),
      ],
    ])
  }

  /** A call comes in, the bot transfers it through the trunk, the person hangs up, and the bot does. */
  const isServed = async (title: string, calls: CarrierCall, takes: CarrierTakes) => {
    const recipe = recipeOf(title)
    const byAddress = recipe.values.some((value) => value.startsWith('edge.carrierCidrs='))
    const values = recipe.values.filter((value) => !/[.](carrierCidrs|clientCaSecretName)=/.test(value))
    stage = await setStage(NET, {
      values: [PATIENT, 'edge.callers=Known', ...values, ...(byAddress ? [`edge.carrierCidrs={${carrier}/32}`] : [])],
      ...(!byAddress && { clientCa: authority }),
    })
    const group = standIn(recipe)
    const { serverName } = group.trunks[0]!.tls!
    const called = await startCarrier({
      address: calledAt,
      tls: authority.issue([serverName!]),
      scenario: carrierTakes(takes),
    })
    try {
      await publishBot(stage, group, secretsOf(group))
      pod = await startBotPod(stage, { media: ['Required'], steps: toDesk, callerNumber: group.callerNumber })
      await stage.untilTrunk(calledAt, 'Up')
      await stage.untilLine(calledAt)
      const ran = await runCarrier({
        ...{ address: carrier, target: `${stage.rig.address}:5061`, scenario: carrierCalls(calls) },
        ...{ tls: authority.issue(['sbc.example.com']), ca: stage.rig.authority.cert },
      })
      expect(ran, `${ran.errors}\n${called.errors()}\n${pod.log.join('\n')}`).to.include({ successful: 1, failed: 0 })
      expect(await called.ended(), called.errors()).to.deep.equal({ successful: 1, failed: 0 })
    } finally {
      await called.stop()
    }
  }

  it('is served: Twilio Elastic SIP Trunking, with secure trunking', () =>
    isServed(
      'Twilio Elastic SIP Trunking',
      {
        uri: `sip:${NUMBER}@[remote_ip]:5061;transport=tls`,
        from: '<sip:+33612345678@lilas.pstn.twilio.com;pstn-params=808481808882;cpc=ordinary>',
        contact: 'sip:+33612345678@172.25.10.217:5061;transport=tls',
        headers: [
          'Diversion: <sip:+33155500000@twilio.com>;reason=unconditional',
          'P-Asserted-Identity: <sip:+33612345678@54.171.127.193:5061>',
          'X-Twilio-AccountSid: AC00000000000000000000000000000000',
          'X-Twilio-CallSid: CA00000000000000000000000000000000',
          'User-Agent: Twilio Gateway',
          'Allow: INVITE,ACK,CANCEL,OPTIONS,BYE',
        ],
        media: secureMedia('0 8 101', { more: ['a=maxptime:20'] }),
      },
      {
        credentials: { realm: 'sip.twilio.com', ...LOGIN },
        called: `INVITE sip:[+]${DESK.slice(1)}@`,
        from: `sip:[+]${NUMBER.slice(1)}@`,
      },
    ))

  it('is served: Telnyx, by TLS and SRTP', () =>
    isServed(
      'Telnyx',
      {
        uri: `sip:${NUMBER}@[remote_ip]:5061;transport=tls`,
        from: '"+33612345678" <sip:+33612345678@sip.telnyx.eu>',
        contact: 'sip:+33612345678@10.31.47.9:6061;transport=tls;ob',
        headers: [
          'P-Asserted-Identity: "+33612345678" <sip:+33612345678@sip.telnyx.eu>',
          'X-Telnyx-Session-ID: 0ccc7b54-4df3-11ee-a0f8-02420a0d4168',
          'Supported: path, replaces',
          'Session-Expires: 1800;refresher=uac',
        ],
        media: secureMedia('8 0 101 13', { more: ['a=rtpmap:13 CN/8000', 'a=rtcp:40001'] }),
      },
      {
        credentials: { realm: 'sip.telnyx.com', ...LOGIN },
        called: `INVITE sip:[+]${DESK.slice(1)}@`,
        from: `sip:[+]${NUMBER.slice(1)}@`,
      },
    ))

  it('is served: an SBC that passes on what Microsoft Teams sends by Direct Routing', () =>
    isServed(
      'Microsoft Teams Direct Routing',
      {
        uri: `sip:${NUMBER}@sip.example.com:5061;user=phone;transport=tls`,
        from: '"Anne Martin" <sip:+33612345678@sbc.example.com:5061;user=phone>',
        contact: 'sip:+33612345678@sbc.example.com:5061;transport=tls',
        headers: [
          'P-Asserted-Identity: <tel:+33612345678>,<sip:anne.martin@example.com>',
          'Privacy: id',
          'User-Agent: Microsoft.PSTNHub.SIPProxy v.2026.1.5.4 i.EUWE.1',
          'Allow: INVITE, ACK, CANCEL, BYE, INFO, NOTIFY, PRACK, UPDATE, OPTIONS',
          'Supported: 100rel, timer, replaces',
        ],
        media: secureMedia('104 9 103 111 18 0 8 97 101 13 118', {
          lifetime: '|2^31',
          more: [
            ...[
              'a=rtpmap:104 SILK/16000',
              'a=rtpmap:9 G722/8000',
              'a=rtpmap:118 CN/16000',
              'a=rtcp-mux',
              'a=rtcp:40000',
            ],
            ...['a=ice-ufrag:Dd4s', 'a=ice-pwd:K4w/vMRbFNUoHZcEmzRyCAdD', 'a=mid:1', 'a=label:main-audio'],
            'a=candidate:1 1 UDP 2130706431 52.114.252.9 50068 typ srflx raddr 10.0.32.16 rport 50068',
          ],
        }),
      },
      { called: `INVITE sip:[+]${DESK.slice(1)}@`, from: 'anonymous.invalid' },
    ))
})
