import { expect } from 'chai'
import { observeDrills } from '../../../../src/operator/observe/drills.ts'
import { projectKillSwitch } from '../../../../src/operator/observe/projections.ts'
import type { ObserveSources } from '../../../../src/operator/observe/sources.ts'

/** By bot: the Integrations that it uses. */
type Bots = Record<string, string[]>

/** The caches as far as they are read here. */
function sources({ bots = {}, running = [], stop }: { bots?: Bots; running?: string[]; stop?: string }) {
  const drills = running.map((integration) => ({ namespace: 'lilas', name: `${integration}-1`, integration }))
  const none = { byIndex: () => [], get: () => undefined, list: () => [] }
  return {
    caches: {
      ...{ edges: none, nodes: none, pods: none },
      killSwitch: { get: () => (stop === undefined ? undefined : projectKillSwitch(configMap(stop))) },
      failoverDrills: { byIndex: (index: string) => (index === 'running' ? drills : []) },
      bots: {
        byIndex: (_: string, key: string) =>
          Object.entries(bots).flatMap(([uid, uses]) =>
            uses.some((name) => key === `lilas/${name}`) ? [{ uid, namespace: 'lilas', name: uid }] : [],
          ),
      },
    },
    settings: { operatorNamespace: 'callbot-system' },
    routeSources: { clockSkew: () => 0, witnesses: () => undefined, pods: () => undefined },
    answering: () => undefined,
  } as unknown as ObserveSources
}
const configMap = (stop: string) => ({ metadata: { name: 'callbot-drills', uid: 'x' }, data: { stop } }) as never
const of = (given: Parameters<typeof sources>[0]) =>
  observeDrills(sources(given), 'lilas', 'cabinet', { isAsked: true, own: ({ name }) => name === 'own-1' })

describe('the drills that keep another one from running', () => {
  it('are those of its Integration, and of Integrations that share a bot with it', () => {
    const bots = { desk: ['cabinet', 'pharmacy'], other: ['garage'] }
    const others = (...running: string[]) => of({ bots, running }).otherDrills
    expect(others('cabinet')).to.deep.equal(['cabinet-1'])
    expect(others('pharmacy')).to.deep.equal(['pharmacy-1'])
    expect(others('garage')).to.deep.equal([])
    expect(others('own', 'pharmacy', 'garage'), 'it does not wait for itself').to.deep.equal(['pharmacy-1'])
  })
})

describe('the kill switch of drills', () => {
  const seen = (stop?: string) => of({ ...(stop !== undefined && { stop }) }).killSwitch

  it('lets drills run for "false" alone: anything else, such as a typing error, stops them', () => {
    expect(seen('false')).to.equal('Off')
    for (const stop of ['true', '', 'no', 'False', 'false ', '0']) expect(seen(stop), stop).to.equal('On')
  })

  it('is Missing where nobody has made it, which lets no drill run either', () => {
    expect(seen()).to.equal('Missing')
  })
})
