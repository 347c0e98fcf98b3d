// @tier check  @seconds 24
import { expect } from 'chai'
import { operatorNamespace, release } from '../../hack/chart.ts'
import { operatorImage } from '../../hack/cluster/settings.ts'
import * as zones from '../harness/three-zones.ts'

/** Asks as a scraper in a pod does, with the token of its ServiceAccount or without. Prints one line of JSON. */
const SCRAPER = `
  const { readFileSync } = require('node:fs')
  const token = readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/token', 'utf8')
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
  const ask = async (headers) => {
    const answer = await fetch('https://${release}.${operatorNamespace}.svc:8443/metrics', { headers })
    return { status: answer.status, names: (await answer.text()).match(/^[a-z_]+(?=[{ ])/gm) ?? [] }
  }
  Promise.all([ask({}), ask({ authorization: 'Bearer ' + token })]).then((seen) => console.log(JSON.stringify(seen)))
`

const scraper = (namespace: string, serviceAccountName: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `scraper-${serviceAccountName}`, namespace },
  spec: {
    serviceAccountName,
    // Network policies take a moment to know a new pod; a real scraper tries again too.
    restartPolicy: 'OnFailure',
    securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'scraper',
        image: operatorImage,
        imagePullPolicy: 'IfNotPresent',
        command: ['node', '--no-warnings', '-e', SCRAPER],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
  },
})

describe("the operator's metrics", function () {
  this.timeout(180_000)
  let namespace: string
  before(async () => {
    await zones.sharedOperatorServes()
    namespace = await zones.freshNamespace('metrics')
    const account = (name: string) => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } })
    const binding = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: namespace },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: `${release}-metrics-reader` },
      subjects: [{ kind: 'ServiceAccount', name: 'prometheus', namespace }],
    }
    await zones.applyManifests(account('prometheus'), account('stranger'), binding)
  })
  after(async () => {
    await zones.kube('delete', 'clusterrolebinding', namespace, '--ignore-not-found')
    await zones.removeNamespace(namespace)
  })

  async function scrape(account: string): Promise<{ status: number; names: string[] }[]> {
    await zones.applyManifests(scraper(namespace, account))
    const pod = `scraper-${account}`
    await zones.kube('wait', 'pod', pod, '-n', namespace, '--for=jsonpath={.status.phase}=Succeeded', '--timeout=60s')
    return JSON.parse(await zones.kube('logs', pod, '-n', namespace))
  }

  it('are shown over HTTPS to who has the right, under the names of controller-runtime', async () => {
    const [withoutToken, withToken] = await scrape('prometheus')
    expect(withoutToken!.status).to.equal(401)
    expect(withToken!.status).to.equal(200)
    expect(withToken!.names).to.include.members([
      'controller_runtime_reconcile_total',
      'workqueue_depth',
      'leader_election_master_status',
      'rest_client_requests_total',
    ])
  })

  it('are refused to a ServiceAccount without the right', async () => {
    const [, withToken] = await scrape('stranger')
    expect(withToken!.status).to.equal(403)
  })
})
