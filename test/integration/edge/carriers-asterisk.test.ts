// @seconds 19
import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAsterisk, type Peer } from '../../../bench/voice/asterisk.ts'
import { alawOf, writeAlaw } from '../../../hack/calls/audio.ts'
import { runSipp } from '../../../hack/calls/sipp.ts'
import type { SecretRead } from '../../../src/edge/plan/secret-values.ts'
import { createAuthority } from '../../harness/authority.ts'
import { recipeOf } from '../../harness/carrier-recipes.ts'
import { registrar } from '../../harness/carrier-scenarios.ts'
import { eventually } from '../../harness/eventually.ts'
import { startCarrier } from '../../harness/sipp-carrier.ts'
import { startSippTrunk } from '../../harness/sipp-trunk.ts'
import { vowels } from '../../harness/vowels.ts'
import { publishBot, startBotPod, toDesk, type BotPod } from './bot-stage.ts'
import { loopback, PATIENT, setStage, type Stage } from './stage.ts'

const NET = 55
const [asterisk, phone, desk, ovh] = [loopback(NET, 41), loopback(NET, 42), loopback(NET, 43), loopback(NET, 44)]
const NAME = 'pbx.example.com'
/** What the telephones of the client need there, which is no part of the recipe. */
const TELEPHONES = `
[telephones]
type=transport
protocol=udp
bind=${asterisk}:5070
[caller]
type=endpoint
transport=telephones
context=to-callbot
disallow=all
allow=alaw
direct_media=no
[caller]
type=identify
endpoint=caller
match=${phone}
[33144444444]
type=endpoint
transport=telephones
disallow=all
allow=alaw
direct_media=no
aors=33144444444
[33144444444]
type=aor
contact=sip:desk@${desk}:5060
`

/** Asterisk 22 with the files of docs/guides/carriers.md, a real edge and a real bot pod; telephones and OVHcloud are SIPp. */
describe('an Asterisk that is configured as the guide says', function () {
  this.timeout(90_000)
  const authority = createAuthority('pbx')
  const { files, trunks } = recipeOf('Asterisk and FreePBX')
  const line = recipeOf('OVHcloud').files
  let folder: string
  let stage: Stage
  let peer: Peer | undefined
  let pod: BotPod | undefined

  /** Its names and addresses are those of this machine. */
  const here = (text: string) =>
    [
      ['192.0.2.7', asterisk],
      // From one address of loopback to another the kernel connects from the first of all.
      ['match=203.0.113.1', 'match=127.0.0.1'],
      ['203.0.113.1', stage.rig.address],
      ['/etc/asterisk/keys/', `${folder}/`],
      ['sip3.ovh.fr', ovh],
      ['0033900000001', '0033100000001'],
    ].reduce((changed, [from, to]) => changed.replaceAll(from!, to!), text)

  before(async () => {
    stage = await setStage(NET, { values: [PATIENT, 'edge.callers=Known'] })
    await publishBot(stage, group(), secrets())
  })
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'callbot-asterisk-'))
  })
  afterEach(async () => {
    await pod?.stop()
    await peer?.stop()
    pod = peer = undefined
    rmSync(folder, { recursive: true })
  })
  after(() => stage?.stop())

  const start = async (pjsip: string, extensions: string) => {
    const { cert, key } = authority.issue([NAME])
    peer = await startAsterisk({
      ...{ folder, address: asterisk, port: 5061, prompt: alawOf(vowels(1)) },
      modules: [
        ...['res_pjsip_endpoint_identifier_ip', 'res_pjsip_outbound_registration', 'app_dial', 'codec_ulaw'],
        'res_pjsip_outbound_authenticator_digest',
      ],
      files: {
        ...{ 'pbx.crt': cert, 'pbx.key': key, 'callbot-ca.crt': stage.rig.authority.cert },
        ...{ 'pjsip.conf': here(pjsip), 'extensions.conf': here(extensions) },
      },
    })
  }

  const group = () => ({
    ...trunks!,
    integration: { namespace: 'lilas', name: 'standard', uid: 'i' },
    epoch: 1,
    failover: { ...trunks!.failover, perTryMilliseconds: 4_000 },
    trunks: trunks!.trunks.map((trunk) => ({
      ...{ ...trunk, host: asterisk, inboundSources: [`${asterisk}/32`] },
      tls: { caSecret: { name: 'pbx-ca', key: 'ca.crt' }, serverName: NAME },
    })),
  })
  const secrets = () =>
    new Map<string, SecretRead>([
      ['lilas/pbx-ca', { data: new Map([['ca.crt', authority.cert]]) }],
      [
        'lilas/pbx',
        {
          data: new Map([
            ['username', 'callbot'],
            ['password', 'secret'],
            ['callbots.hosts', asterisk],
          ]),
        },
      ],
    ])

  /** A telephone calls; the bot transfers; who answers there hangs up, and so does the bot. */
  const calls = async (from: string, to: string, number: string, port: number) => {
    pod = await startBotPod(stage, { media: ['Required'], steps: toDesk })
    await stage.untilTrunk(asterisk, 'Up')
    await stage.untilLine(asterisk)
    const person = await startSippTrunk({
      address: to,
      acts: [180, { wait: 300 }, 200, { wait: 1_500 }, 'bye'],
      says: vowels(2),
    })
    try {
      const ran = await runSipp({
        ...{ folder: join(folder, 'caller'), target: `${asterisk}:${port}`, transport: 'udp', number, address: from },
        ...{
          calls: 1,
          concurrent: 1,
          perSecond: 1,
          srtp: false,
          audio: writeAlaw(join(folder, 'caller.alaw'), vowels(2)),
        },
        ...{ localPort: 5062, ends: { by: 'Bot', withinMs: 30_000 } },
      })
      expect(ran, `${ran.errors}\n${pod.log.join('\n')}`).to.include({ successful: 1, failed: 0 })
      await eventually(() => expect(pod!.ended).to.deep.equal(['transferred bridge']))
      return person.invites()
    } finally {
      await person.stop()
    }
  }

  it('calls a bot in national format, over TLS and SRTP, and takes the call that the bot transfers, by its password', async () => {
    await start(files['pjsip.conf']! + TELEPHONES, files['extensions.conf']!)
    expect(await calls(phone, desk, '0100000001', 5070)).to.deep.equal([`sip:desk@${desk}:5060`])
  })

  it('is registered at OVHcloud, and passes on what comes from there and what a bot transfers there', async () => {
    const account = { username: '0033100000001', password: 'secret' }
    const registered = await startCarrier({ address: ovh, scenario: registrar(account) })
    await start(files['pjsip.conf']! + line['pjsip.conf']!, files['extensions.conf']! + line['extensions.conf']!)
    expect(await registered.ended(), registered.errors()).to.deep.equal({ successful: 1, failed: 0 })
    await registered.stop()
    expect(await calls(ovh, ovh, '0033100000001', 5060)).to.deep.equal([`sip:0033144444444@${ovh}`])
  })
})
