/** What has to be so before a release pushes anything. Each problem is a sentence with its cure. Pure. */
import { nodeModule, type Locks } from '../audit/bill.ts'
import { packagesOf } from '../cluster/debian-packages.ts'
import { RELEASED, repositoryOf } from './images.ts'

export interface Versions {
  /** Of Git, such as v0.1.0. */
  tag: string
  chart: { version: string; appVersion: string }
  /** Of package.json. */
  npm: string
  /** Of package-lock.json. */
  npmLock: string
}

/** The tag, the chart and the code have one version. */
export function checkVersions({ tag, chart, npm, npmLock }: Versions): string[] {
  const version = /^v(\d+\.\d+\.\d+(-[0-9a-z.-]+)?)$/.exec(tag)?.[1]
  if (version === undefined) return [`the tag ${tag || '(none)'} is no version: tag the commit as v${npm}`]
  const found = {
    'version of charts/callbot-operator/Chart.yaml': chart.version,
    'appVersion of charts/callbot-operator/Chart.yaml': chart.appVersion,
    'version of package.json': npm,
    'version of package-lock.json': npmLock,
  }
  return Object.entries(found)
    .filter(([, is]) => is !== version)
    .map(([what, is]) => `${what} is ${is}, the tag is ${tag}: set it to ${version}, or tag the commit that has ${is}`)
}

/** Each lock has what each image needs on each of its architectures. */
export function checkLocks(locks: Locks): string[] {
  return RELEASED.flatMap((image) =>
    image.architectures.flatMap((architecture) => {
      const locked = new Set(packagesOf(locks.debian[image.lock].packages, image.name, architecture).map((p) => p.name))
      const missing = image.packages.filter((name) => !locked.has(name))
      const node = `node_modules/${nodeModule(architecture)}`
      return [
        ...missing.map(
          (name) =>
            `hack/images/${image.lock} has no ${name} of ${architecture} for image ${image.name}: run make lock-packages`,
        ),
        ...(image.hasNode && locks.npm.packages[node] === undefined
          ? [
              `package-lock.json has no ${nodeModule(architecture)} for image ${image.name}: add it to optionalDependencies`,
            ]
          : []),
      ]
    }),
  )
}

/** A registry that clusters of others can reach. */
export function checkRegistry(registry: string): string[] {
  if (registry === '')
    return ['no registry is named: set the variable RELEASE_REGISTRY of the repository, such as ghcr.io/OWNER']
  if (!/^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)*$/.test(registry))
    return [`the registry ${registry} is not HOST[:PORT][/PATH] in small letters`]
  return isLoopback(registry)
    ? [`the registry ${registry} is on this machine: name one that clusters can pull from`]
    : []
}

const isLoopback = (text: string) => /^(localhost|127\.\d+\.\d+\.\d+)([:/]|$)/.test(text)

/**
 * The chart's defaults name the images of this release, by digest.
 * @param values of the chart, as they will be published
 */
export function checkValues(values: unknown, registry: string): string[] {
  const images = RELEASED.flatMap((image) => {
    const { repository, digest } = (at(values, image.value) ?? {}) as { repository?: string; digest?: string }
    const wanted = repositoryOf(registry, image)
    const path = image.value.join('.')
    return [
      ...(repository === wanted ? [] : [`${path}.repository of the chart is ${repository}, not ${wanted}`]),
      ...(/^sha256:[0-9a-f]{64}$/.test(digest ?? '') ? [] : [`${path}.digest of the chart is no digest: ${digest}`]),
    ]
  })
  const local = strings(values)
    .filter(({ text }) => isLoopback(text) && !text.startsWith(`${registry}/`))
    .map(({ path, text }) => `${path} of the chart is ${text}, which no cluster can reach: give it another default`)
  return [...images, ...local]
}

const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value)

function strings(value: unknown, path = ''): { path: string; text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => strings(inner, path === '' ? key : `${path}.${key}`))
}
