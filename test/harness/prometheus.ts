/** Prometheus and Alertmanager as Debian has them, on loopback, with the rules of the chart. They scrape through a page of the test's own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { unpackPrometheus } from '../../hack/calls/debian.ts'
import { chartDir } from '../../hack/chart.ts'
import { until } from '../../hack/cluster/shell.ts'
import { freePort } from '../../hack/free-port.ts'
import { startPrometheus } from '../../hack/prometheus.ts'

/** What Alertmanager sent about one alert. */
export interface Notification {
  status: 'firing' | 'resolved'
  labels: Record<string, string>
  annotations: Record<string, string>
  /** When it came here. */
  atMs: number
}

export interface Monitoring {
  notifications: Notification[]
  /** The values of an instant query, by the label that is named. */
  query(expression: string, by: string): Promise<Record<string, number>>
  stop(): Promise<void>
}

/** @param o.targets names of what is scraped every 5 s. @param o.read the metrics of one of them, as text */
export async function startMonitoring(o: {
  targets: readonly string[]
  read: (target: string) => Promise<string>
}): Promise<Monitoring> {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-monitoring-'))
  const notifications: Notification[] = []
  const server = createServer((request, response) => {
    const answer = request.method === 'POST' ? take(request, notifications) : o.read(request.url!.slice(1))
    answer.then(
      (text) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(text),
      () => response.writeHead(503).end(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const own = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const sender = `127.0.0.1:${await freePort()}`
  const routes = join(folder, 'alertmanager.yaml')
  const receiver = { name: 'test', webhook_configs: [{ url: `http://${own}/`, send_resolved: true }] }
  const route = { receiver: 'test', group_by: ['...'], group_wait: '0s', group_interval: '5s' }
  writeFileSync(routes, stringify({ route, receivers: [receiver] }))
  const prometheus = await startPrometheus(folder, {
    global: { scrape_interval: '5s', evaluation_interval: '5s' },
    rule_files: [join(chartDir, 'files', 'rules.yaml')],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [sender] }] }] },
    scrape_configs: o.targets.map((target) => ({
      ...{ job_name: target, metrics_path: `/${target}`, honor_labels: true },
      static_configs: [{ targets: [own], labels: { pod: target } }],
    })),
  })
  const { program, root } = await unpackPrometheus()
  // Debian's Alertmanager reads its templates from /usr/share.
  const mounted = ['unshare', '--mount', 'bash', '-c', WITH_SHARE, 'bash', join(root, 'usr/share')]
  const flags = [`--config.file=${routes}`, `--storage.path=${folder}/sent`, '--cluster.listen-address=']
  const command = [...program('usr/bin/prometheus-alertmanager'), ...flags, `--web.listen-address=${sender}`]
  const alertmanager = spawn('setpriv', ['--pdeathsig', 'KILL', ...mounted, ...command], {
    cwd: folder,
    stdio: 'ignore',
  })
  const ended = once(alertmanager, 'exit')
  await until('Alertmanager to be ready', 30, async () => (await fetch(`http://${sender}/-/ready`)).ok)
  return {
    notifications,
    async query(expression, by) {
      const found = await prometheus.query(expression)
      return Object.fromEntries(found.map(({ labels, value }) => [labels[by] ?? '', value]))
    },
    async stop() {
      alertmanager.kill('SIGKILL')
      await Promise.all([prometheus.stop(), ended])
      server.closeAllConnections()
      server.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** $1 is laid over /usr/share, for the program that follows and nobody else. */
const WITH_SHARE = 'mount -t overlay overlay -o "lowerdir=$1:/usr/share" /usr/share && shift && exec "$@"'

async function take(request: IncomingMessage, into: Notification[]): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { alerts } = JSON.parse(Buffer.concat(chunks).toString()) as { alerts: Omit<Notification, 'atMs'>[] }
  into.push(...alerts.map((alert) => ({ ...alert, atMs: Date.now() })))
  return ''
}
