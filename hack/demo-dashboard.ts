/** Prometheus beside the demo: it scrapes edges and operator as the guide has it, so that the dashboard has something to show. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applyObjects, chartDir, kubectl, operatorNamespace, release } from './chart.ts'
import { kubeconfigPath } from './cluster/faults.ts'
import { host } from './cluster/settings.ts'
import { renderTable } from './cluster/table.ts'
import { dashboardRows } from './dashboard.ts'
import { startPrometheus, type Prometheus } from './prometheus.ts'

/** Of the chart: Prometheus is no pod here, so the network policies name its address. */
export const scrapedValues = {
  networkPolicy: { metricsFrom: [{ namespaceSelector: {} }, { ipBlock: { cidr: `${host.address}/32` } }] },
}

const NAMESPACE = 'monitoring'
const READER = 'prometheus'
/** The Services of what is scraped, and so the names in their certificates. */
const SCRAPED = { edge: 'callbot-edge', operator: release }
const METRICS_PORT = 8443

const kube = (...args: string[]) => kubectl(['--kubeconfig', kubeconfigPath(), ...args])

export interface Monitoring {
  /** Prints the dashboard. @returns its rows */
  show(): Promise<string[][]>
  stop(): Promise<void>
}

export async function startMonitoring(): Promise<Monitoring> {
  await applyObjects(kubeconfigPath(), reader)
  const folder = mkdtempSync(join(tmpdir(), 'callbot-prometheus-'))
  const file = async (name: string, text: Promise<string>) => {
    writeFileSync(join(folder, name), await text, { mode: 0o600 })
    return join(folder, name)
  }
  const bundle = [
    'get',
    'configmap',
    'callbot-ca-bundle',
    '-n',
    operatorNamespace,
    '-o',
    String.raw`jsonpath={.data.ca\.crt}`,
  ]
  const token = kube('create', 'token', READER, '-n', NAMESPACE, '--duration=2h').then((text) => text.trim())
  const [ca, credentials] = [await file('ca.crt', kube(...bundle)), await file('token', token)]
  const prometheus: Prometheus = await startPrometheus(folder, {
    global: { scrape_interval: '5s', evaluation_interval: '5s' },
    rule_files: [join(chartDir, 'files', 'rules.yaml')],
    scrape_configs: await Promise.all(
      Object.entries(SCRAPED).map(async ([job, service]) => ({
        ...{ job_name: job, scheme: 'https', honor_labels: true, authorization: { credentials_file: credentials } },
        tls_config: { ca_file: ca, server_name: `${service}.${operatorNamespace}.svc` },
        static_configs: [{ targets: await addressesOf(service) }],
      })),
    ),
  })
  return {
    async show() {
      const rows = await dashboardRows(prometheus)
      console.log(`\nThe dashboard of the chart, as text:\n${renderTable(['PANEL', 'SERIES', 'VALUE'], rows)}\n`)
      return rows
    },
    async stop() {
      await prometheus.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const reader = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: READER, namespace: NAMESPACE } },
  {
    ...{
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'prometheus-reads-callbots' },
    },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: `${release}-metrics-reader` },
    subjects: [{ kind: 'ServiceAccount', name: READER, namespace: NAMESPACE }],
  },
]

async function addressesOf(service: string): Promise<string[]> {
  const path = 'jsonpath={.items[*].endpoints[?(@.conditions.ready==true)].addresses[0]}'
  const selector = `kubernetes.io/service-name=${service}`
  const found = await kube('get', 'endpointslices', '-n', operatorNamespace, '-l', selector, '-o', path)
  const addresses = found.split(' ').filter((address) => address !== '')
  if (addresses.length === 0)
    throw new Error(`no pod of ${service} is ready: see kubectl get pods -n ${operatorNamespace}`)
  return addresses.map((address) => `${address}:${METRICS_PORT}`)
}
