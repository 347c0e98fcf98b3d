/** The verb `evidence verify`: checks exported records of drills, without a cluster. */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { verifyChain } from '../rules/drill/chain.ts'
import { chainsIn } from './bundle.ts'
import { closing, linesOf } from './report.ts'

export interface VerifyOptions {
  /** Paths; "-" for standard input. */
  readonly file: readonly string[]
  /** Paths of PEM files with public keys that are trusted. */
  readonly key: readonly string[]
}

/** What the program ends with. */
const EXIT = { verified: 0, fault: 1, invalid: 2 } as const

/** @returns the exit code */
export async function verify(
  { file, key }: VerifyOptions,
  output: { write(text: string): unknown } = process.stdout,
): Promise<number> {
  const write = (line: string) => void output.write(`${line}\n`)
  try {
    const keys = (await Promise.all(key.map(readKeys))).flat()
    const texts = await Promise.all(file.map((path) => (path === '-' ? text(process.stdin) : readFile(path, 'utf8'))))
    const chains = chainsIn(texts.join('\n---\n'))
    if (chains.length === 0) throw new Error(`${file.join(', ')}: no records of drills are in there`)
    let faults = 0
    for (const chain of chains) {
      const findings = verifyChain(
        chain.records.map(({ envelope }) => envelope),
        keys,
        chain.head,
      )
      faults += findings.length
      linesOf(chain, findings).forEach(write)
    }
    write(closing())
    return faults > 0 ? EXIT.fault : EXIT.verified
  } catch (error) {
    write(`Error: ${(error as Error).message}`)
    return EXIT.invalid
  }
}

const PEM = /-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g

async function readKeys(path: string): Promise<KeyObject[]> {
  const keys = ((await readFile(path, 'utf8')).match(PEM) ?? []).flatMap(keyOf)
  if (keys.length > 0) return keys
  throw new Error(`${path} has no public Ed25519 key in PEM: take public.pem of a ConfigMap callbot-evidence-*`)
}

function keyOf(pem: string): KeyObject[] {
  try {
    const key = createPublicKey(pem)
    return key.asymmetricKeyType === 'ed25519' ? [key] : []
  } catch {
    return []
  }
}
