/** `node hack/cluster/main.ts VERB`: the local three-zone cluster. The Makefile calls it; people may too. */
import { Command } from 'commander'
import { allModules, binDir, ensureBinaries, kubernetes } from './binaries.ts'
import { checkCurrent, printHowToPush } from './current.ts'
import { down } from './down.ts'
import * as faults from './faults.ts'
import { images, prepareContexts } from './image.ts'
import { withLock } from './lock.ts'
import { preflight, refuseUnlessRoot } from './preflight.ts'
import { say } from './progress.ts'
import { ready } from './ready.ts'
import { kubeconfigFile, usesCurrentCluster, zones } from './settings.ts'
import { status } from './status.ts'
import { up } from './up.ts'

// Root's programs, also when root was reached by a plain `su`, and Go where its installer puts it.
process.env['PATH'] = `${process.env['PATH']}:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/go/bin`

const program = new Command('cluster').description(
  'A real three-zone Kubernetes on this machine, and faults to try on it. With CLUSTER=current nothing here is touched: the cluster of $KUBECONFIG is used.',
)

program
  .command('up')
  .description('start the cluster, or repair it (also undoes faults); the first time takes about 8 minutes')
  .action(async () => {
    if (usesCurrentCluster) return checkCurrent()
    await preflight()
    await withLock(up)
    say(`healthy: Kubernetes in ${zones.length} zones; export KUBECONFIG=${kubeconfigFile}`)
  })

program
  .command('images')
  .description('build the project image and bring it into all zones, if anything changed')
  .action(async () => {
    if (usesCurrentCluster) return printHowToPush()
    await preflight()
    await withLock(images)
  })

program
  .command('ready')
  .description('up and images; what is built the first time is built at the same time, about 12 minutes')
  .action(async () => {
    if (usesCurrentCluster) {
      await checkCurrent()
      return printHowToPush()
    }
    await ready()
  })

program
  .command('image-context')
  .description('prepare out/image and out/speech, which the Dockerfiles need; for use with any image builder')
  .action(prepareContexts)

program
  .command('tools')
  .description('build kubectl, helm and kubeconform too, and print the folders they are in')
  .action(async () => {
    await withLock(() => ensureBinaries(allModules))
    for (const module of allModules) console.log(binDir(module))
  })

program
  .command('status')
  .description('show what runs and what is broken; exit code 0 means healthy')
  .action(async () => {
    if (usesCurrentCluster) return checkCurrent()
    const { healthy, text } = await status()
    console.log(text)
    process.exitCode = healthy ? 0 : 1
  })

program
  .command('down')
  .description('remove the cluster without a trace, also after a crash; binaries and base images stay in the cache')
  .option('--purge', 'remove the cache too')
  .action(async ({ purge }: { purge?: boolean }) => {
    if (usesCurrentCluster) return console.log('CLUSTER=current: your cluster is left as it is')
    refuseUnlessRoot()
    await withLock(() => down(purge === true))
    say('no trace left')
  })

/** A verb that injects or removes a fault. Never on a cluster that is not ours. */
function fault(usage: string, description: string, act: (...args: string[]) => Promise<void> | void): void {
  program
    .command(usage)
    .description(description)
    .action(async (...given: unknown[]) => {
      if (usesCurrentCluster) throw new Error('CLUSTER=current: faults are made only in the local cluster')
      refuseUnlessRoot()
      await act(...given.filter((each) => typeof each === 'string'))
    })
}

/** "namespace/pod" */
function podNamed(text: string): [string, string] {
  const [namespace, pod] = text.split('/')
  if (!namespace || !pod) throw new Error(`"${text}" is no NAMESPACE/POD`)
  return [namespace, pod]
}

fault('cut <zone>', "lift the zone's cable: no API server, no other zone", faults.cutZone)
fault('heal [zone]', 'undo cut and freeze of a zone, or every fault', async (zone?: string) => {
  if (zone === undefined) return faults.healAll()
  await faults.thawZone(zone)
  await faults.healZone(zone)
})
fault('freeze <zone>', 'stop every process of the zone where it stands', faults.freezeZone)
fault('thaw <zone>', 'let a frozen zone go on', faults.thawZone)
fault('kill <namespace/pod> [container]', 'SIGKILL for the main process of a container', (pod, container) =>
  faults.killPod(...podNamed(pod!), container),
)
fault('freeze-pod <namespace/pod>', 'SIGSTOP for all processes of the pod', (pod) =>
  faults.freezePod(...podNamed(pod!)),
)
fault('thaw-pod <namespace/pod>', 'SIGCONT for them', (pod) => faults.thawPod(...podNamed(pod!)))

fault(
  'clock <namespace/pod> <ahead|behind> <seconds>',
  'set the wall clocks of all its processes',
  (pod, way, seconds) => faults.setClocks([podNamed(pod!)], Number(seconds) * (way === 'behind' ? -1 : 1)),
)

const apiActs: Record<string, () => Promise<void> | void> = {
  stop: faults.stopApi,
  start: faults.startApi,
  freeze: faults.freezeApi,
  thaw: faults.thawApi,
}
fault('api <stop|start|freeze|thaw>', 'end, start, freeze or thaw the API server', async (what) => {
  const act = apiActs[what!]
  if (!act) throw new Error(`api ${what}: use one of ${Object.keys(apiActs).join(', ')}`)
  await act()
})

program
  .command('bin')
  .description('print the folder with kubectl')
  .action(() => console.log(binDir(kubernetes)))

program.parseAsync().catch((error: Error) => {
  console.error(`cluster: ${error.message}`)
  if (process.env['DEBUG']) console.error(error)
  process.exitCode = 1
})
