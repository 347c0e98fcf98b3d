/** Prometheus as Debian has it, on the loopback interface. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { unpackPrometheus } from './calls/debian.ts'
import { until } from './cluster/shell.ts'
import { freePort } from './free-port.ts'

export interface Series {
  labels: Record<string, string>
  value: number
}

export interface Prometheus {
  /** What an instant query finds now. @throws with what Prometheus says of a query that it can't read */
  query(expression: string): Promise<Series[]>
  stop(): Promise<void>
}

/**
 * @param folder for its data
 * @param config as in prometheus.yml
 * @throws when it isn't ready within 30 s
 */
export async function startPrometheus(folder: string, config: object): Promise<Prometheus> {
  const address = `127.0.0.1:${await freePort()}`
  const file = join(folder, 'prometheus.yaml')
  writeFileSync(file, stringify(config))
  const { program } = await unpackPrometheus()
  const flags = [`--config.file=${file}`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=${address}`]
  const command = ['--pdeathsig', 'KILL', ...program('usr/bin/prometheus'), ...flags]
  const child = spawn('setpriv', command, { cwd: folder, stdio: 'ignore' })
  const ended = once(child, 'exit')
  await until('Prometheus to be ready', 30, async () => (await fetch(`http://${address}/-/ready`)).ok)
  return {
    async query(expression) {
      const answer = await fetch(
        `http://${address}/api/v1/query?${new URLSearchParams({ query: expression }).toString()}`,
      )
      const { data, error } = (await answer.json()) as Answer
      if (data === undefined) throw new Error(`Prometheus refuses ${expression}: ${error}`)
      return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }))
    },
    async stop() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

interface Answer {
  error?: string
  data?: { result: { metric: Record<string, string>; value: [number, string] }[] }
}
