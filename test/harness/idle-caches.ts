import { createCaches, type Caches } from '../../src/operator/observe/caches.ts'
import { silent } from '../../src/runtime/log.ts'

/** The operator's caches over an API server, for an installation without a store. They wake nobody. */
export const idleCaches = (
  transport: Parameters<typeof createCaches>[0]['transport'],
  operatorNamespace: string,
): Caches =>
  createCaches({
    ...{ transport, operatorNamespace, log: silent, hasStore: false, isPlaced: false, reservations: [] },
    wake: { object: () => {}, orders: () => {}, everyBot: () => {}, policies: () => {}, pods: () => {} },
  })
