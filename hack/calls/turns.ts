/** The live transcript of a bot's pods: `listen` in each of them, over kubectl exec. Nothing of it is written anywhere. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'

/** One line of `node src/main.ts listen`, and which pod said it. */
export interface TurnLine {
  pod: string
  /** Random name of the call. */
  call: string
  /** When, RFC 3339. */
  at: string
  heard?: string
  said?: string
  key?: string
  step?: string
  ended?: string
}

export interface Transcript {
  /** All lines until now, in order of arrival. */
  lines: readonly TurnLine[]
  /** Those of one call. */
  of(call: string): readonly TurnLine[]
  stop(): void
}

export interface Pod {
  namespace: string
  name: string
}

/**
 * Resolves when no turn of any of the pods will be missed.
 * @param command what runs `kubectl`, with the flags that name the cluster
 * @param onLine called for each line, as it happens
 */
export async function followTurns(
  command: readonly string[],
  pods: readonly Pod[],
  onLine: (line: TurnLine) => void,
): Promise<Transcript> {
  const lines: TurnLine[] = []
  const children = pods.map((pod) => listenIn(command, pod))
  const connected = children.map(untilListening)
  children.forEach((child, index) => {
    const reader = createInterface({ input: child.stdout! })
    reader.on('line', (text) => {
      const line = { pod: pods[index]!.name, ...(JSON.parse(text) as Omit<TurnLine, 'pod'>) }
      lines.push(line)
      onLine(line)
    })
  })
  const stop = () => children.forEach((child) => child.kill('SIGKILL'))
  await Promise.all(connected).catch((error: unknown) => {
    stop()
    throw error
  })
  return {
    lines,
    of: (call) => lines.filter((line) => line.call === call),
    stop,
  }
}

function listenIn([program, ...flags]: readonly string[], { namespace, name }: Pod): ChildProcess {
  const args = [...flags, 'exec', '-n', namespace, name, '--', 'node', 'src/main.ts', 'listen']
  return spawn(program!, args, { stdio: ['ignore', 'pipe', 'pipe'] })
}

/** `listen` says so on its standard error. */
function untilListening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stderr!.on('data', (chunk: Buffer) => {
      said += chunk
      if (/^listening$/m.test(said)) resolve()
    })
    child.on('error', reject)
    child.on('exit', () => reject(new Error(`nobody can listen to the pod: ${said}`)))
  })
}

/** One line of a conversation, for people. */
export function renderTurn({ heard, said, key, ended }: TurnLine): string | undefined {
  if (said !== undefined) return `  bot       ${said}`
  if (heard !== undefined) return `    caller  ${heard === '' ? '(nothing understood)' : heard}`
  if (key !== undefined) return `    caller  [${key}]`
  if (ended !== undefined) return `  (${ended})`
  return undefined
}
