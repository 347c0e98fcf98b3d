import { expect } from 'chai'
import { renderRoute } from '../../../src/operator/render/edge-route.ts'
import { parseRoute } from '../../../src/rules/route.ts'
import { aBot, aWorld } from '../../harness/builders.ts'

const good = {
  callbot: { namespace: 'lilas', name: 'rendez-vous', uid: 'u' },
  epoch: 1_700_000_000_000,
  numbers: ['+33123456789'],
  service: { name: 'rendez-vous', port: 5061, transport: 'TLS' },
  integrations: ['cabinet'],
  fallback: { number: '4001', integration: 'cabinet', causes: ['NoCapacity'] },
}
const read = (change: object) => parseRoute(JSON.stringify({ ...good, ...change }))

describe('a published route', () => {
  it('is read as the operator writes it', () => {
    const bot = aBot()
    const manifest = renderRoute(bot, aWorld().world.settings, bot.spec.numbers, 7) as unknown as {
      data: { route: string }
    }
    const route = parseRoute(manifest.data.route)
    expect(route).to.deep.include({ epoch: 7, numbers: [...bot.spec.numbers].sort() })
    expect(route?.callbot).to.deep.equal({ namespace: bot.namespace, name: bot.name, uid: bot.uid })
    expect(route?.service.name).to.equal(bot.name)
    expect(route?.integrations).to.deep.equal(['cabinet'])
    expect(route?.answerSeconds).to.equal(3)
    expect(route?.media).to.deep.equal({ sipTransport: 'TLS', srtp: 'Required' })
    const { number, causes } = bot.spec.fallback
    expect(route?.fallback).to.deep.equal({ number, integration: 'cabinet', causes: [...causes].sort() })
  })

  it('is none without a whole, positive epoch', () => {
    for (const epoch of [undefined, -1, 1.5, '7', Number.MAX_SAFE_INTEGER + 1])
      expect(read({ epoch })).to.equal(undefined)
  })

  it('is none with a number or a name that could break out of a table', () => {
    for (const number of ['33123', '+0123', '+331:0:0', '+33 1', '+331\n+332']) {
      expect(read({ numbers: [number] }), number).to.equal(undefined)
    }
    for (const name of ['a;far=1', 'a.b', 'a:b', 'A', '', 'a\n']) {
      expect(read({ service: { ...good.service, name } }), name).to.equal(undefined)
      expect(read({ callbot: { ...good.callbot, namespace: name } }), name).to.equal(undefined)
    }
  })

  it('is none with a protection that it does not know: a weaker one must not take its place', () => {
    for (const media of [{}, { sipTransport: 'TLS' }, { sipTransport: 'tls', srtp: 'Required' }, 'TLS'])
      expect(read({ media }), JSON.stringify(media)).to.equal(undefined)
    expect(read({ media: { sipTransport: 'Any', srtp: 'Preferred' } })?.media?.sipTransport).to.equal('Any')
  })

  it('is none over anything but TLS', () => {
    expect(read({ service: { ...good.service, transport: 'TCP' } })).to.equal(undefined)
  })

  it('leads to its bot even when its emergency number and its integrations can not be read', () => {
    for (const change of [{}, { number: '+33;x' }, { integration: 'a.b' }, { causes: 'all' }]) {
      const fallback = Object.keys(change).length === 0 ? undefined : { ...good.fallback, ...change }
      expect(read({ fallback, integrations: ['cabinet', 'a;b', 7] })).to.deep.equal({
        ...{ callbot: good.callbot, epoch: good.epoch, numbers: good.numbers, service: good.service },
        integrations: ['cabinet'],
      })
    }
    expect(read({ integrations: undefined })?.integrations).to.deep.equal([])
  })

  it('leads to its bot without an objective when that can not be read: then no answer is late', () => {
    for (const answerSeconds of [0, 61, 1.5, '3', null])
      expect(read({ answerSeconds })).to.deep.include(good).and.to.not.have.property('answerSeconds')
    expect(read({ answerSeconds: 60 })?.answerSeconds).to.equal(60)
  })

  it('knows the causes of today and no others', () => {
    const fallback = { ...good.fallback, causes: ['NoCapacity', 'FullMoon'] }
    expect(read({ fallback })?.fallback?.causes).to.deep.equal(['NoCapacity'])
  })

  it('is none when it is no JSON, or JSON of another shape', () => {
    for (const text of ['', '{', 'null', '[]', '"x"', '{}']) expect(parseRoute(text), text).to.equal(undefined)
  })
})
