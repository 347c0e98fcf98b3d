import type { Toleration } from 'kubernetes-types/core/v1.d.ts'

/** What the chart says of all pods that the operator creates: where they run, how they get their image, what others read on them. */
export interface PodScheduling {
  readonly nodeSelector?: Readonly<Record<string, string>>
  readonly tolerations?: readonly Toleration[]
  readonly priorityClassName?: string
  /** Of Secrets that each namespace with such pods has. */
  readonly imagePullSecrets?: readonly { readonly name: string }[]
  readonly annotations?: Readonly<Record<string, string>>
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const areTexts = (value: unknown) => isObject(value) && Object.values(value).every((each) => typeof each === 'string')
const areObjects = (value: unknown) => Array.isArray(value) && value.every(isObject)

/** Shapes only: what a toleration may contain is decided by the API server. */
const MEMBERS: Record<keyof PodScheduling, (value: unknown) => boolean> = {
  nodeSelector: areTexts,
  tolerations: areObjects,
  priorityClassName: (value) => typeof value === 'string',
  imagePullSecrets: (value) =>
    areObjects(value) && (value as { name?: unknown }[]).every(({ name }) => typeof name === 'string'),
  annotations: areTexts,
}

/** Reads the JSON that the chart writes. @returns undefined for anything else */
export function readPodScheduling(text: string): PodScheduling | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (!isObject(value)) return undefined
    const isKnown = (name: string): name is keyof PodScheduling => Object.hasOwn(MEMBERS, name)
    return Object.entries(value).every(([name, each]) => isKnown(name) && MEMBERS[name](each)) ? value : undefined
  } catch {
    return undefined
  }
}
