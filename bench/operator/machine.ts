/** What the figures were measured on. */
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'

export type Machine = { processor: string; cores: number; memoryGiB: number; kernel: string; system: string }

export function machine(): Machine {
  const cores = cpus()
  return {
    processor: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    system: /^PRETTY_NAME="?(.*?)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown',
  }
}
