/** An image registry on the loopback interface, Debian's docker-registry: a release is rehearsed with it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { unpackRegistry } from '../calls/debian.ts'
import { until } from '../cluster/shell.ts'
import { freePort } from '../free-port.ts'

export interface Registry {
  /** HOST:PORT. */
  name: string
  stop(): Promise<void>
}

/** @param folder for its images, configuration and log */
export async function startRegistry(folder: string): Promise<Registry> {
  const unpacked = await unpackRegistry()
  const name = `127.0.0.1:${await freePort()}`
  const config = join(folder, 'registry.json')
  const storage = { filesystem: { rootdirectory: join(folder, 'registry') }, delete: { enabled: true } }
  writeFileSync(config, JSON.stringify({ version: 0.1, log: { level: 'warn' }, storage, http: { addr: name } }))
  const log = openSync(join(folder, 'registry.log'), 'a')
  const [loader, ...args] = unpacked.program('usr/bin/docker-registry')
  const child = spawn(loader!, [...args, 'serve', config], { stdio: ['ignore', log, log] })
  const ended = once(child, 'exit')
  await until(`a registry at ${name} (see ${join(folder, 'registry.log')})`, 20, async () => {
    if (child.exitCode !== null) throw new Error(`it ended with code ${child.exitCode}`)
    return (await fetch(`http://${name}/v2/`)).ok
  })
  return {
    name,
    async stop() {
      child.kill()
      await ended
    },
  }
}
