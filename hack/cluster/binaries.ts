/**
 * The cluster's binaries, built from the Go module proxy by the go.mod files beside this folder. Each module's binaries
 * sit in a cache folder named by the hash of its go.mod, go.sum and own programs; a build goes to a folder of its own that is renamed
 * when it is whole, so an interrupted one leaves nothing that looks finished.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cacheDir, repo } from './settings.ts'
import { say, step } from './progress.ts'
import { run } from './shell.ts'

export type Module = {
  /** Folder with go.mod, from the repo's root. */
  folder: string
  /** Import path of each main package, by the name of its binary. */
  binaries: Record<string, string>
  ldflags?: string
}

const strip = '-s -w'
const kubeVersion = 'v1.35.4'
const versionPackage = 'k8s.io/component-base/version'

export const kubernetes: Module = {
  folder: 'hack/kubernetes',
  ldflags: `${strip} -X ${versionPackage}.gitVersion=${kubeVersion} -X ${versionPackage}.gitMajor=1 -X ${versionPackage}.gitMinor=35`,
  binaries: {
    etcd: 'go.etcd.io/etcd/server/v3',
    'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
    'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
    'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
    kubelet: 'k8s.io/kubernetes/cmd/kubelet',
    'kube-proxy': 'k8s.io/kubernetes/cmd/kube-proxy',
    kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  },
}
/** A `main.go` of ours, with the plugins of our Corefile. */
export const coredns: Module = { folder: 'hack/tools/coredns', binaries: { coredns: '.' } }
export const kubeRouter: Module = {
  folder: 'hack/tools/kube-router',
  binaries: { 'kube-router': 'github.com/cloudnativelabs/kube-router/v2/cmd/kube-router' },
}
/** That of k8s.io/client-go in hack/helm/go.mod: helm compares it with the kubeVersion of a chart, and is of 1.20 without (its Makefile sets the same). */
const helmKube = ['chartutil', 'lint/rules']
  .map((name) => `helm.sh/helm/v3/pkg/${name}.k8sVersion`)
  .flatMap((name) => [`-X ${name}Major=1`, `-X ${name}Minor=36`])
  .join(' ')
export const helm: Module = {
  folder: 'hack/helm',
  ldflags: `${strip} -X helm.sh/helm/v3/internal/version.version=v3.21.4 ${helmKube}`,
  binaries: { helm: 'helm.sh/helm/v3/cmd/helm' },
}
export const kubeconform: Module = {
  folder: 'hack/tools/kubeconform',
  binaries: { kubeconform: 'github.com/yannh/kubeconform/cmd/kubeconform' },
}
/** What `make audit` needs. */
export const kubeScore: Module = {
  folder: 'hack/tools/kube-score',
  binaries: { 'kube-score': 'github.com/zegl/kube-score/cmd/kube-score' },
}
export const gitleaks: Module = {
  folder: 'hack/tools/gitleaks',
  binaries: { gitleaks: 'github.com/zricethezav/gitleaks/v8' },
}
/** What `make release-check` needs: one signs and verifies, one pushes, one reads the workflow. */
export const cosign: Module = {
  folder: 'hack/tools/cosign',
  ldflags: `${strip} -X sigs.k8s.io/release-utils/version.gitVersion=v3.1.3`,
  binaries: { cosign: 'github.com/sigstore/cosign/v3/cmd/cosign' },
}
export const crane: Module = {
  folder: 'hack/tools/crane',
  binaries: { crane: 'github.com/google/go-containerregistry/cmd/crane' },
}
export const actionlint: Module = {
  folder: 'hack/tools/actionlint',
  binaries: { actionlint: 'github.com/rhysd/actionlint/cmd/actionlint' },
}
/** The schedules of Kubernetes' CronJobs, as a peer of ours. */
export const cronPeer: Module = { folder: 'hack/tools/cron-peer', binaries: { 'cron-peer': '.' } }

/** What `up` needs; the others are built when somebody asks for them. */
export const clusterModules = [kubernetes, coredns, kubeRouter, helm]
export const allModules = [...clusterModules, kubeconform]

/** The folder of the module's finished binaries; it exists only when they are all there. */
export function binDir(module: Module): string {
  const hash = createHash('sha256').update(module.ldflags ?? strip)
  const own = readdirSync(join(repo, module.folder)).filter((file) => file.endsWith('.go'))
  for (const file of ['go.mod', 'go.sum', ...own.sort()]) hash.update(readFileSync(join(repo, module.folder, file)))
  return join(cacheDir, 'bin', `${module.folder.split('/').at(-1)}-${hash.digest('hex').slice(0, 12)}`)
}

/** Path of one binary, built or not. */
export function binary(module: Module, name: string): string {
  return join(binDir(module), name)
}

/** Builds what is missing. About 7 minutes on two cores the first time, nothing after that. */
export async function ensureBinaries(modules: readonly Module[]): Promise<void> {
  for (const module of modules) if (!existsSync(binDir(module))) await build(module)
}

/** The compiler collects garbage for a fifth of its time by default; with more memory for it, a build is as much shorter. */
const BUILDING = { CGO_ENABLED: '0', GOGC: '400' }

async function build(module: Module): Promise<void> {
  const finished = binDir(module)
  const unfinished = `${finished}.${process.pid}.building`
  mkdirSync(unfinished, { recursive: true })
  const logFile = join(cacheDir, 'build.log')
  say(`building ${module.folder} (once; its log is ${logFile})`)
  for (const { names, args } of buildsOf(module, unfinished))
    await step(`  go build ${names.join(', ')}`, () =>
      run('go', ['build', '-trimpath', '-ldflags', module.ldflags ?? strip, ...args], {
        ...{ cwd: join(repo, module.folder), env: BUILDING, logFile },
      }),
    )
  rmSync(finished, { recursive: true, force: true })
  renameSync(unfinished, finished)
}

type Main = [name: string, mainPackage: string]
interface Build {
  names: string[]
  args: string[]
}

/** As few commands as can be: while one binary is linked, which takes one core, packages of the next are compiled. */
function buildsOf({ binaries }: Module, into: string): Build[] {
  const isNamedByItsFolder = ([name, mainPackage]: Main) => mainPackage.endsWith(`/${name}`)
  const all = Object.entries(binaries)
  const together = all.filter(isNamedByItsFolder)
  const alone = all.filter((each) => !isNamedByItsFolder(each))
  const names = together.map(([name]) => name)
  return [
    ...alone.map(([name, mainPackage]) => ({ names: [name], args: ['-o', join(into, name), mainPackage] })),
    ...(names.length > 0 ? [{ names, args: ['-o', `${into}/`, ...together.map(([, of]) => of)] }] : []),
  ]
}
