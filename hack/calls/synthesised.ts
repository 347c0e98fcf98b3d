/**
 * A synthesised caller's voice, rendered by the embedded speech server. Only bots may ask it, so one of the bot's own pods is asked to
 * ask (kubectl exec). What was rendered once is kept in the cache of this machine: it is the text of a demo, nobody's words.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readWav } from '../../src/wire/wav.ts'
import { cacheDir } from '../cluster/settings.ts'
import { run } from '../cluster/shell.ts'
import { join as joinSounds, silence } from './sound.ts'
import type { Pod } from './turns.ts'

/** Runs in the pod: one request with the pod's identity, the answer as base64. */
const ASK = `
  const { readFileSync } = require('node:fs')
  const tls = (name) => readFileSync('/etc/callbot/tls/' + name)
  const options = { method: 'POST', cert: tls('tls.crt'), key: tls('tls.key'), ca: tls('ca.crt'), headers: { 'content-type': 'application/json' } }
  const asked = require('node:https').request(process.env.CALLBOT_SPEECH_URL + '/audio/speech', options, (answer) => {
    const chunks = []
    answer.on('data', (chunk) => chunks.push(chunk))
    answer.on('end', () => {
      if (answer.statusCode !== 200) throw new Error('the speech server answers ' + answer.statusCode)
      console.log(Buffer.concat(chunks).toString('base64'))
    })
  })
  asked.end(process.argv[1])
`
/** Slower than the bot, so that people who listen tell them apart. */
const SPEED = 0.9

/** @param kubectl what runs it, with the flags that name the cluster */
export function synthesisedVoice(
  kubectl: readonly string[],
  { namespace, name }: Pod,
): (text: string) => Promise<Int16Array> {
  return async (text) => {
    const request = JSON.stringify({
      input: text,
      language: 'fr',
      sample_rate: 8000,
      response_format: 'wav',
      speed: SPEED,
    })
    const file = join(
      cacheDir,
      'caller-voice',
      `${createHash('sha256').update(request).digest('hex').slice(0, 16)}.wav`,
    )
    if (!existsSync(file)) {
      const [program, ...flags] = kubectl
      const exec = ['exec', '-n', namespace, name, '--', 'node', '--no-warnings', '-e', ASK, request]
      const base64 = await run(program!, [...flags, ...exec])
      mkdirSync(join(cacheDir, 'caller-voice'), { recursive: true })
      writeFileSync(file, Buffer.from(base64, 'base64'))
    }
    return joinSounds(readWav(readFileSync(file)).samples, silence(0.2))
  }
}
