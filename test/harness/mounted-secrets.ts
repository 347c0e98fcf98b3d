import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder with a folder for each Secret, written and changed as a kubelet does. Unless they say otherwise they may be shown to loopback. */
export function mountedSecrets(secrets: Readonly<Record<string, Readonly<Record<string, string>>>>) {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-secrets-'))
  /** A new folder and a link that is swapped: what is read is never a mixture. */
  const mount = (name: string, keys: Readonly<Record<string, string>>) => {
    const version = `..${process.hrtime.bigint()}`
    mkdirSync(join(folder, name, version), { recursive: true })
    for (const [key, text] of Object.entries({ 'callbots.hosts': 'localhost, 127.0.0.1', ...keys }))
      writeFileSync(join(folder, name, version, key), text)
    symlinkSync(version, join(folder, name, '..next'))
    renameSync(join(folder, name, '..next'), join(folder, name, '..data'))
  }
  for (const [name, keys] of Object.entries(secrets)) mount(name, keys)
  return { folder, mount, remove: () => rmSync(folder, { recursive: true }) }
}
