import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ensureModels } from '../../hack/speech/models.ts'
import type { Authority, Issued } from './authority.ts'

/** The name that a server's certificate proves. */
export const SPEECH_NAME = 'callbot-speech.callbot-system.svc'

export interface SpeechProcess {
  /** Such as https://127.0.0.1:40123. */
  readonly origin: string
  readonly pid: number
  /** Writes another certificate into its folder. */
  mount(own: Issued): void
  /** Tells it to end; resolves with its exit code. */
  stop(): Promise<number | null>
}

/** The embedded speech server as a program of its own, with its real models. It answers at once and is ready some seconds later. */
export async function startSpeechProcess(
  authority: Authority,
  env: Record<string, string> = {},
): Promise<SpeechProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-speech-'))
  const mount = ({ cert, key }: Issued) => {
    const texts = { 'tls.crt': cert, 'tls.key': key, 'ca.crt': authority.cert }
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text)
  }
  mount(authority.issue([SPEECH_NAME, 'localhost']))
  const child = spawn('node', ['src/main.ts', 'speech'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      CALLBOT_MODELS_DIR: await ensureModels(),
      CALLBOT_TLS_DIR: folder,
      CALLBOT_SPEECH_PORT: '0',
      ...env,
    },
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const lines = createInterface({ input: child.stdout })
  const port = await new Promise<number>((resolve, reject) => {
    void ended.then((code) => reject(new Error(`the speech server ended with code ${code} before it listened`)))
    lines.on('line', (line) => {
      const told = JSON.parse(line) as { port?: number }
      if (told.port !== undefined) resolve(told.port)
    })
  })
  return {
    origin: `https://127.0.0.1:${port}`,
    pid: child.pid!,
    mount,
    async stop() {
      child.kill('SIGTERM')
      const code = await ended
      rmSync(folder, { recursive: true })
      return code
    },
  }
}
