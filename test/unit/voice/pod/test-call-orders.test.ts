import { expect } from 'chai'
import { systemClock as clock } from '../../../../src/runtime/system-clock.ts'
import { silent } from '../../../../src/runtime/log.ts'
import { startPod, type Pod } from '../../../../src/voice/pod/pod.ts'
import { createAuthority, type Issued } from '../../../harness/authority.ts'
import { askPod } from '../../../harness/test-calls.ts'
import { makePodFolder, sampleBot, type PodFolder } from '../../../harness/pod-folder.ts'

const [BOT, EDGE, OPERATOR] = [
  'town-hall.clinic.svc',
  'callbot-edge.callbot-system.svc',
  'callbot-operator.callbot-system.svc',
]
const ORDER = { integration: 'cabinet', to: '4000', expect: 'Echo', maxSeconds: 30, seed: 'a' }

describe('who may order a test call of a bot pod', () => {
  const authority = createAuthority('test CA')
  const operator = authority.issue([OPERATOR])
  let folder: PodFolder
  let pod: Pod

  before(async () => {
    const sip = {
      media: ['Required' as const],
      transferMethods: ['Bridge' as const],
      handOver: [],
      callerNumber: 'Bot' as const,
    }
    const bot = sampleBot({ integrations: [{ name: 'cabinet', sip }] })
    folder = await makePodFolder({ ca: authority.cert, own: authority.issue([BOT]), bot })
    pod = await startPod(folder.config, clock, silent)
  })
  after(async () => {
    await pod.drain()
    await folder.remove()
  })

  const ask = ({
    method = 'PUT',
    path = '/test-calls/a',
    ...o
  }: {
    method?: string
    path?: string
    body?: string
    as?: Issued | undefined
  }) => askPod(pod.healthPort, { method, path, ...o })
  const order = (change: object = {}) => JSON.stringify({ ...ORDER, ...change })

  it('is the operator, by its certificate, and nobody else: no bot, no edge, no stranger', async () => {
    const stranger = createAuthority('other').issue([OPERATOR])
    for (const as of [undefined, authority.issue([BOT]), authority.issue([EDGE]), stranger])
      for (const method of ['PUT', 'GET', 'DELETE'])
        expect((await ask({ method, body: method === 'PUT' ? order() : '', as })).status, method).to.equal(403)
    expect((await ask({ method: 'GET', as: operator })).status).to.equal(404)
  })

  it('is answered why none is placed: no order, too long, no such Integration, no edge', async () => {
    const by = (body: string) => ask({ body, as: operator })
    expect((await by('{}')).status).to.equal(400)
    expect((await by('x'.repeat(4_097))).status).to.equal(413)
    expect((await by(order({ integration: 'other' }))).status).to.equal(422)
    const answer = await by(order())
    expect([answer.status, answer.text]).to.deep.equal([503, 'the pod has heard no edge yet: try again in a second\n'])
  })

  it('puts and deletes nothing else', async () => {
    for (const path of ['/state', '/healthz', '/test-calls/', '/test-calls/a/b']) {
      const { status, allow } = await ask({ path, body: '{}', as: operator })
      expect([status, allow], path).to.deep.equal([405, 'GET, HEAD'])
    }
    expect((await ask({ method: 'POST', as: operator })).status).to.equal(405)
  })
})
