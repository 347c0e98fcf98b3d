// @seconds 19
import { expect } from 'chai'
import type { CallbotStatus } from '../../../src/api/callbot.ts'
import { CALLBOTS } from '../../../src/api/kinds.ts'
import { operatorNamespace } from '../../../hack/chart.ts'
import { resources } from '../../../src/kube/resources.ts'
import { parseRoute } from '../../../src/rules/route.ts'
import { CLIENT, PODS, useStage } from '../../harness/crash-stage.ts'
import { eventually } from '../../harness/eventually.ts'

const NEIGHBOUR = 'roses'
const LIMITS = { default: { callbots: 3, numbers: 6, pods: 5 }, namespaces: {}, total: { callbots: 4, pods: 7 } }

let lastNumber = 0
/** So many that nobody else has. */
const freshNumbers = (count: number) =>
  Array.from({ length: count }, () => `+3319900${String(++lastNumber).padStart(4, '0')}`)

interface Wanted {
  numbers: string[]
  /** Fixed; undefined: one, and more as callers come. */
  pods?: number
}

const callbot = (namespace: string, name: string, { numbers, pods }: Wanted) => ({
  apiVersion: 'callbots.dev/v1alpha1',
  kind: 'Callbot',
  metadata: { name, namespace },
  spec: {
    numbers,
    language: 'fr-FR',
    dialog: { inline: { steps: [{ name: 'adieu', hangUp: {} }] } },
    capacity: { minReplicas: 1, maxReplicas: 20, ...(pods !== undefined && { scaling: 'External', replicas: pods }) },
    integrationRefs: [{ name: 'cabinet' }],
    fallback: { number: '+33199000099', integrationRef: { name: 'cabinet' } },
  },
})

const cabinet = {
  apiVersion: 'callbots.dev/v1alpha1',
  kind: 'Integration',
  metadata: { name: 'cabinet', namespace: NEIGHBOUR },
  spec: { sip: { trunks: [{ name: 'one', role: 'Primary', address: { host: 'pbx.test' } }] } },
}

