/**
 * Node as package-lock.json pins it: the package of one platform, checked by npm against the lock's integrity, and its
 * binary once more against hack/node.sha256. No install script takes part, so nothing comes from outside the lock.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repo } from './settings.ts'

/** Path of the Linux binary for this machine's processor, relative to the folder that `npm ci` filled. */
export const nodeBinary = `node_modules/node-linux-${process.arch}/bin/node`

/**
 * @param sums lines as sha256sum writes them
 * @returns the recorded hash of each file
 */
export const readSums = (sums: string): Map<string, string> =>
  new Map(sums.split('\n').flatMap((line) => (line ? [line.split('  ').reverse() as [string, string]] : [])))

/**
 * @param folder that `npm ci` filled
 * @param checkout whose hack/node.sha256 counts
 * @throws when the binary is missing there or is not the recorded one; names file, both hashes and the cure
 */
export function checkNode(folder: string, checkout = repo): void {
  const file = join(folder, nodeBinary)
  const recorded = readSums(readFileSync(join(checkout, 'hack', 'node.sha256'), 'utf8')).get(nodeBinary)
  if (recorded === undefined) throw new Error(`hack/node.sha256 has no line for ${nodeBinary}: add one`)
  if (!existsSync(file)) {
    throw new Error(
      `${file} is missing: npm could not fetch it, or it is not what package-lock.json pins; see \`npm ci --loglevel=silly\``,
    )
  }
  const found = createHash('sha256').update(readFileSync(file)).digest('hex')
  if (found === recorded) return
  throw new Error(
    `${file} has the SHA-256 ${found}, hack/node.sha256 says ${recorded}: remove node_modules and run \`make deps\`; if it stays so, do not use it`,
  )
}
