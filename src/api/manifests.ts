import { LineCounter, parseAllDocuments } from 'yaml'
import type { Callbot } from './callbot.ts'
import type { Integration } from './integration.ts'
import { parseObject, type Problem } from './parse.ts'
import { locatedAt, placeAt, placeOf, showPlace, type Source } from './places.ts'
import type { RetentionPolicy } from './retention-policy.ts'

/** What files of manifests declare of our kinds, and the ConfigMaps that dialogs may stand in. */
export interface Manifests {
  readonly bots: readonly Callbot[]
  readonly integrations: readonly Integration[]
  readonly policies: readonly RetentionPolicy[]
  readonly configMaps: readonly ConfigMap[]
  /** What the API server would refuse. The path begins with the place in the file. */
  readonly problems: readonly Problem[]
  /** The document that declares one of the objects. */
  sourceOf(object: Ours | ConfigMap): Source
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
  const sources = new Map<Ours | ConfigMap, Source>()
  const add = <T extends Ours | ConfigMap>(to: T[], object: T, source: Source) => {
    to.push(object)
    sources.set(object, source)
  }
  for (const { name: file, text } of files) {
    const lines = new LineCounter()
    for (const document of parseAllDocuments(text, { lineCounter: lines, prettyErrors: false })) {
      const source = { file, text, document, lines }
      const [fault] = document.errors
      if (fault !== undefined) {
        problems.push({ path: showPlace(placeAt(source, fault.pos[0])), message: fault.message })
        continue
      }
      const raw: unknown = document.toJS()
      const { apiVersion, kind } = (raw ?? {}) as { apiVersion?: unknown; kind?: unknown }
      if (kind === 'ConfigMap') add(configMaps, raw as ConfigMap, source)
      if (typeof apiVersion !== 'string' || !apiVersion.startsWith('callbots.dev/')) continue
      const parsed = parseObject(raw)
      if ('value' in parsed) add(ours, parsed.value as unknown as Ours, source)
      else problems.push(...parsed.problems.map((each) => locatedAt(placeOf(source, each.path), each)))
    }
  }
  const ofKind = <T extends Ours>(kind: T['kind']) => ours.filter((object): object is T => object.kind === kind)
  return {
    bots: ofKind<Callbot>('Callbot'),
    integrations: ofKind<Integration>('Integration'),
    policies: ofKind<RetentionPolicy>('RetentionPolicy'),
    configMaps,
    problems,
    sourceOf: (object) => sources.get(object)!,
  }
}
