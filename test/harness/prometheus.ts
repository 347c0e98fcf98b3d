/** Prometheus and Alertmanager as Debian has them, on loopback, with the rules of the chart. They scrape through a page of the test's own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { unpackPrometheus } from '../../hack/calls/debian.ts'
import { chartDir } from '../../hack/chart.ts'
import { eventually } from './eventually.ts'
import { freePort } from './free-port.ts'

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
  const [web, sender] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`]
  const file = (name: string, content: object) => {
    writeFileSync(join(folder, name), stringify(content))
    return join(folder, name)
  }
  const alertmanager = file('alertmanager.yaml', {
    route: { receiver: 'test', group_by: ['...'], group_wait: '0s', group_interval: '5s' },
    receivers: [{ name: 'test', webhook_configs: [{ url: `http://${own}/`, send_resolved: true }] }],
  })
  const prometheus = file('prometheus.yaml', {
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
  const start = (path: string, ...flags: string[]) =>
    spawn('setpriv', ['--pdeathsig', 'KILL', ...mounted, ...program(path), ...flags], { cwd: folder, stdio: 'ignore' })
  const programs = [
    start(
      'usr/bin/prometheus-alertmanager',
      ...[`--config.file=${alertmanager}`, `--storage.path=${folder}/sent`, '--cluster.listen-address='],
      `--web.listen-address=${sender}`,
    ),
    start(
      'usr/bin/prometheus',
      ...[`--config.file=${prometheus}`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=${web}`],
    ),
  ]
  await eventually(async () => {
    for (const address of [web, sender]) await fetch(`http://${address}/-/ready`).then(({ ok }) => failUnless(ok))
  }, 30)
  return {
    notifications,
    async query(expression, by) {
      const answer = await fetch(`http://${web}/api/v1/query?${new URLSearchParams({ query: expression }).toString()}`)
      const { data } = (await answer.json()) as Answer
      return Object.fromEntries(data.result.map(({ metric, value }) => [metric[by] ?? '', Number(value[1])]))
    },
    async stop() {
      await Promise.all(programs.map(ended))
      server.closeAllConnections()
      server.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** $1 is laid over /usr/share, for the program that follows and nobody else. */
const WITH_SHARE = 'mount -t overlay overlay -o "lowerdir=$1:/usr/share" /usr/share && shift && exec "$@"'

interface Answer {
  data: { result: { metric: Record<string, string>; value: [number, string] }[] }
}

function failUnless(ok: boolean): void {
  if (!ok) throw new Error('it is not ready yet')
}

async function take(request: IncomingMessage, into: Notification[]): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { alerts } = JSON.parse(Buffer.concat(chunks).toString()) as { alerts: Omit<Notification, 'atMs'>[] }
  into.push(...alerts.map((alert) => ({ ...alert, atMs: Date.now() })))
  return ''
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
