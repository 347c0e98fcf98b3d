import { expect } from 'chai'
import type { BotConfiguration } from '../../../src/api/bot-configuration.ts'
import { flowSchema } from '../../../src/api/dialog.ts'
import { systemClock as clock } from '../../../src/kube/clock.ts'
import { silent } from '../../../src/lib/log.ts'
import type { TrunkGroup } from '../../../src/rules/trunks.ts'
import { startPod, type Pod } from '../../../src/voice/pod.ts'
import { aTrunkGroup } from '../../kit/builders-trunks.ts'
import { EDGE_NAME } from '../../kit/edge-rig.ts'
import { eventually } from '../../kit/eventually.ts'
import { createLoopbackCaller, type LoopbackCaller } from '../../kit/loopback-caller.ts'
import { makePodFolder, sampleBot, type PodFolder } from '../../kit/pod-folder.ts'
import { startSippTrunk, type SippTrunk, type SippTrunkOptions } from '../../kit/sipp-trunk.ts'
import { startSpeechStandIn, type SpeechStandIn } from '../../kit/speech-stand-in.ts'
import { aHelpedRoute, aSlice, BOT, loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

const NET = 17
const DESK = '+33144444444'
const [main, spare] = [loopback(NET, 41), loopback(NET, 42)]
/** A pod listens on all addresses of its own: here those are the edge's too. */
const POD_PORT = 15_061
const PROBE = { intervalSeconds: 1, timeoutMilliseconds: 1000, downAfter: 2, upAfter: 1 }
/** A telephone system that takes no SRTP, as the Integration says; a bot that offers it first all the same finds out. */
const TRUNK = { srtp: 'Disabled' } as const

type Media = NonNullable<BotConfiguration['integrations'][number]['sip']>['media']

/** The whole way: a caller, the edge's proxy, a bot pod, the edge's proxy again, and a client's trunks. Nothing stands in for a part. */
describe('a caller whom a bot puts through by the edge', function () {
  this.timeout(60_000)
  let stage: Stage
  let caller: LoopbackCaller
  let speech: SpeechStandIn
  let folder: PodFolder
  let pod: Pod | undefined
  let trunks: SippTrunk[] = []

  before(async () => {
    stage = await setStage(NET, { values: [PATIENT] })
    caller = await createLoopbackCaller({ ca: stage.rig.authority.cert })
    speech = await startSpeechStandIn()
    const group: TrunkGroup = aTrunkGroup(
      [
        { host: main, ...TRUNK },
        { host: spare, ...TRUNK },
      ],
      { probe: PROBE },
    )
    const route = { ...aHelpedRoute(), service: { name: 'accueil', port: POD_PORT, transport: 'TLS' as const } }
    await stage.rig.publish({ ...stage.seen(route), slices: [aSlice({ [stage.near[0]]: 'zone-a' })], trunks: [group] })
  })
  afterEach(async () => {
    await Promise.all(trunks.map((one) => one.stop()))
    trunks = []
    await pod?.drain()
    await folder?.remove()
  })
  after(async () => {
    await caller?.close()
    await speech?.close()
    await stage?.stop()
  })

  const trunk = async (address: string, acts: SippTrunkOptions['acts']) => {
    const one = await startSippTrunk({ address, acts })
    trunks.push(one)
    await stage.untilTrunk(address, 'Up')
    return one
  }

  async function openPod(media: Media, steps: object[]): Promise<void> {
    const provider = { type: 'OpenAICompatible' as const, url: speech.url, region: 'here', timeoutMilliseconds: 3_000 }
    const sip = { media, transferMethods: ['Bridge' as const], handOver: [], callerNumber: 'Caller' as const }
    const fallback = { integrationRef: { name: 'standard' }, number: '+33199999999' }
    const bot = sampleBot({
      ...{ dialog: flowSchema.parse({ steps }), tests: [], integrations: [{ name: 'standard', sip }] },
      fallback: { ...fallback, causes: ['BotFailure'] },
      speech: { asr: [provider], tts: [provider], vocabulary: [] },
    })
    const [address] = stage.near
    const { authority } = stage.rig
    folder = await makePodFolder({
      ...{ ca: authority.cert, own: authority.issue([BOT]), bot },
      env: {
        ...{ CALLBOT_NAME: 'accueil', CALLBOT_NAMESPACE: 'lilas', POD_IP: address },
        ...{ CALLBOT_SIPS_PORT: String(POD_PORT), CALLBOT_MEDIA_PORT: '27950' },
      },
    })
    pod = await startPod(folder.config, clock, silent)
    await stage.untilServed(`${address}:${POD_PORT}`)
  }
  const dial = async () => {
    const call = await caller.call({ host: stage.rig.address, port: 5061, servername: EDGE_NAME, number: NUMBER })
    if (typeof call === 'number') throw new Error(`refused with ${call}`)
    return call
  }
  const toDesk = [{ name: 'desk', transfer: { integration: 'standard', to: DESK } }]

  it('reaches the desk by the primary, and the desk hears it when the caller hangs up', async () => {
    await openPod(['Disabled'], toDesk)
    const primary = await trunk(main, [180, { wait: 500 }, 200])
    const call = await dial()
    await eventually(() => expect(primary.rung()).to.have.lengthOf(1))
    expect(primary.invites()[0]).to.contain(`sip:${DESK}@`)
    expect(primary.headers()).not.to.match(/X-Callbot-Media/i)
    await pause(1_500)
    expect(primary.ended()).to.deep.equal([])
    await call.dialog.bye()
    await eventually(() => expect(primary.ended()).to.have.lengthOf(1))
  })

  it('reaches it by the backup when the primary can not, and is hung up when the desk hangs up', async () => {
    await openPod(['Disabled'], toDesk)
    const [primary, backup] = [await trunk(main, [100, 503]), await trunk(spare, [180, 200, { wait: 500 }, 'bye'])]
    const call = await dial()
    expect(await call.ended).to.equal('remote')
    expect([primary.rung().length, backup.rung().length]).to.deep.equal([1, 1])
  })

  it('reaches it in the clear when the edge says that no trunk takes SRTP, and one asks for plain RTP', async () => {
    await openPod(['Preferred'], toDesk)
    const primary = await trunk(main, [180, 200])
    const call = await dial()
    await eventually(() => expect(primary.rung()).to.have.lengthOf(1))
    expect(primary.headers()).to.contain('RTP/AVP').and.not.to.contain('RTP/SAVP')
    await call.dialog.bye()
    await eventually(() => expect(primary.ended()).to.have.lengthOf(1))
  })

  it('gives up while it rings, and the desk stops ringing', async () => {
    await openPod(['Disabled'], toDesk)
    const primary = await trunk(main, [180, 'cancelled'])
    const call = await dial()
    await eventually(() => expect(primary.rung()).to.have.lengthOf(1))
    await pause(300)
    await call.dialog.bye()
    await trunkIsDone(primary)
  })

  it('reaches the emergency number when the desk does not answer, since the dialog has no other way', async () => {
    await openPod(['Disabled'], toDesk)
    const primary = await trunk(main, [486])
    const call = await dial()
    await eventually(() => expect(primary.rung()).to.have.lengthOf(2))
    expect(primary.invites()[1]).to.contain('sip:+33199999999@')
    expect(await call.ended).to.equal('remote')
  })

  /** Its scenario ends with the CANCEL: as good as the pod's end of the call. */
  const trunkIsDone = (primary: SippTrunk) =>
    eventually(() => expect(primary.headers()).to.contain('RUNG')).then(() => pause(500))
})

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
