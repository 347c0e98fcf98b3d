/** Leaks that are made on purpose, one for each surface and form: a search that misses one is blind. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { gzipSync } from 'node:zlib'
import { kubectlCommand } from '../../../hack/calls/conversation.ts'
import { toolImage } from '../../../hack/cluster/settings.ts'
import { formsOfDigits, patternsOf } from '../octet-search/forms.ts'
import type { Pattern } from '../octet-search/matcher.ts'
import { applyManifests, kube } from '../three-zones.ts'

export const SURFACES = {
  layer: '33960518274',
  'deleted file': '33961627385',
  volume: '33962736496',
  'volume in memory': '33963845507',
  'pod log': '33964954618',
  'object that is gone': '33966063729',
  event: '33967172830',
  'memory of a program': '33968281941',
} as const
type Surface = keyof typeof SURFACES

/** What can't pass by a surface. An event and a variable of a shell are text; a log ends its lines at each line end. */
const TEXT_ONLY: readonly Surface[] = ['event', 'memory of a program']
const isText = ({ octets }: Pattern) => octets.every((octet) => octet >= 32 && octet < 127)
const hasLineEnd = ({ octets }: Pattern) => octets.includes(10)

/** One pattern of each form that the surface can hold. */
export function plantsOf(surface: Surface): Pattern[] {
  const byForm = new Map<string, Pattern>()
  for (const pattern of patternsOf(surface, formsOfDigits(SURFACES[surface]))) {
    const fits = (!TEXT_ONLY.includes(surface) || isText(pattern)) && !(surface === 'pod log' && hasLineEnd(pattern))
    if (fits && !byForm.has(pattern.name)) byForm.set(pattern.name, pattern)
  }
  return [...byForm.values()]
}

export const patternsOfPlants = (): Pattern[] =>
  (Object.keys(SURFACES) as Surface[]).flatMap((surface) => patternsOf(surface, formsOfDigits(SURFACES[surface])))

/** Names of the finds that a search owes: each surface and form, and one in a gzip stream. */
export const owed = (): string[] => [
  ...(Object.keys(SURFACES) as Surface[]).flatMap((surface) => plantsOf(surface).map(({ name }) => name)),
  'layer/UTF-8, in gzip',
]

/** What is written: between the forms stands something else. */
const payload = (surface: Surface, between: string) =>
  Buffer.concat(
    plantsOf(surface).flatMap(({ octets, any }) => {
      const copy = Buffer.from(octets)
      if (any !== undefined) copy[any] = 0x41
      return [copy, Buffer.from(between)]
    }),
  )

/** Makes all of them, in a namespace of their own. */
export async function plantLeaks(namespace: string): Promise<void> {
  await applyManifests(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    leaker(namespace),
    objectThatGoes(namespace),
    eventOf(namespace),
  )
  await kube('wait', 'pod', 'leaker', '-n', namespace, '--for=condition=Ready', '--timeout=90s')
  const write = (surface: Surface, command: string, octets = payload(surface, '\n#\n')) =>
    runIn(namespace, command, octets)
  await write('layer', 'cat > /leak')
  await write('layer', 'cat > /leak.gz', gzipSync(`caller ${SURFACES.layer}`))
  await write('volume', 'cat > /disk/leak')
  await write('volume in memory', 'cat > /memory/leak')
  await write('deleted file', 'cat > /deleted && sync /deleted && rm /deleted')
  await write('pod log', 'cat > /proc/1/fd/1', payload('pod log', '\n'))
  await write(
    'memory of a program',
    'held=$(cat); (while :; do sleep 1; done; echo "$held" >/dev/null) >/dev/null 2>&1 &',
  )
  await kube('delete', 'configmap', 'gone', '-n', namespace)
  execFileSync('sync')
}

async function runIn(namespace: string, command: string, input: Buffer): Promise<void> {
  const [kubectl, ...flags] = kubectlCommand()
  const args = [...flags, 'exec', '-i', 'leaker', '-n', namespace, '--', 'sh', '-c', command]
  const child = spawn(kubectl!, args, { stdio: ['pipe', 'ignore', 'inherit'] })
  child.stdin.end(input)
  const [code] = (await once(child, 'exit')) as [number]
  if (code !== 0) throw new Error(`${command} failed with code ${code}`)
}

const leaker = (namespace: string) => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'leaker', namespace } },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        ...{ name: 'leaker', image: toolImage, imagePullPolicy: 'IfNotPresent' },
        command: ['sh', '-c', 'while :; do sleep 1; done'],
        securityContext: { runAsUser: 0 },
        volumeMounts: [
          { name: 'disk', mountPath: '/disk' },
          { name: 'memory', mountPath: '/memory' },
        ],
      },
    ],
    volumes: [
      { name: 'disk', emptyDir: {} },
      { name: 'memory', emptyDir: { medium: 'Memory' } },
    ],
  },
})

const objectThatGoes = (namespace: string) => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'gone', namespace } },
  binaryData: { leak: payload('object that is gone', '\n#\n').toString('base64') },
})

const eventOf = (namespace: string) => ({
  ...{ apiVersion: 'v1', kind: 'Event', metadata: { name: 'leak', namespace } },
  involvedObject: { kind: 'Pod', name: 'leaker', namespace },
  ...{ type: 'Normal', reason: 'Leak', message: payload('event', ' # ').toString() },
})
