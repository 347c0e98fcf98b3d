import { parseAllDocuments } from 'yaml'
import type { Callbot } from './callbot.ts'
import type { Integration } from './integration.ts'
import { parseObject, type Problem } from './parse.ts'
import type { RetentionPolicy } from './retention-policy.ts'

/** What files of manifests declare of our kinds, and the ConfigMaps that dialogs may stand in. */
export interface Manifests {
  readonly bots: readonly Callbot[]
  readonly integrations: readonly Integration[]
  readonly policies: readonly RetentionPolicy[]
  readonly configMaps: readonly ConfigMap[]
  /** What the API server would refuse. The path begins with the file and the document. */
  readonly problems: readonly Problem[]
}

export interface ConfigMap {
  readonly kind: 'ConfigMap'
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly data?: Readonly<Record<string, string>>
}

export type Ours = Callbot | Integration | RetentionPolicy

/** Reads manifests as `kubectl apply` takes them; kinds of others are passed over. */
export function readManifests(files: readonly { readonly name: string; readonly text: string }[]): Manifests {
  const problems: Problem[] = []
  const ours: Ours[] = []
  const configMaps: ConfigMap[] = []
  for (const { name, text } of files) {
    parseAllDocuments(text).forEach((document, index) => {
      const where = `${name}, document ${index + 1}`
      const [fault] = document.errors
      if (fault !== undefined) return void problems.push({ path: where, message: fault.message })
      const raw: unknown = document.toJS()
      const { apiVersion, kind } = (raw ?? {}) as { apiVersion?: unknown; kind?: unknown }
      if (kind === 'ConfigMap') return void configMaps.push(raw as ConfigMap)
      if (typeof apiVersion !== 'string' || !apiVersion.startsWith('callbots.dev/')) return
      const parsed = parseObject(raw)
      if ('value' in parsed) ours.push(parsed.value as unknown as Ours)
      else problems.push(...parsed.problems.map(({ path, message }) => ({ path: `${where}: ${path}`, message })))
    })
  }
  const ofKind = <T extends Ours>(kind: T['kind']) => ours.filter((object): object is T => object.kind === kind)
  return {
    bots: ofKind<Callbot>('Callbot'),
    integrations: ofKind<Integration>('Integration'),
    policies: ofKind<RetentionPolicy>('RetentionPolicy'),
    configMaps,
    problems,
  }
}
