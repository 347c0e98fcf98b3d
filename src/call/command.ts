import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { trustedAuthorities } from '../telephony/trusted-authorities.ts'
import { type CallRequest, readCallOptions, type CallOptions } from './options.ts'
import { placeCall } from './place-call.ts'
import { firstPublishedNumber } from './published-numbers.ts'
import { hasPassed, type PlacedCall, reportLines } from './report.ts'

/** What the program ends with. */
const EXIT = { passed: 0, failed: 1, invalid: 2 } as const
const TRY_AGAIN_MS = 1_000

/** Calls a bot and reports what was heard. Returns the exit code. */
export async function run(
  options: CallOptions,
  env: NodeJS.ProcessEnv,
  output: Pick<NodeJS.WritableStream, 'write'> = process.stdout,
): Promise<number> {
  const write = (line: string) => void output.write(`${line}\n`)
  const request = readCallOptions(options)
  if ('problem' in request) {
    write(`Error: ${request.problem}`)
    return EXIT.invalid
  }
  const placed = await callUntilHeard(options, request, env)
  if (placed === undefined) {
    write(`Error: no Callbot has a route in namespace ${options.namespace}: apply one, or name a number by --to`)
    return EXIT.failed
  }
  if (request.isJson) write(JSON.stringify({ passed: hasPassed(placed), ...placed }))
  else reportLines(placed).forEach(write)
  return hasPassed(placed) ? EXIT.passed : EXIT.failed
}

/** The last of as many calls as there is time for; the first that passed ends it. */
async function callUntilHeard(
  options: CallOptions,
  request: CallRequest,
  env: NodeJS.ProcessEnv,
): Promise<PlacedCall | undefined> {
  const identity = await identityOf(options)
  const until = performance.now() + request.waitSeconds * 1_000
  for (;;) {
    const number = options.to ?? (await firstPublishedNumber(options.namespace, env))
    const placed = number === undefined ? undefined : await placeCall(number, request, identity)
    if ((placed !== undefined && hasPassed(placed)) || performance.now() + TRY_AGAIN_MS > until) return placed
    await pause(TRY_AGAIN_MS)
  }
}

async function identityOf({ ca, cert, key }: CallOptions) {
  const read = (path: string) => readFile(path, 'utf8')
  return {
    ca: ca === undefined ? trustedAuthorities() : await read(ca),
    ...(cert !== undefined && key !== undefined && { cert: await read(cert), key: await read(key) }),
  }
}
