import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { flowSchema } from '../../../src/api/flow.ts'
import type { EdgeRig } from '../../harness/edge-rig.ts'
import { longReading } from '../../harness/long-reading.ts'
import { sampleBot } from '../../harness/pod-folder.ts'
import { startVoicePod, type VoicePod } from '../../harness/pod-process.ts'
import { startSpeechStandIn } from '../../harness/speech-stand-in.ts'
import { REAL_POD } from './sites.ts'

/** The program of a bot pod, behind the edge, measured from inside. */
export interface RealPod {
  readonly pod: VoicePod
  /** The longest time for which its event loop was held since the last look, and its heap after a collection. */
  look(): Promise<{ longestMs: number; heapOctets: number }>
  stop(): Promise<void>
}

export async function startRealPod(rig: EdgeRig): Promise<RealPod> {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-mutated-'))
  const socket = join(folder, 'event-loop.sock')
  const speech = await startSpeechStandIn()
  const { provider } = speech
  const bot = sampleBot({
    ...{ dialog: flowSchema.parse(longReading(60).inline), tests: [], integrations: [] },
    speech: { asr: [provider], tts: [provider], vocabulary: [] },
    media: { sipTransport: 'Any', srtp: 'Preferred', codecs: ['PCMA'] },
  })
  const pod = await startVoicePod({
    ...{ folder, bot, address: REAL_POD, authority: rig.authority },
    env: {
      ...{ CALLBOT_MEDIA_MODE: 'Relay', CALLBOT_REHEARSAL_CALLS: '0', EVENT_LOOP_SOCKET: socket },
      NODE_OPTIONS: `--import ${join(import.meta.dirname, 'event-loop-preload.ts')}`,
    },
  })
  return {
    pod,
    look: () => ask(socket),
    async stop() {
      await pod.kill()
      await speech.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function ask(path: string): Promise<{ longestMs: number; heapOctets: number }> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(path)
    socket.on('data', (chunk) => (text += String(chunk)))
    socket.on('end', () => resolve(JSON.parse(text)))
    socket.on('error', reject)
  })
}
