/** The verbs `hold export | exports`: what a legal hold covers, by an exec into a pod of `callbot-records`, with the rights of whoever types it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, rm, type FileHandle } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { createTail, type ExportEnd, type Tail } from './tail.ts'

export interface ExportOptions {
  readonly namespace: string
  /** Path of a file that is not there yet; "-" for standard output. */
  readonly output: string
}

type Output = Pick<NodeJS.WritableStream, 'write'>

/** As the image starts its programs, but for what pods alone need. */
const IN_POD = [
  'prlimit',
  '--core=1:1',
  'node',
  '--disable-sigusr1',
  '--clear-free-memory',
  '--no-memory-pool',
  '--expose-gc',
  'src/main.ts',
]
/** What the program ends with, unless the pod has ended with something else. */
const INCOMPLETE = 1
/** What the store takes as a name. */
const LONGEST_NAME = 253

/**
 * Writes the records into a file that only its owner reads. What is not complete is removed.
 * @returns the exit code: 0 when the export is complete
 */
export async function exportHold(
  [policy, hold]: readonly [string, string],
  { namespace, output }: ExportOptions,
  env: NodeJS.ProcessEnv,
  errors: Output = process.stderr,
): Promise<number> {
  const askedBy = await whoAsks(env)
  const file = output === '-' ? undefined : await open(output, 'wx', 0o600)
  const tail = createTail()
  let code: number
  try {
    const child = kubectl(inPod(namespace, 'export-hold', policy, hold, '--asked-by', askedBy), env)
    ;[code] = await Promise.all([child.ended, receive(child.stdout, tail, file)])
  } finally {
    await file?.close()
    if (file !== undefined && tail.end() === undefined) await rm(output)
  }
  const end = tail.end()
  errors.write(`${sayEnd(end, hold, output)}\n`)
  return end === undefined ? INCOMPLETE : code
}

async function receive(stdout: AsyncIterable<Buffer>, tail: Tail, file: FileHandle | undefined): Promise<void> {
  for await (const chunk of stdout) {
    tail.take(chunk)
    if (file !== undefined) await file.appendFile(chunk)
    else if (!process.stdout.write(chunk)) await once(process.stdout, 'drain')
  }
  await file?.sync()
}

function sayEnd(end: ExportEnd | undefined, hold: string, output: string): string {
  if (end === undefined)
    return `the export is not complete${output === '-' ? '' : ', and its file was removed'}: export the hold again`
  const { records, unreadable } = end
  const done = `exported ${records} records of legal hold ${hold}${output === '-' ? '' : ` to ${output}`}`
  if (unreadable === 0) return done
  return `${done}; ${unreadable} more can't be opened: their root key is gone, or they were altered`
}

/** @returns the exit code */
export async function listExports(
  { namespace }: Pick<ExportOptions, 'namespace'>,
  env: NodeJS.ProcessEnv,
  output: Output = process.stdout,
): Promise<number> {
  const child = kubectl(inPod(namespace, 'list-exports'), env)
  const [listed, code] = await Promise.all([text(child.stdout), child.ended])
  output.write(listed)
  return code
}

const inPod = (namespace: string, ...verb: string[]) => [
  ...['exec', 'statefulset/callbot-records', '--namespace', namespace, '--container', 'records', '--'],
  ...[...IN_POD, ...verb],
]

/** The name of the user, as the API server knows it. */
async function whoAsks(env: NodeJS.ProcessEnv): Promise<string> {
  const child = kubectl(['auth', 'whoami', '--output', 'json'], env)
  const [answer, code] = await Promise.all([text(child.stdout), child.ended])
  const name = code === 0 ? nameIn(answer) : undefined
  if (name === undefined) throw new Error('the API server does not say who you are: check kubectl auth whoami')
  return name.replaceAll(/[^ -~]/g, '?').slice(0, LONGEST_NAME)
}

function nameIn(answer: string): string | undefined {
  try {
    const { status } = JSON.parse(answer) as { status?: { userInfo?: { username?: unknown } } }
    const name = status?.userInfo?.username
    return typeof name === 'string' && name !== '' ? name : undefined
  } catch {
    return undefined
  }
}

function kubectl(args: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn('kubectl', args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', () => reject(new Error('kubectl can not be run: put it into a folder of PATH')))
    child.on('close', (code) => resolve(code ?? 1))
  })
  return { stdout: child.stdout, ended }
}
