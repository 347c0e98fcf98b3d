import { DEFAULT_VALUES } from '../../src/rules/egress.ts'
import type { RetentionPolicyFacts, RetentionPolicyWorld } from '../../src/operator/world/retention-policy.ts'
import { NOTHING_LEAVES } from '../../src/rules/policy-order.ts'
import type { SweptPolicy } from '../../src/rules/sweep-state.ts'

export const NOW = Date.parse('2026-11-27T12:00:00Z')
const DAY_MS = 86_400_000
const A_ALONE = { seals: 'a', needs: ['a'], generation: '2026-11-24t00-00-00' } as const

export const aRetentionPolicyFacts = (more: Partial<RetentionPolicyFacts> = {}): RetentionPolicyFacts => ({
  ...{
    namespace: 'lilas',
    name: 'month',
    uid: 'uid-of-month',
    createdAt: NOW - 7 * DAY_MS,
    generation: 2,
    status: undefined,
    calls: NOTHING_LEAVES,
  },
  kept: {
    ...{ lives: [{ class: 'Transcript', seconds: 2_592_000 }], mode: 'Enforce', maxDeletionsPerRun: 100_000 },
    legalHolds: [],
  },
  delivery: undefined,
  ...more,
})

export const aSweptPolicy = (more: Partial<SweptPolicy> = {}): SweptPolicy => ({
  ...{ tenant: 'lilas', name: 'month', generation: 2, stored: 7, held: 0, audited: 0, fused: 0 },
  ...{ oldest: NOW - DAY_MS, next: NOW + DAY_MS, ...more },
})

/** A namespace whose records are kept, and all is well. */
export const aRetentionWorld = (more: Partial<RetentionPolicyWorld> = {}): RetentionPolicyWorld => ({
  now: NOW,
  settings: {
    ...{ recordsImage: 'registry.example/callbot:1', operatorNamespace: 'callbot-system', renewAtFraction: 0.66 },
    ...{
      database: { isOutside: false },
      rootKeySeconds: 86_400,
      scheduling: {},
      placement: { regions: [], certifications: [] },
    },
    deniedCidrs: [],
    egress: DEFAULT_VALUES,
  },
  namespace: 'lilas',
  policy: aRetentionPolicyFacts(),
  beyond: undefined,
  keeping: [{ name: 'month', uid: 'uid-of-month' }],
  targets: [],
  children: {
    statefulSet: {
      ...{ uid: 'uid-of-records', ownerUid: 'uid-of-month', applied: 'x' },
      rootKeys: { slot: 'a', since: NOW - DAY_MS / 2, phase: 'Stable', generation: A_ALONE.generation },
      certificate: { serial: '1', issuer: 'ca', bundle: 'b', notBefore: NOW - DAY_MS, notAfter: NOW + 29 * DAY_MS },
    },
    ...{ service: undefined, networkPolicy: undefined, podDisruptionBudget: undefined },
  },
  pods: [
    { isReady: true, state: { ready: true, accepted: 7, refused: 0, roots: A_ALONE } },
    { isReady: true, state: { ready: true, accepted: 0, refused: 0, roots: A_ALONE } },
  ],
  sweep: { sweptAgo: 3_000, problem: undefined, policy: aSweptPolicy() },
  authority: { issuer: 'ca', bundle: 'b' },
  isOverZones: true,
  usedBy: 1,
  ...more,
})
