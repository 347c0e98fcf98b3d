// @seconds 13
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { get } from 'node:https'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { kubectl } from '../../../hack/chart.ts'
import { repo } from '../../../hack/cluster/settings.ts'
import { CALLBOTS, RETENTION_POLICIES } from '../../../src/api/kinds.ts'
import type { Raw } from '../../../src/kube/raw-object.ts'
import { CLIENT, useStage } from '../../harness/crash-stage.ts'
import { eventually } from '../../harness/eventually.ts'
import { freePort } from '../../../hack/free-port.ts'
import { brokenLaws } from '../../harness/status-laws.ts'
import { aBot } from '../../harness/three-zones.ts'

const sample = (file: string) => {
  const object = parse(readFileSync(join(repo, 'config', 'samples', file), 'utf8')) as Raw
  return stringify({ ...object, metadata: { ...object.metadata, namespace: CLIENT } })
}

/** One of a cluster whose nodes and pods have public addresses. */
const NODE = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'lone' },
  spec: { podCIDR: '5.5.1.0/24', podCIDRs: ['5.5.1.0/24'] },
  status: { addresses: ['10.0.0.1', '7.7.7.7'].map((address) => ({ type: 'InternalIP', address })) },
}
const metricsPort = await freePort()

describe('what an installation lacks, with the rights that the chart gives the operator', function () {
  this.timeout(120_000)
  const stage = useStage({ env: { CALLBOT_METRICS_PORT: String(metricsPort) } })
  const ask = (args: string[], input?: string) => kubectl(['--kubeconfig', stage().api.kubeconfig, ...args], input)

  before(() => stage().api.kube.create(NODE as never))

  describe('a policy that keeps something where no store is installed', () => {
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

  describe('egress.clusterCidrs that lacks addresses of the cluster which are public', () => {
    const event = async () => {
      const args = ['get', 'events.events.k8s.io', '-n', 'default', '-o', 'json']
      const { items } = JSON.parse(await ask(args)) as { items: { reason: string; note: string; regarding: object }[] }
      return items.filter(({ reason }) => reason === 'EgressRangeUnknown')
    }

    it('is reported by an event about the node, which says what to set', async () => {
      const events = await eventually(async () => {
        const found = await event()
        expect(found).to.not.deep.equal([])
        return found
      }, 20)
      expect(events).to.have.length(1)
      expect(events[0]!.regarding).to.include({ kind: 'Node', name: NODE.metadata.name })
      expect(events[0]!.note).to.match(
        /^5\.5\.1\.0\/24 of Node lone is public .* add the ranges .* to egress\.clusterCidrs of the chart/,
      )
    })

    it('is a number of addresses in the metrics of the operator', async () => {
      const reader = ['--clusterrole=callbot-operator-metrics-reader', `--serviceaccount=${CLIENT}:default`]
      await ask(['create', 'clusterrolebinding', 'scraper', ...reader])
      const token = (await ask(['create', 'token', 'default', '-n', CLIENT])).trim()
      const scrape = () =>
        new Promise<string>((resolve, reject) => {
          const headers = { authorization: `Bearer ${token}` }
          const url = `https://127.0.0.1:${metricsPort}/metrics`
          get(url, { headers, rejectUnauthorized: false, agent: false }, (answer) => {
            let text = ''
            answer.on('data', (chunk) => (text += String(chunk))).on('end', () => resolve(text))
          }).on('error', reject)
        })
      await eventually(async () => expect(await scrape()).to.match(/^callbot_egress_unknown_ranges 2$/m), 20)
    })
  })
})
