// @seconds 20
import { expect } from 'chai'
import type { IntegrationStatus } from '../../../src/api/integration.ts'
import { INTEGRATIONS, RETENTION_POLICIES } from '../../../src/api/kinds.ts'
import { operatorNamespace } from '../../../hack/chart.ts'
import { resources } from '../../../src/kube/resources.ts'
import { parseTrunks } from '../../../src/rules/trunks.ts'
import { CLIENT, useStage } from '../../harness/crash-stage.ts'
import { eventually } from '../../harness/eventually.ts'

const NEIGHBOUR = 'roses'
/** The stage has two Integrations with a trunk each. */
const SHARES = {
  default: { trunks: 5, integrations: 5, retentionPolicies: 1 },
  namespaces: { [NEIGHBOUR]: { trunks: 10, integrations: 2, sources: 2 } },
  total: {},
}
const host = (nth: number) => `t${nth}.pbx.test`

const integration = (namespace: string, name: string, trunks: number, sources: number) => ({
  apiVersion: 'callbots.dev/v1alpha1',
  kind: 'Integration',
  metadata: { name, namespace },
  spec: {
    sip: {
      trunks: Array.from({ length: trunks }, (_, nth) => ({
        ...{ name: `t${nth}`, role: nth === 0 ? 'Primary' : 'Backup', address: { host: host(nth) } },
        ...(sources > 0 && {
          inbound: { sources: Array.from({ length: sources }, (_each, of) => `192.0.2.${of}/32`) },
        }),
      })),
    },
  },
})

describe('the share of a namespace in the tables of the edges', function () {
  this.timeout(120_000)
  const stage = useStage({
    env: { CALLBOT_SHARES: JSON.stringify(SHARES), CALLBOT_DATABASE: 'Own' },
    values: ['records.enabled=true'],
  })
  const kube = () => stage().api.kube
  const apply = (namespace: string, name: string, trunks: number, sources = 0) =>
    kube().apply(integration(namespace, name, trunks, sources) as never, { fieldManager: 'the-user' })
  const published = async (namespace: string, name: string) => {
    const found = await kube()
      .get(resources.configMaps, operatorNamespace, `trunks.${namespace}.${name}`)
      .catch(() => undefined)
    return found && parseTrunks((found['data'] as Record<string, string>)['trunks']!)!.trunks.length
  }
  const readyOf = async (namespace: string, name: string) => {
    const { status } = await kube().get(INTEGRATIONS, namespace, name)
    const ready = (status as IntegrationStatus | undefined)?.conditions?.find(({ type }) => type === 'Ready')
    return ready && { reason: ready.reason, message: ready.message }
  }

  before(async () => {
    await eventually(() => kube().get(resources.secrets, operatorNamespace, 'callbot-edge-tls'), 30)
    await kube().create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NEIGHBOUR } } as never)
    await apply(CLIENT, 'first', 2)
    await eventually(async () => expect(await published(CLIENT, 'first')).to.equal(2), 20)
  })

  it('is not exceeded: what goes beyond is refused alone, and says how much of how much, and whom to ask', async () => {
    await apply(CLIENT, 'second', 2)
    await eventually(async () => {
      expect(await readyOf(CLIENT, 'second')).to.deep.equal({
        reason: 'QuotaExceeded',
        message:
          `namespace ${CLIENT} has 4 of 5 trunks, and this object needs more: remove one, or ask the administrator of the cluster ` +
          `(shares.namespaces.${CLIENT}.trunks of the chart)`,
      })
    }, 20)
    expect(await published(CLIENT, 'second')).to.equal(undefined)
    expect(await published(CLIENT, 'first')).to.equal(2)
  })

  it('of RetentionPolicies refuses one more alone, until another goes', async () => {
    const keep = (name: string) =>
      kube().apply(
        {
          ...{ apiVersion: 'callbots.dev/v1alpha1', kind: 'RetentionPolicy', metadata: { name, namespace: CLIENT } },
          spec: { rules: [{ class: 'CallMetadata', days: 1 }] },
        } as never,
        { fieldManager: 'the-user' },
      )
    const readyOfPolicy = async (name: string) => {
      const { status } = await kube().get(RETENTION_POLICIES, CLIENT, name)
      return (status as IntegrationStatus | undefined)?.conditions?.find(({ type }) => type === 'Ready')
    }
    const filed = async () => {
      const list = await Promise.all(
        Array.from({ length: 8 }, (_, nth) =>
          kube()
            .get(resources.configMaps, operatorNamespace, `callbot-policies-${nth}`)
            .catch(() => undefined),
        ),
      )
      const texts = list.flatMap(
        (each) => (each?.['data'] as Record<string, string> | undefined)?.[`of.${CLIENT}.json`] ?? [],
      )
      return texts.flatMap((text) => (JSON.parse(text) as { name: string }[]).map(({ name }) => name))
    }
    await keep('month')
    await eventually(async () => expect(await filed()).to.deep.equal(['month']), 20)
    await keep('year')
    await eventually(async () => expect(await readyOfPolicy('year')).to.include({ reason: 'QuotaExceeded' }), 20)
    expect((await readyOfPolicy('year'))!.message).to.include(`amespace ${CLIENT} has 1 of 1 retentionPolicies`)
    expect(await filed()).to.deep.equal(['month'])
    await kube().remove(RETENTION_POLICIES, CLIENT, 'month')
    await eventually(async () => expect(await filed()).to.deep.equal(['year']), 20)
    await eventually(async () => expect(await readyOfPolicy('year')).not.to.include({ reason: 'QuotaExceeded' }), 20)
  })

  it('leaves what was published in use where an Integration grows beyond it', async () => {
    await apply(CLIENT, 'first', 4)
    await eventually(async () => expect(await readyOf(CLIENT, 'first')).to.include({ reason: 'QuotaExceeded' }), 20)
    expect(await published(CLIENT, 'first')).to.equal(2)
  })

  it('is its own: a neighbour has what the administrator gives', async () => {
    await apply(NEIGHBOUR, 'first', 6)
    await eventually(async () => expect(await published(NEIGHBOUR, 'first')).to.equal(6), 20)
  })

  it('of addresses that call in, and of Integrations, is not exceeded either', async () => {
    const reasonOf = async (name: string) => (await readyOf(NEIGHBOUR, name))?.message
    await apply(NEIGHBOUR, 'second', 1, 3)
    await eventually(async () => expect(await reasonOf('second')).to.include('has 0 of 2 sources'), 20)
    expect(await published(NEIGHBOUR, 'second')).to.equal(undefined)
    await apply(NEIGHBOUR, 'second', 1, 2)
    await eventually(async () => expect(await published(NEIGHBOUR, 'second')).to.equal(1), 20)
    await apply(NEIGHBOUR, 'third', 1)
    await eventually(async () => expect(await reasonOf('third')).to.include('has 2 of 2 integrations'), 20)
    expect(await published(NEIGHBOUR, 'third')).to.equal(undefined)
  })

  it('of trunks is free again when an Integration goes or shrinks', async () => {
    await apply(CLIENT, 'first', 1)
    await eventually(async () => expect(await published(CLIENT, 'first')).to.equal(1), 20)
    await eventually(async () => expect(await published(CLIENT, 'second')).to.equal(2), 30)
    await eventually(
      async () => expect(await readyOf(CLIENT, 'second')).not.to.include({ reason: 'QuotaExceeded' }),
      20,
    )
  })
})
