// @programs operator edge  @seconds 160  @alone
// @guard test/integration/chart/rights.test.ts
import { expect } from 'chai'
import { get } from 'node:https'
import { join } from 'node:path'
import { kubectl, operatorNamespace, release } from '../../hack/chart.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { AUDIT_LOGS } from '../../hack/tests/clusters.ts'
import { CALLBOTS, FAILOVER_DRILLS, INTEGRATIONS, RETENTION_POLICIES } from '../../src/api/kinds.ts'
import type { Manifest, Raw } from '../../src/kube/raw-object.ts'
import { resources } from '../../src/kube/resources.ts'
import { AUTHORITY_SECRET } from '../../src/operator/certificates/ca-secret.ts'
import { fromSecretData, newSigningCertificate } from '../../src/pki/certificate-authority.ts'
import { loseAuthority, putAuthority } from '../harness/crash-phases.ts'
import { CLIENT, useStage } from '../harness/crash-stage.ts'
import { eventually } from '../harness/eventually.ts'
import { fastOperator } from '../harness/fast-clock.ts'
import { freePort } from '../../hack/free-port.ts'
import { granted, uses, type Rule } from '../harness/rights.ts'
import * as zones from '../harness/three-zones.ts'

const YEAR = 31_536_000
const dataOf = (secret: Raw) => secret.data as Record<string, string>
const allowed = (event: zones.AuditEvent) => (event.responseStatus?.code ?? 0) < 400
const forbidden = (event: zones.AuditEvent) => event.annotations?.['authorization.k8s.io/decision'] === 'forbid'

const metricsPort = String(await freePort())
/** Time passes faster for the operator, which waits for minutes of a schedule and half minutes of events. */
const FACTOR = 4
const env = {
  ...{ CALLBOT_WEBHOOK_PORT: String(await freePort()), CALLBOT_METRICS_PORT: metricsPort },
  ...fastOperator(FACTOR),
}

/** Runs after everything else: the audit log of the whole run is the witness. */
describe('the rights of the operator', function () {
  this.timeout(300_000)
  // Lists come through watches unless the server can't: here is one, so that the rights for lists in pages are not left to chance.
  const stage = useStage({ flags: ['--feature-gates=WatchList=false'], audit: true, env })
  let rights: string[]
  let audit: zones.AuditEvent[]
  before(async function () {
    zones.needsLocalCluster(this)
    const drills = runDrillsBeyondTheHistory()
    await loseAnIntegrationAgainAndAgain()
    await makeWhatOnlyHasAStatus()
    await changeTheAuthority()
    await scrapeTheMetrics()
    await drills
    const cluster = await zones.kubeJson<{ rules: Rule[] }>('get', 'clusterrole', release)
    const home = await zones.kubeJson<{ rules: Rule[] }>('get', 'role', release, '-n', operatorNamespace)
    rights = [...granted(cluster.rules, 'everywhere'), ...granted(home.rules, operatorNamespace)]
    const others = process.env[AUDIT_LOGS] ?? ''
    const logs = [undefined, stage().api.auditLog, ...(others === '' ? [] : [join(others, 'audit.log')])]
    audit = logs.flatMap((log) => zones.wholeOperatorAudit(log))
    printFigures('rights', [
      ['granted', String(rights.length)],
      ['requests in the audit logs', String(audit.length)],
    ])
  })

  /** What happens to a bot repeatedly is reported by one event that is patched. */
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

  /** The schedule makes drills, and removes those that its history does not keep: the first, when the second has ended. */
  async function runDrillsBeyondTheHistory(): Promise<void> {
    const { kube } = stage().api
    const drill = {
      schedule: '* * * * *',
      timeZone: 'Etc/UTC',
      mode: 'DryRun',
      successfulRunsHistoryLimit: 0,
      failedRunsHistoryLimit: 0,
    }
    const trunk = (name: string, role: string) => ({ name, role, address: { host: `${name}.pbx.test` } })
    await kube.create({
      ...{
        apiVersion: 'callbots.dev/v1alpha1',
        kind: 'Integration',
        metadata: { name: 'minutely', namespace: CLIENT },
      },
      spec: { sip: { trunks: [trunk('paris', 'Primary'), trunk('lyon', 'Backup')] }, drill },
    } as unknown as Manifest)
    const made = new Set<string>()
    await eventually(async () => {
      const left: string[] = []
      for await (const { metadata } of kube.list(FAILOVER_DRILLS, { namespace: CLIENT })) {
        if (metadata.name.startsWith('minutely-')) left.push(metadata.name)
      }
      left.forEach((name) => made.add(name))
      expect(made.size).to.be.greaterThan(1)
      expect(left.length).to.be.below(made.size)
    }, 200)
  }

  /** Their status is written under a right of its own. */
  async function makeWhatOnlyHasAStatus(): Promise<void> {
    const { kube } = stage().api
    const object = (kind: string, spec: object) =>
      ({ apiVersion: 'callbots.dev/v1alpha1', kind, metadata: { name: 'one', namespace: CLIENT }, spec }) as Manifest
    const run = { integrationRef: { name: 'cabinet' }, side: 'SIP', scenario: 'Refuse', mode: 'DryRun' }
    await kube.create(object('RetentionPolicy', {}))
    await kube.create(object('FailoverDrill', run))
    for (const kind of [RETENTION_POLICIES, FAILOVER_DRILLS]) {
      await eventually(async () => expect((await kube.get(kind, CLIENT, 'one')).status).to.not.equal(undefined), 20)
    }
  }

  /** What else an operator does once in years: a lost CA makes it issue every certificate again, an old one is replaced. */
  async function changeTheAuthority(): Promise<void> {
    const { kube } = stage().api
    const secretOf = async () => (await kube.get(resources.secrets, operatorNamespace, AUTHORITY_SECRET)) as Raw
    await loseAuthority(stage())
    await eventually(async () => expect(fromSecretData(dataOf(await secretOf())).current).to.not.equal(undefined), 20)
    await putAuthority(stage(), { current: newSigningCertificate(Date.now() - 4 * YEAR * 1000, 5 * YEAR) })
    await eventually(async () => expect(fromSecretData(dataOf(await secretOf())).next).to.not.equal(undefined), 20)
  }

  /** A token without the right to read them is reviewed as any other. */
  async function scrapeTheMetrics(): Promise<void> {
    const { kubeconfig } = stage().api
    const token = (await kubectl(['--kubeconfig', kubeconfig, 'create', 'token', 'default', '-n', CLIENT])).trim()
    const headers = { authorization: `Bearer ${token}` }
    const status = () =>
      new Promise<number | undefined>((resolve, reject) => {
        const url = `https://127.0.0.1:${metricsPort}/metrics`
        get(url, { headers, rejectUnauthorized: false, agent: false }, (answer) => {
          answer.resume()
          resolve(answer.statusCode)
        }).on('error', reject)
      })
    await eventually(async () => expect(await status()).to.equal(403), 20)
  }

  it('are each used: granted minus used is empty', () => {
    const done = audit.filter(allowed)
    const unused = rights.filter((right) => !done.some((event) => uses(event, right)))
    writeEvidence('rights', { granted: rights.length, requests: audit.length, unused })
    expect(unused, unused.join('; ')).to.deep.equal([])
  })

  it('are enough: no request was refused for want of a right', () => {
    // An operator may outlive its roles for a moment at an uninstall: what they do grant was not wanting.
    const wanting = audit.filter(forbidden).filter((event) => !rights.some((right) => uses(event, right)))
    const refused = wanting.map((event) => event.responseStatus?.message)
    expect(refused, refused.join('; ')).to.deep.equal([])
  })
})
