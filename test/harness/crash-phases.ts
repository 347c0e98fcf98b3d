import { operatorNamespace } from '../../hack/chart.ts'
import { pause } from '../../hack/cluster/shell.ts'
import type { CallbotInput } from '../../src/api/callbot.ts'
import { CALLBOTS, INTEGRATIONS } from '../../src/api/kinds.ts'
import type { Manifest } from '../../src/kube/raw-object.ts'
import { resources } from '../../src/kube/resources.ts'
import { newSigningCertificate, toSecretData, type Authority } from '../../src/pki/certificate-authority.ts'
import { makeDrill, removeDrill } from './crash-drills.ts'
import type { Expected, ExpectedAuthority } from './crash-check.ts'
import { CLIENT, type Stage } from './crash-stage.ts'

/** A bot as a phase wants it. Another `life` under the same name is another Callbot. */
export interface Wanted {
  numbers: string[]
  /** Those of `numbers` that an older bot has. */
  lost?: string[]
  replicas?: number
  drainSeconds?: number
  zones?: string[]
  integrations?: [string, ...string[]]
  says?: string
  life?: number
}

export type BotSet = Record<string, Wanted>

/** A part of a bot's life: from one settled world to another. */
export interface Phase {
  name: string
  before: BotSet
  after: BotSet
  /** What else is to be so before. */
  prepare?: (stage: Stage) => Promise<unknown>
  /** What happens beside the change of the Callbots, or instead of it. */
  act?: (stage: Stage) => Promise<unknown>
  authority?: ExpectedAuthority
}

const ONE = '+33199000001'
const TWO = '+33199000002'
const a: Wanted = { numbers: [ONE] }
const b: Wanted = { numbers: [TWO] }
const three: BotSet = { a, b, c: { numbers: ['+33199000003'] } }
const another: Wanted = {
  numbers: [ONE, TWO],
  replicas: 6,
  drainSeconds: 60,
  zones: ['zone-a', 'zone-b'],
  integrations: ['agenda', 'cabinet'],
  says: 'À bientôt.',
}
const days = (count: number) => count * 86_400_000
const FIVE_YEARS_IN_SECONDS = 157_680_000
const ca = (age: number, lifetimeSeconds = FIVE_YEARS_IN_SECONDS) =>
  newSigningCertificate(Date.now() - age, lifetimeSeconds)

export const PHASES: Phase[] = [
  { name: 'a bot is made', before: {}, after: { a } },
  { name: 'its pods become more', before: { a }, after: { a: { ...a, replicas: 5 } } },
  { name: 'it gets another number', before: { a }, after: { a: { ...a, numbers: [ONE, TWO] } } },
  { name: 'it gives a number up', before: { a: { ...a, numbers: [ONE, TWO] } }, after: { a } },
  { name: 'its zones are named', before: { a }, after: { a: { ...a, zones: ['zone-a', 'zone-c'] } } },
  { name: 'it drains for longer', before: { a }, after: { a: { ...a, drainSeconds: 7200 } } },
  { name: 'it uses other integrations', before: { a }, after: { a: { ...a, integrations: ['agenda', 'cabinet'] } } },
  { name: 'it says something else', before: { a }, after: { a: { ...a, says: 'Bonne soirée.' } } },
  { name: 'all of its spec changes', before: { a }, after: { a: another } },
  {
    name: 'a number moves to another bot',
    before: { a: { numbers: [ONE, TWO] }, b: { numbers: ['+33199000003'] } },
    after: { a, b: { numbers: ['+33199000003', TWO] } },
  },
  {
    name: 'an older bot takes a number of a younger one',
    prepare: olderFirst,
    before: { a, b: { numbers: [TWO, '+33199000003'] } },
    after: { a: { numbers: [ONE, TWO] }, b: { numbers: [TWO, '+33199000003'], lost: [TWO] } },
  },
  {
    name: 'its number is free when the older bot is gone',
    prepare: olderFirst,
    before: { a, b: { numbers: [ONE, TWO], lost: [ONE] } },
    after: { b: { numbers: [ONE, TWO] } },
  },
  { name: 'somebody removes its children', before: { a }, after: { a }, act: removeChildren },
  {
    name: 'the trunks of its integration change',
    prepare: (stage) => putIntegration(stage, 'cabinet', 'pbx.test'),
    before: { a },
    after: { a },
    act: (stage) => putIntegration(stage, 'cabinet', 'elsewhere.test', 'Preferred'),
  },
  {
    name: 'an integration is made',
    prepare: (stage) => removeIntegration(stage, 'caisse'),
    before: { a },
    after: { a },
    act: (stage) => putIntegration(stage, 'caisse', 'pbx.test'),
  },
  {
    name: 'an integration is deleted',
    prepare: (stage) => putIntegration(stage, 'caisse', 'pbx.test'),
    before: { a },
    after: { a },
    act: (stage) => removeIntegration(stage, 'caisse'),
  },
  { name: 'a drill by checks alone is made', prepare: removeDrill, before: { a }, after: { a }, act: makeDrill },
  { name: 'it is recreated under its name', before: { a }, after: { a: { ...a, life: 2 } } },
  { name: 'it is deleted', before: { a }, after: {} },
  { name: 'three bots are made at once', before: {}, after: three },
  { name: 'three bots are deleted at once', before: three, after: {} },
  {
    name: 'the CA is lost and recreated',
    before: { a, b },
    after: { a, b },
    prepare: youngAuthority,
    act: loseAuthority,
  },
  {
    name: "the CA's successor is announced",
    prepare: youngAuthority,
    before: { a, b },
    after: { a, b },
    act: (stage) => putAuthority(stage, { current: ca(days(4 * 365)) }),
    authority: ['current', 'next'],
  },
  {
    name: "the CA's successor takes over",
    prepare: youngAuthority,
    before: { a, b },
    after: { a, b },
    act: (stage) => putAuthority(stage, { current: ca(days(4 * 365)), next: ca(days(2)) }),
    authority: ['current', 'previous'],
  },
  {
    name: "the CA's predecessor is forgotten",
    prepare: youngAuthority,
    before: { a, b },
    after: { a, b },
    act: (stage) => putAuthority(stage, { current: ca(days(10)), previous: ca(days(3), 86_400) }),
  },
]

