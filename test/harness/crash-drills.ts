import { expect } from 'chai'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import type { FailoverDrillStatus } from '../../src/api/failover-drill.ts'
import { FAILOVER_DRILLS } from '../../src/api/kinds.ts'
import type { Manifest, Raw } from '../../src/kube/raw-object.ts'
import { resources } from '../../src/kube/resources.ts'
import { digestOf } from '../../src/rules/drill/envelope.ts'
import { RECORD_FILE } from '../../src/rules/drill/record.ts'
import { CLIENT, type Stage } from './crash-stage.ts'
import { brokenLaws } from './status-laws.ts'

const NAME = 'essai'

/** A drill by checks alone, of an Integration without a backup: so it needs no edges, and ends at once. */
export async function makeDrill({ api }: Stage): Promise<void> {
  const spec = { integrationRef: { name: 'cabinet' }, side: 'SIP', scenario: 'Blackhole', mode: 'DryRun' }
  const metadata = { name: NAME, namespace: CLIENT }
  await api.kube.create({ apiVersion: 'callbots.dev/v1alpha1', kind: 'FailoverDrill', metadata, spec } as Manifest)
}

export const removeDrill = ({ api }: Stage) => api.kube.remove(FAILOVER_DRILLS, CLIENT, NAME)

/** Every drill has ended, with a result that it keeps and a record, and nothing holds it. */
export async function checkDrills({ api }: Stage): Promise<void> {
  for await (const drill of api.kube.list(FAILOVER_DRILLS, { namespace: CLIENT })) {
    const { verdict, because, state, evidence } = (drill.status ?? {}) as FailoverDrillStatus
    expect(`${state} ${verdict}: ${because}`).to.match(/^Ended Failed: Integration cabinet has no backup/)
    expect(brokenLaws(drill), 'broken laws of the drill').to.deep.equal([])
    expect(drill.metadata.finalizers ?? [], 'finalizers of the drill').to.deep.equal([])
    expect(evidence, 'the record of the drill').to.not.equal(undefined)
    const record = await api.kube.get(resources.configMaps, CLIENT, evidence!.configMap)
    expect(digestOf((record['data'] as Record<string, string>)[RECORD_FILE]!)).to.equal(evidence!.digest)
  }
}

/** There is one key, and its public half is published. */
export function checkEvidenceKey(pem: string | undefined, published: readonly Raw[]): void {
  expect(pem, 'the key of records').to.be.a('string')
  const half = createPublicKey(createPrivateKey(pem!)).export({ type: 'spki', format: 'pem' })
  const texts = published.map((raw) => (raw['data'] as Record<string, string>)['public.pem'])
  expect(texts, 'public keys of records').to.deep.equal([half])
}
