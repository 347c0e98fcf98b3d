/** The chart of a rehearsed release, as a person takes it from a registry: rendered without a cluster, and installed on the local one. */
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { helm, kubectl, kubeVersion, operatorNamespace, release as releaseName } from '../chart.ts'
import { applyClient } from '../client/apply.ts'
import { step } from '../cluster/progress.ts'
import { kubeconfigFile, repo, zones } from '../cluster/settings.ts'
import { ctr } from '../cluster/zone.ts'
import { DRILL_SAMPLE } from '../demo-drill.ts'
import { recordsValues } from '../demo-records.ts'
import { installChart, talkingValues, waitReady } from '../install.ts'

const NAMESPACE = 'cabinet-des-lilas'
const BOT = 'rendez-vous'
const kube = (...args: string[]) => kubectl(['--kubeconfig', kubeconfigFile, ...args])
const everything = ['records.enabled=true', 'edge.media.mode=Relay', 'speech.enabled=true']

/**
 * Every image that the chart in the registry names when all of it is enabled.
 * @param chart reference by digest
 */
export async function imagesOfChart(chart: string): Promise<string[]> {
  const set = everything.flatMap((each) => ['--set', each])
  const args = [
    'template',
    releaseName,
    `oci://${chart}`,
    '--plain-http',
    '-n',
    operatorNamespace,
    ...kubeVersion(),
    ...set,
  ]
  const rendered = await helm(args)
  return [
    ...new Set([...rendered.matchAll(/^\s*(?:- )?image: ['"]?([^\s'"]+)/gm)].map(([, image]) => image!)),
  ].toSorted()
}

/**
 * Installs it, and waits until the sample bot is Ready.
 * @param references of the images that were signed
 * @returns what kubectl shows of the bot
 * @throws when it doesn't get Ready, or a pod has an image that isn't among them
 */
export async function installFromRegistry(chart: string, references: readonly string[]): Promise<string> {
  await step('images from the registry into three zones', () => pullEverywhere(references))
  await step('the chart from the registry', async () => {
    await installChart({ chart: `oci://${chart}`, values: { ...talkingValues, ...recordsValues }, timeoutSeconds: 420 })
    await waitReady()
  })
  await step('the samples are Ready', async () => {
    const samples = globSync(join(repo, 'config', 'samples', '*.yaml')).toSorted()
    const files = samples.filter((file) => !file.endsWith(DRILL_SAMPLE)).flatMap((file) => ['-f', file])
    await kube('apply', '--server-side', ...files)
    await applyClient(kubeconfigFile, NAMESPACE)
    await kube('wait', 'callbot', BOT, '-n', NAMESPACE, '--for=condition=Ready', '--timeout=180s')
    // Bots of an earlier installation roll.
    await kube('rollout', 'status', `deployment/${BOT}`, '-n', NAMESPACE, '--timeout=180s')
  })
  await checkPods(references)
  return (await kube('get', 'callbot', BOT, '-n', NAMESPACE, '--no-headers')).trim()
}

/** The loopback interface of the zones' pods is another one, so containerd's client pulls on this machine. */
async function pullEverywhere(references: readonly string[]): Promise<void> {
  for (const zone of zones)
    for (const reference of references) await ctr(zone, 'images', 'pull', '--plain-http', reference)
}

interface Pod {
  metadata: { name: string; deletionTimestamp?: string }
  spec: { containers: { image: string }[] }
}

/** @throws when a pod of the installation runs another image than those */
async function checkPods(references: readonly string[]): Promise<void> {
  for (const namespace of [operatorNamespace, NAMESPACE]) {
    const { items } = JSON.parse(await kube('get', 'pods', '-n', namespace, '-o', 'json')) as { items: Pod[] }
    const others = items
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .flatMap(({ metadata, spec }) => spec.containers.map(({ image }) => ({ name: metadata.name, image })))
      .filter(({ image }) => !references.includes(image))
    if (others.length === 0) continue
    const said = others.map(({ name, image }) => `${name} in ${namespace} runs ${image}`).join(', ')
    throw new Error(`${said}: the release has no such image; make uninstall, and play it again`)
  }
}