/** What must be so of a cast when all has settled. */
export const expectedOf = (cast: BotSet): Map<string, Expected> =>
  new Map(
    Object.entries(cast).map(([name, wanted]) => [
      name,
      {
        replicas: wanted.replicas ?? 3,
        numbers: wanted.numbers.filter((number) => !wanted.lost?.includes(number)),
        drainSeconds: wanted.drainSeconds ?? 3600,
        zones: wanted.zones ?? [],
        fallbackThrough: wanted.integrations?.[0] ?? 'cabinet',
        says: wanted.says ?? 'Au revoir.',
      },
    ]),
  )

/** Lives of the Callbots that are there, by name. */
const lives = new Map<string, number>()

/** Makes, changes and deletes Callbots, in the order of their names, until those of the cast are there. */
export async function declare({ api }: Stage, cast: BotSet): Promise<void> {
  for (const name of [...lives.keys()]) {
    if (cast[name] !== undefined && (cast[name].life ?? 1) === lives.get(name)) continue
    await api.kube.remove(CALLBOTS, CLIENT, name)
    lives.delete(name)
  }
  for (const [name, wanted] of Object.entries(cast)) {
    await api.kube.apply(callbot(name, wanted) as Manifest, { fieldManager: 'the-user' })
    lives.set(name, wanted.life ?? 1)
  }
}

function callbot(name: string, wanted: Wanted): CallbotInput {
  const [first = 'cabinet', ...more] = wanted.integrations ?? []
  return {
    apiVersion: 'callbots.dev/v1alpha1',
    kind: 'Callbot',
    metadata: { name, namespace: CLIENT },
    spec: {
      numbers: wanted.numbers,
      language: 'fr-FR',
      dialog: { inline: { steps: [{ name: 'adieu', hangUp: { say: wanted.says ?? 'Au revoir.' } }] } },
      integrationRefs: [first, ...more].map((each) => ({ name: each })),
      fallback: { number: '+33199000099', integrationRef: { name: first } },
      capacity: { minReplicas: wanted.replicas ?? 3 },
      drain: { deadlineSeconds: wanted.drainSeconds ?? 3600 },
      zones: wanted.zones ?? [],
    },
  } as unknown as CallbotInput
}

/** Bot `a` is older than any other by a second at least: creation times have whole seconds. */
async function olderFirst(stage: Stage): Promise<void> {
  await declare(stage, {})
  await declare(stage, { a })
  await pause(1100)
}

async function putIntegration({ api }: Stage, name: string, host: string, srtp = 'Required'): Promise<void> {
  const trunks = [{ name: 'one', role: 'Primary', address: { host }, srtp }]
  const metadata = { name, namespace: CLIENT }
  const integration = { apiVersion: 'callbots.dev/v1alpha1', kind: 'Integration', metadata, spec: { sip: { trunks } } }
  await api.kube.apply(integration, { fieldManager: 'the-user', force: true })
}

const removeIntegration = ({ api }: Stage, name: string) => api.kube.remove(INTEGRATIONS, CLIENT, name)

async function removeChildren({ api }: Stage): Promise<void> {
  await Promise.all([
    api.kube.remove(resources.deployments, CLIENT, 'a'),
    api.kube.remove(resources.services, CLIENT, 'a'),
    api.kube.remove(resources.podDisruptionBudgets, CLIENT, 'a'),
    api.kube.remove(resources.networkPolicies, CLIENT, 'a'),
    api.kube.remove(resources.configMaps, operatorNamespace, `route.${CLIENT}.a`),
  ])
}

function youngAuthority(stage: Stage): Promise<void> {
  return putAuthority(stage, { current: ca(days(1)) })
}

export async function loseAuthority({ api }: Stage): Promise<void> {
  await api.kube.remove(resources.secrets, operatorNamespace, 'callbot-ca')
}

/** Puts the CA at a moment of its life: what would else take years. */
export async function putAuthority({ api }: Stage, authority: Authority): Promise<void> {
  const empty = ['current', 'next', 'previous'].flatMap((slot) => [`${slot}.crt`, `${slot}.key`])
  const data = { ...Object.fromEntries(empty.map((key) => [key, null])), ...toSecretData(authority) }
  await api.kube.mergePatch(resources.secrets, operatorNamespace, 'callbot-ca', { data })
}
