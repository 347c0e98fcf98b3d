import { expect } from 'chai'
import { systemClock as clock } from '../../../../src/runtime/system-clock.ts'
import { readIdentity } from '../../../../src/pki/identity.ts'
import { warmUp } from '../../../../src/voice/pod/warmup.ts'
import { loadVoiceModel, type VoiceModel } from '../../../../src/voice/vad/silero.ts'
import { createAuthority } from '../../../harness/authority.ts'
import { makePodFolder, sampleBot, type PodFolder } from '../../../harness/pod-folder.ts'

describe('the rehearsal of a pod', () => {
  const authority = createAuthority('test CA')
  let folder: PodFolder
  let model: VoiceModel
  let told: { level: 'info' | 'warn'; fields: object; message: string }[]

  before(async () => {
    model = await loadVoiceModel()
  })

  beforeEach(async () => {
    folder = await makePodFolder({
      ca: authority.cert,
      own: authority.issue(['town-hall.clinic.svc']),
      bot: sampleBot(),
    })
    told = []
  })

  afterEach(() => folder.remove())

  const listener = (level: 'info' | 'warn') => (fields: object, message: string) =>
    void told.push({ level, fields, message })
  const log = { debug: () => {}, info: listener('info'), warn: listener('warn'), error: listener('warn') }
  const play = async (calls: number) =>
    warmUp({
      ...{ calls, bot: sampleBot(), model, mediaPort: 27_000, clock, log },
      identity: await readIdentity(folder.config.tlsFolder),
    })

  it('is calls to itself by which all is run once: TLS, SIP, SRTP, and the model of voices', async () => {
    await play(6)
    expect(told.map(({ level, message }) => ({ level, message }))).to.deep.equal([
      { level: 'info', message: 'rehearsed' },
    ])
    expect(told[0]!.fields).to.deep.include({ calls: 6 })
    expect(model.counts.windows).to.be.above(0)
    expect(model.counts.failures).to.equal(0)
  })

  it('is left out when none is wanted', async () => {
    await play(0)
    expect(told).to.deep.equal([])
  })

  it('leaves nothing open, so that it can be had again on the same ports', async () => {
    await play(4)
    await play(4)
    expect(told.map(({ message }) => message)).to.deep.equal(['rehearsed', 'rehearsed'])
  })

  it('holds up no pod when it fails: that is logged, and the pod goes on', async () => {
    await folder.mount(createAuthority('another CA').cert, authority.issue(['town-hall.clinic.svc']))
    await play(2)
    expect(told).to.have.length(1)
    expect(told[0]).to.deep.include({ level: 'warn', message: 'the warm-up failed; the first calls will be slower' })
  })
})