describe('the share of a namespace of Callbots, numbers and pods', function () {
  this.timeout(120_000)
  const env = { CALLBOT_SHARES: JSON.stringify(LIMITS) }
  const stage = useStage({ env })
  const kube = () => stage().api.kube
  const apply = (namespace: string, name: string, wanted: Wanted) =>
    kube().apply(callbot(namespace, name, wanted) as never, { fieldManager: 'the-user' })
  /** How many numbers the edges have of a bot; undefined: they don't know it. */
  const published = async (namespace: string, name: string) => {
    const found = await kube()
      .get(resources.configMaps, operatorNamespace, `route.${namespace}.${name}`)
      .catch(() => undefined)
    return found && parseRoute((found['data'] as Record<string, string>)['route']!)!.numbers.length
  }
  const podsOf = async (namespace: string, name: string) => {
    const found = await kube()
      .get(resources.deployments, namespace, name)
      .catch(() => undefined)
    return (found?.spec as { replicas: number } | undefined)?.replicas
  }
  const conditionOf = async (namespace: string, name: string, wanted: string) => {
    const { status } = await kube().get(CALLBOTS, namespace, name)
    const found = (status as CallbotStatus | undefined)?.conditions?.find(({ type }) => type === wanted)
    return found && { status: found.status, reason: found.reason, message: found.message }
  }
  const quota = (whose: string, amounts: string, path: string) => ({
    status: 'False',
    reason: 'QuotaExceeded',
    message: `${whose} ${amounts}, and this object needs more: remove one, or ask the administrator of the cluster (${path} of the chart)`,
  })
  const own = (amounts: string, resource: string) =>
    quota(`namespace ${CLIENT} has`, amounts, `shares.namespaces.${CLIENT}.${resource}`)

  const [shop, desk] = [freshNumbers(2), freshNumbers(2)]
  before(async () => {
    await eventually(() => kube().get(resources.secrets, operatorNamespace, 'callbot-edge-tls'), 30)
    await kube().create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NEIGHBOUR } } as never)
    await kube().create(cabinet as never)
    await apply(CLIENT, 'shop', { numbers: shop, pods: 2 })
    await apply(CLIENT, 'desk', { numbers: desk })
    await eventually(async () => {
      expect([await published(CLIENT, 'shop'), await published(CLIENT, 'desk')]).to.deep.equal([2, 2])
    }, 30)
  })

  it('is not exceeded in numbers: a Callbot beyond it gets no route and no pods, and says how much of how much, and whom to ask', async () => {
    await apply(CLIENT, 'large', { numbers: freshNumbers(3) })
    await eventually(async () => {
      expect(await conditionOf(CLIENT, 'large', 'Ready')).to.deep.equal(own('4 of 6 numbers', 'numbers'))
    }, 20)
    expect([await published(CLIENT, 'large'), await podsOf(CLIENT, 'large')]).to.deep.equal([undefined, undefined])
    await kube().remove(CALLBOTS, CLIENT, 'large')
  })

  it('leaves a route as it was where its Callbot grows beyond it, and goes on with the rest of the spec', async () => {
    await apply(CLIENT, 'shop', { numbers: [...shop, ...freshNumbers(3)], pods: 3 })
    await eventually(async () => {
      expect(await conditionOf(CLIENT, 'shop', 'Ready')).to.deep.equal(own('4 of 6 numbers', 'numbers'))
      expect(await podsOf(CLIENT, 'shop')).to.equal(3)
    }, 20)
    expect(await published(CLIENT, 'shop')).to.equal(2)
    await apply(CLIENT, 'shop', { numbers: shop, pods: 3 })
    await eventually(
      async () => expect(await conditionOf(CLIENT, 'shop', 'WithinShare')).to.include({ status: 'True' }),
      20,
    )
  })

  it('stops the pods of all Callbots at it, however many come at the same time', async () => {
    await Promise.all([
      apply(CLIENT, 'shop', { numbers: shop, pods: 10 }),
      apply(CLIENT, 'desk', { numbers: desk, pods: 10 }),
      apply(CLIENT, 'third', { numbers: freshNumbers(1), pods: 10 }),
    ])
    await eventually(async () => {
      for (const name of ['shop', 'desk', 'third'])
        expect(await conditionOf(CLIENT, name, 'WithinShare'), name).to.deep.equal(own('5 of 5 pods', 'pods'))
    }, 30)
    const pods = await Promise.all(['shop', 'desk', 'third'].map((name) => podsOf(CLIENT, name)))
    expect(
      pods.reduce<number>((sum, each) => sum + (each ?? 0), 0),
      String(pods),
    ).to.equal(5)
    expect(await published(CLIENT, 'third'), 'callers of one without a pod go to the emergency number').to.equal(1)
  })

  it('is not exceeded in Callbots, and one tenant leaves the others room in what all share', async () => {
    await apply(CLIENT, 'fourth', { numbers: freshNumbers(1) })
    await apply(NEIGHBOUR, 'first', { numbers: freshNumbers(6), pods: 5 })
    await eventually(async () => {
      expect(await conditionOf(CLIENT, 'fourth', 'Ready')).to.deep.equal(own('3 of 3 callbots', 'callbots'))
      expect([await published(NEIGHBOUR, 'first'), await podsOf(NEIGHBOUR, 'first')]).to.deep.equal([6, 2])
      expect(await conditionOf(NEIGHBOUR, 'first', 'WithinShare')).to.deep.equal(
        quota('all namespaces together have', '7 of 7 pods', 'shares.total.pods'),
      )
    }, 30)
    await apply(NEIGHBOUR, 'second', { numbers: freshNumbers(1) })
    await eventually(
      async () => expect(await conditionOf(NEIGHBOUR, 'second', 'Ready')).to.include({ reason: 'QuotaExceeded' }),
      20,
    )
  })

  it('is free again when a Callbot goes, for the oldest that waits', async () => {
    // The API server has times of creation in whole seconds. Within one, the name decides.
    await apply(CLIENT, 'later', { numbers: freshNumbers(1) })
    await eventually(async () => {
      expect(await conditionOf(CLIENT, 'later', 'Ready')).to.deep.equal(own('3 of 3 callbots', 'callbots'))
    }, 20)
    await kube().remove(CALLBOTS, CLIENT, 'shop')
    await eventually(async () => expect(await published(CLIENT, 'fourth')).to.equal(1), 40)
    expect(await published(CLIENT, 'later')).to.equal(undefined)
  })

  it('takes nothing away that is published when the operator starts again with lower shares', async () => {
    const names = ['desk', 'third', 'fourth']
    const seen = async () => ({
      routes: await Promise.all(names.map((name) => published(CLIENT, name))),
      pods: await Promise.all([...names.map((name) => podsOf(CLIENT, name)), podsOf(NEIGHBOUR, 'first')]),
    })
    const sum = (pods: readonly (number | undefined)[]) => pods.reduce<number>((all, each) => all + (each ?? 0), 0)
    // Those of the Callbot that went are given to others.
    await eventually(async () => expect(sum((await seen()).pods)).to.equal(7), 40)
    const before = await seen()
    stage().operator.kill()
    env.CALLBOT_SHARES = JSON.stringify({ ...LIMITS, default: { callbots: 1, numbers: 1, pods: 1 } })
    stage().start(PODS[1])
    await eventually(async () => {
      expect(await conditionOf(CLIENT, 'later', 'Ready')).to.deep.equal(own('3 of 1 callbots', 'callbots'))
    }, 40)
    for (const name of names)
      expect(await conditionOf(CLIENT, name, 'RoutesPublished'), name).to.include({ status: 'True' })
    expect(await seen()).to.deep.equal(before)
  })
})
