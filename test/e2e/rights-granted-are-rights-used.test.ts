import { expect } from 'chai'
import { operatorNamespace, release } from '../../hack/chart.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { granted, uses, type Rule } from '../kit/rights.ts'
import * as zones from '../kit/three-zones.ts'

const allowed = (event: zones.AuditEvent) => (event.responseStatus?.code ?? 0) < 400
const forbidden = (event: zones.AuditEvent) => event.annotations?.['authorization.k8s.io/decision'] === 'forbid'

/** Runs after everything else: the audit log of the whole run is the witness. */
describe('the rights of the operator', function () {
  this.timeout(60_000)
  let rights: string[]
  let audit: zones.AuditEvent[]
  before(async function () {
    zones.needsLocalCluster(this)
    const cluster = await zones.kubeJson<{ rules: Rule[] }>('get', 'clusterrole', release)
    const home = await zones.kubeJson<{ rules: Rule[] }>('get', 'role', release, '-n', operatorNamespace)
    rights = [...granted(cluster.rules, 'everywhere'), ...granted(home.rules, operatorNamespace)]
    audit = zones.operatorAudit()
    printFigures('rights', [
      ['granted', String(rights.length)],
      ['requests in the audit log', String(audit.length)],
    ])
  })

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
