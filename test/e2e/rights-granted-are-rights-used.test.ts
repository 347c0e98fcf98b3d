import { expect } from 'chai'
import { kubectl, operatorNamespace, release } from '../../hack/chart.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { CALLBOTS, FAILOVER_DRILLS, INTEGRATIONS, RETENTION_POLICIES } from '../../src/api/kinds.ts'
import type { Manifest } from '../../src/kube/raw.ts'
import { CLIENT, useStage } from '../kit/crash-stage.ts'
import { eventually } from '../kit/eventually.ts'
import { freePort } from '../kit/free-port.ts'
import { granted, uses, type Rule } from '../kit/rights.ts'
import * as zones from '../kit/three-zones.ts'

const allowed = (event: zones.AuditEvent) => (event.responseStatus?.code ?? 0) < 400
const forbidden = (event: zones.AuditEvent) => event.annotations?.['authorization.k8s.io/decision'] === 'forbid'

const env = { CALLBOT_WEBHOOK_PORT: String(await freePort()) }

/** Runs after everything else: the audit log of the whole run is the witness. */
describe('the rights of the operator', function () {
  this.timeout(300_000)
  // Lists come through watches unless the server can't: here is one, so that the rights for lists in pages are not left to chance.
  const stage = useStage({ flags: ['--feature-gates=WatchList=false'], audit: true, env })
  let rights: string[]
  let audit: zones.AuditEvent[]
  before(async function () {
    zones.needsLocalCluster(this)
    await loseAnIntegrationAgainAndAgain()
    await makeWhatIsNotServed()
    const cluster = await zones.kubeJson<{ rules: Rule[] }>('get', 'clusterrole', release)
    const home = await zones.kubeJson<{ rules: Rule[] }>('get', 'role', release, '-n', operatorNamespace)
    rights = [...granted(cluster.rules, 'everywhere'), ...granted(home.rules, operatorNamespace)]
    audit = [...zones.operatorAudit(), ...zones.operatorAudit(0, stage().api.auditLog)]
    printFigures('rights', [
      ['granted', String(rights.length)],
      ['requests in the audit logs', String(audit.length)],
    ])
  })

  /** What happens to a bot again and again is told in one event that is patched. */
  async function loseAnIntegrationAgainAndAgain(): Promise<void> {
    const { api } = stage()
    const bot = zones.aBot(CLIENT, 'again') as Manifest & { spec: { fallback: { integrationRef: { name: string } } } }
    const name = bot.spec.fallback.integrationRef.name
    const isMissing = async (wanted: boolean) => {
      const { status } = await api.kube.get(CALLBOTS, CLIENT, 'again')
      const conditions = (status as { conditions?: { type: string; reason: string }[] } | undefined)?.conditions ?? []
      const reason = conditions.find(({ type }) => type === 'Ready')?.reason
      expect(reason, 'the reason of Ready').to.not.equal(undefined)
      expect(reason === 'IntegrationNotFound', reason).to.equal(wanted)
    }
    const integration = await api.kube.get(INTEGRATIONS, CLIENT, 'cabinet')
    const counts = () => {
      const what = ['get', 'events.events.k8s.io', '-n', CLIENT, '-o', 'jsonpath={.items[*].series.count}']
      return kubectl(['--kubeconfig', api.kubeconfig, ...what])
    }
    await api.kube.apply(bot, { fieldManager: 'the-user' })
    // A series begins with what comes after the first writing, and is written every 30 s at most.
    const loseItAgain = async () => {
      await api.kube.apply(
        { ...(integration as Manifest), metadata: { name, namespace: CLIENT } },
        { fieldManager: 'the-user' },
      )
      await eventually(() => isMissing(false), 20)
      await api.kube.remove(INTEGRATIONS, CLIENT, name)
      await eventually(() => isMissing(true), 20)
      expect(await counts(), 'the counts of series').to.match(/\d/)
    }
    await eventually(loseItAgain, 150)
  }

  /** Their status says that nothing acts on them, and is written under a right of its own. */
  async function makeWhatIsNotServed(): Promise<void> {
    const { kube } = stage().api
    const object = (kind: string, spec: object) =>
      ({ apiVersion: 'callbots.dev/v1alpha1', kind, metadata: { name: 'one', namespace: CLIENT }, spec }) as Manifest
    const run = { integrationRef: { name: 'cabinet' }, side: 'SIP', scenario: 'Refuse' }
    await kube.create(object('RetentionPolicy', {}))
    await kube.create(object('FailoverDrill', run))
    for (const kind of [RETENTION_POLICIES, FAILOVER_DRILLS]) {
      await eventually(async () => expect((await kube.get(kind, CLIENT, 'one')).status).to.not.equal(undefined), 20)
    }
  }

  it('are each used: granted minus used is empty', () => {
    const done = audit.filter(allowed)
    const unused = rights.filter((right) => !done.some((event) => uses(event, right)))
    writeEvidence('rights', { granted: rights.length, requests: audit.length, unused })
    expect(unused).to.deep.equal([])
  })

  it('are enough: no request was refused for want of a right', () => {
    // An operator may outlive its roles for a moment at an uninstall: what they do grant was not wanting.
    const wanting = audit.filter(forbidden).filter((event) => !rights.some((right) => uses(event, right)))
    const refused = wanting.map((event) => event.responseStatus?.message)
    expect(refused).to.deep.equal([])
  })
})
