/** The bots of these calls, what they keep of them, and the client's web service that they ask. */
import { expect } from 'chai'
import { host } from '../../../hack/cluster/settings.ts'
import type { createAuthority } from '../authority.ts'
import { eventually } from '../eventually.ts'
import { aTill } from '../till.ts'
import type { SpeechStandIn } from '../speech-stand-in.ts'
import * as zones from '../three-zones.ts'
import type { WebService } from '../web-service.ts'
import type { WebhookReceiver } from '../webhook-receiver.ts'
import { canarySteps } from './calls.ts'

/** All that is kept of a call, and delivered. */
export const CLASSES = ['CallMetadata', 'CallerNumber', 'Transcript', 'CollectedFields']

export interface Outside {
  readonly authority: ReturnType<typeof createAuthority>
  readonly speech: SpeechStandIn
  readonly service: WebService
  readonly receiver: WebhookReceiver
  readonly signingKey: string
}

/**
 * A bot on three zones that keeps nothing and delivers all, and a bot with the same dialog that keeps all for a day.
 * @returns their numbers
 */
export async function standBots(namespace: string, outside: Outside): Promise<{ nothing: string; aDay: string }> {
  const { authority, service, receiver, signingKey } = outside
  const secret = (name: string, stringData: Record<string, string>) => ({
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData },
  })
  const released = { 'callbots.hosts': host.address, signingKey, 'ca.crt': authority.cert }
  const bot = (name: string, policy: string, replicas: number) =>
    zones.aBot(namespace, name, {
      ...{ dialog: { inline: { steps: canarySteps } } as never, retentionPolicyRef: { name: policy } },
      speech: { asr: [outside.speech.provider], tts: [outside.speech.provider] } as never,
      integrationRefs: [{ name: 'pbx' }, { name: 'caisse' }],
      capacity: { minReplicas: replicas, maxReplicas: replicas, callsPerPod: 20 },
    })
  const bots = [bot('caisse', 'rien', 3), bot('registre', 'jour', 1)]
  await zones.applyManifests(
    secret('caisse-ca', { 'ca.crt': authority.cert }),
    secret('crm', released),
    aTill(namespace, service.url, { input: ['carte', 'nom'], output: [{ name: 'reponse', pointer: '/reponse' }] }),
    policyOf(namespace, 'rien', 0, deliveryTo(`https://${host.address}:${receiver.port}/calls`)),
    policyOf(namespace, 'jour', 1),
  )
  await observed(namespace)
  await zones.applyManifests(...bots)
  await zones.settledPods(namespace)
  await zones.kube('wait', 'callbots', '--all', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=180s')
  const [nothing, aDay] = bots.map(({ spec }) => spec.numbers[0]!) as [string, string]
  await zones.untilPublished(nothing, aDay)
  return { nothing, aDay }
}

/** Bots that come before what they name are rolled out twice, and their calls with them. */
async function observed(namespace: string): Promise<void> {
  type Named = { metadata: { name: string }; status?: { conditions?: unknown[] } }
  await eventually(async () => {
    const list = await zones.kubeJson<{ items: Named[] }>('get', 'integrations,retentionpolicies', '-n', namespace)
    expect(list.items.filter(({ status }) => !status?.conditions?.length)).to.deep.equal([])
  }, 60)
}

const policyOf = (namespace: string, name: string, days: number, delivery = {}) => ({
  ...{ apiVersion: 'callbots.dev/v1alpha1', kind: 'RetentionPolicy', metadata: { name, namespace } },
  spec: {
    rules: [...CLASSES, 'Diagnostics'].map((each) => ({ class: each, days })),
    collect: ['carte', 'nom'].map((field) => ({ field, purpose: 'to pay', legalBasis: 'Consent' })),
    ...delivery,
  },
})

const deliveryTo = (url: string) => ({
  delivery: {
    webhook: { url, tls: { caSecretRef: { name: 'crm', key: 'ca.crt' }, serverName: 'localhost' } },
    classes: CLASSES,
    signingSecretRef: { name: 'crm' },
  },
})
