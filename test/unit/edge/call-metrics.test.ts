import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { Registry } from 'prom-client'
import { registerCallMetrics } from '../../../src/edge/call-metrics.ts'
import { OUTCOMES, readEnded, type EndedCalls } from '../../../src/edge/report/ended-calls.ts'
import type { Route } from '../../../src/rules/route.ts'

const route = (name: string): Route => ({
  ...{ callbot: { namespace: 'lilas', name, uid: 'u' }, epoch: 1, numbers: [], integrations: [] },
  service: { name, port: 5061, transport: 'TLS' },
})
const rows = (entries: Record<string, number>) => readEnded(new Map(Object.entries(entries)))

async function exported(ended: EndedCalls | undefined, ...bots: string[]): Promise<Record<string, number>> {
  const registry = new Registry()
  const none = () => Promise.resolve(new Map())
  const proxy = { ended: () => Promise.resolve(ended), refusals: none, marked: none }
  registerCallMetrics(registry, proxy, () => bots.map(route))
  const lines = [...(await registry.metrics()).matchAll(/^callbot_edge_calls_total\{(.*)\} (\d+)$/gm)]
  return Object.fromEntries(lines.map(([, labels, value]) => [labels!, Number(value)]))
}
const labels = (callbot: string, outcome: string) => `namespace="lilas",callbot="${callbot}",outcome="${outcome}"`

describe('the calls that an edge counts', () => {
  it('are there with every outcome of each bot that has a route, from 0 on', async () => {
    const all = await exported(rows({}), 'accueil', 'urgences')
    expect(Object.keys(all)).to.have.lengthOf(2 * OUTCOMES.length)
    for (const outcome of OUTCOMES) expect(all[labels('urgences', outcome)], outcome).to.equal(0)
  })

  it('are those of the bot, by the name that its pods prove', async () => {
    const all = await exported(rows({ 'accueil.lilas.svc::bot': 7, 'accueil.lilas.svc::turned-away': 2 }), 'accueil')
    expect(all).to.include({ [labels('accueil', 'bot')]: 7, [labels('accueil', 'turned-away')]: 2 })
    expect(all[labels('accueil', 'failed')]).to.equal(0)
  })

  it('are not there while the proxy is away: a 0 in between would count all of them a second time', async () => {
    expect(await exported(undefined, 'accueil')).to.deep.equal({})
  })

  it('are not twice as many for two who ask at once', async () => {
    const registry = new Registry()
    const none = () => Promise.resolve(new Map())
    const ended = () => Promise.resolve(rows({ 'accueil.lilas.svc::bot': 7 }))
    registerCallMetrics(registry, { ended, refusals: none, marked: none }, () => [route('accueil')])
    const line = `callbot_edge_calls_total{${labels('accueil', 'bot')}} 7`
    for (const text of await Promise.all([registry.metrics(), registry.metrics()])) expect(text).to.include(line)
  })

  it('have no bot without a route, and no outcome that is not ours', async () => {
    const all = await exported(rows({ 'gone.lilas.svc::bot': 7, 'accueil.lilas.svc::x': 1 }), 'accueil')
    expect(Object.keys(all)).to.have.lengthOf(OUTCOMES.length)
    expect(Object.values(all)).to.not.include(7)
    expect(Object.values(all)).to.not.include(1)
  })

  it('are the outcomes that the configuration of the proxy writes, and no others', () => {
    const text = readFileSync('src/edge/proxy/kamailio.cfg', 'utf8')
    const written = [...text.matchAll(/\$var\(outcome\) = "([^"]+)"/g)].map(([, outcome]) => outcome!)
    expect([...new Set(written)].sort()).to.deep.equal([...OUTCOMES].sort())
  })
})
