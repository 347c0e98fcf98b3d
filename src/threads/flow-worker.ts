/** The thread that reads the dialogs of one job, and ends. It holds no secret and opens nothing. */
import { parentPort, workerData } from 'node:worker_threads'
import { parseFlowText } from '../api/flow-text.ts'

const { texts } = workerData as { texts: readonly string[] }
parentPort!.postMessage(texts.map(parseFlowText))
