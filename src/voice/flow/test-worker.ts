/** The thread in which the tests of one bot are played. */
import { parentPort, workerData } from 'node:worker_threads'
import type { PlayTests } from '../../rules/flow/test-results.ts'
import { playTests } from './test-runner.ts'

parentPort!.postMessage(await playTests(workerData as Parameters<PlayTests>[0]))
