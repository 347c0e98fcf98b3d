// @seconds 13
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { kubectl } from '../../../hack/chart.ts'
import { repo } from '../../../hack/cluster/settings.ts'
import { CALLBOTS, RETENTION_POLICIES } from '../../../src/api/kinds.ts'
import type { Raw } from '../../../src/kube/raw-object.ts'
import { CLIENT, useStage } from '../../harness/crash-stage.ts'
import { eventually } from '../../harness/eventually.ts'
import { brokenLaws } from '../../harness/status-laws.ts'
import { aBot } from '../../harness/three-zones.ts'

const sample = (file: string) => {
  const object = parse(readFileSync(join(repo, 'config', 'samples', file), 'utf8')) as Raw
  return stringify({ ...object, metadata: { ...object.metadata, namespace: CLIENT } })
}

describe('a policy that keeps something where no store is installed, with the rights that the chart gives the operator', function () {
  this.timeout(120_000)
  const stage = useStage()
  const ask = (args: string[], input?: string) => kubectl(['--kubeconfig', stage().api.kubeconfig, ...args], input)
  const rowOf = async (kind: string, name: string) => {
    const rows = (await ask(['get', kind, '-n', CLIENT, name, '-o', 'wide', '--no-headers'])).trim()
    return rows.replaceAll(/ +/g, ' ')
  }

  it('carries a condition within seconds that says so, and the columns of kubectl get show it', async () => {
    await ask(['apply', '-f', '-'], sample('20-retention-policy.yaml'))
    await eventually(async () => {
      expect(await rowOf('retain', 'trente-jours')).to.match(
        /^trente-jours False Nothing \S+ StoreNotInstalled the installation keeps no call records/,
      )
    }, 10)
    expect(brokenLaws(await stage().api.kube.get(RETENTION_POLICIES, CLIENT, 'trente-jours'))).to.deep.equal([])
  })

  it('says it of each new generation, and is written no more often than that', async () => {
    const changed = sample('20-retention-policy.yaml').replace('days: 365', 'days: 364')
    await ask(['apply', '-f', '-'], changed)
    const seen = async () => {
      const { metadata, status } = await stage().api.kube.get(RETENTION_POLICIES, CLIENT, 'trente-jours')
      const { observedGeneration } = status as { observedGeneration?: number }
      return { ...metadata, observedGeneration }
    }
    await eventually(async () => {
      const { generation, observedGeneration } = await seen()
      expect([generation, observedGeneration]).to.deep.equal([2, 2])
    }, 10)
    const { resourceVersion } = await seen()
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect((await seen()).resourceVersion).to.equal(resourceVersion)
  })

  it('counts the bots that name it as they come and go', async () => {
    const { kube } = stage().api
    const used = async () =>
      ((await kube.get(RETENTION_POLICIES, CLIENT, 'trente-jours')).status as { usedBy?: number }).usedBy
    expect(await used()).to.equal(0)
    await kube.create(aBot(CLIENT, 'counted', { retentionPolicyRef: { name: 'trente-jours' } }))
    await eventually(async () => expect(await used()).to.equal(1), 10)
    await kube.remove(CALLBOTS, CLIENT, 'counted')
    await eventually(async () => expect(await used()).to.equal(0), 10)
  })
})
