// @seconds 30
import { expect } from 'chai'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chartDir, helm, kubectl, operatorNamespace, release } from '../../../hack/chart.ts'
import { startBareApiServer } from '../../../hack/cluster/bare.ts'
import { binary, helm as helmModule } from '../../../hack/cluster/binaries.ts'
import { repo } from '../../../hack/cluster/settings.ts'
import { tryRun, until } from '../../../hack/cluster/shell.ts'
import { installChart, uninstallChart } from '../../../hack/install.ts'

const kinds = ['callbots', 'integrations', 'retentionpolicies', 'failoverdrills'].map((name) => `${name}.callbots.dev`)

describe('an install', function () {
  this.timeout(120_000)
  let server: Awaited<ReturnType<typeof startBareApiServer>>
  let folder: string

  const kubeconfig = () => server.kubeconfig
  const ask = (...args: string[]) => kubectl(['--kubeconfig', kubeconfig(), ...args])
  const names = async (...args: string[]) => (await ask('get', ...args, '-o', 'name')).trim().split('\n').sort()
  const installed = () => names('crd')
  const expectKinds = async () => expect(await installed()).to.deep.equal(kinds.map((name) => `${crd}/${name}`).sort())
  const crd = 'customresourcedefinition.apiextensions.k8s.io'
  /**
   * Kubernetes takes a conflict in the end of a kind for a change that it will hear of. Where it has heard of it before, the kind stays until
   * the next change (apiextensions-apiserver, crd_finalizer.go).
   */
  const kindsGo = async () => {
    const gone = () => ask('wait', '--for=delete', 'crd', ...kinds, '--timeout=20s')
    await gone().catch(async () => {
      await ask('annotate', ...(await installed()), 'callbots.dev/touched=true')
      await gone()
    })
  }

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'callbot-chart-'))
    server = await startBareApiServer({ dir: join(folder, 'server') })
  })
  after(async () => {
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** The chart as an earlier version may have been: one kind is missing, another lacks its columns. */
  const earlierChart = () => {
    const earlier = join(folder, 'earlier')
    cpSync(chartDir, earlier, { recursive: true })
    const crds = join(earlier, 'files', 'crds')
    rmSync(join(crds, 'failoverdrills.callbots.dev.yaml'))
    const file = join(crds, 'callbots.callbots.dev.yaml')
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replaceAll('name: FALLBACK\n', 'name: OLD\n'))
    return earlier
  }
  const columns = () =>
    ask('get', 'crd', kinds[0]!, '-o', 'jsonpath={.spec.versions[0].additionalPrinterColumns[*].name}')

  it('brings the kinds, and the API server serves them', async () => {
    await installChart({ kubeconfig: kubeconfig(), chart: earlierChart(), wait: false })
    await ask('wait', '--for=condition=Established', `crd/${kinds[0]}`, '--timeout=20s')
    expect(await installed()).to.have.lengthOf(3)
    expect(await columns()).to.include('OLD')
    expect(await ask('get', 'callbots', '-A')).to.equal('')
  })

  it('upgrades the kinds with the chart, and brings those that are new', async () => {
    await installChart({ kubeconfig: kubeconfig(), wait: false })
    await expectKinds()
    expect(await columns())
      .to.include('FALLBACK')
      .and.not.to.include('OLD')
  })

  it('goes through after an upgrade that was killed in the middle, which helm alone takes for one that goes on', async () => {
    const pending = ['-n', operatorNamespace, '-l', 'owner=helm,status=pending-upgrade']
    const args = ['--kubeconfig', kubeconfig(), 'upgrade', release, chartDir, '-n', operatorNamespace, '--wait']
    const killed = new AbortController()
    const upgrade = tryRun(binary(helmModule, 'helm'), args, { signal: killed.signal, endBy: ['SIGKILL'] })
    await until('helm to be at work', 60, async () => (await ask('get', 'secrets', ...pending, '-o', 'name')) !== '')
    killed.abort()
    expect((await upgrade).code).to.not.equal(0)
    await installChart({ kubeconfig: kubeconfig(), wait: false })
    await expectKinds()
    expect(await helm(['--kubeconfig', kubeconfig(), 'status', release, '-n', operatorNamespace])).to.include(
      'STATUS: deployed',
    )
  })

  it('at host ports is refused with the cure where the namespace does not admit them, and goes through where it does', async () => {
    const sets = ['edge.media.mode=Relay', 'edge.expose=HostPort'].flatMap((each) => ['--set', each])
    const refused = await helm([
      ...['--kubeconfig', kubeconfig(), 'upgrade', release, chartDir, '-n', operatorNamespace, ...sets],
    ]).then(
      () => 'upgraded without complaint',
      (error: Error) => error.message,
    )
    expect(refused).to.include('enforces the Pod Security level restricted, which admits no host ports')
    expect(refused).to.include(
      `kubectl label namespace ${operatorNamespace} pod-security.kubernetes.io/enforce=privileged --overwrite`,
    )
    expect(await names('deployments', '-n', operatorNamespace)).to.include('deployment.apps/callbot-edge')
    const edge = { expose: 'HostPort', media: { mode: 'Relay' } }
    await installChart({ kubeconfig: kubeconfig(), wait: false, values: { edge } })
    expect(await names('deployments', '-n', operatorNamespace))
      .to.include('deployment.apps/callbot-edge-host')
      .and.not.to.include('deployment.apps/callbot-edge')
    await installChart({ kubeconfig: kubeconfig(), wait: false })
  })

  it('fits into the Secret that helm keeps it in, with room for two times as much', async () => {
    const secrets = await ask('-n', operatorNamespace, 'get', 'secrets', '-o', 'json')
    const { items } = JSON.parse(secrets) as { items: { data: Record<string, string> }[] }
    const largest = Math.max(...items.map(({ data }) => Object.values(data).join('').length))
    // A Secret holds 1 MiB at most (core/v1 Secret, MaxSecretSize).
    expect(largest).to.be.lessThan(1_048_576 / 2)
  })

  it('writes nothing when it is repeated', async () => {
    const versions = () =>
      ask(
        'get',
        'crd,clusterrole,clusterrolebinding,deploy,svc,netpol,pdb,sa,role,rolebinding',
        '-n',
        operatorNamespace,
        '-o',
        'jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion}{"\\n"}{end}',
      )
    const before = await versions()
    await installChart({ kubeconfig: kubeconfig(), wait: false })
    expect(await versions()).to.equal(before)
  })

  describe('and an uninstall', () => {
    it('leaves the kinds and every object of theirs, and says so', async () => {
      await ask('apply', '--server-side', '-f', join(repo, 'config', 'samples'))
      const before = await names('callbots,integrations,retentionpolicies', '-A')
      expect(before).to.not.be.empty
      const said = await uninstallChart({ kubeconfig: kubeconfig() })
      for (const kind of kinds) expect(said).to.include(kind)
      await expectKinds()
      expect(await names('callbots,integrations,retentionpolicies', '-A')).to.deep.equal(before)
    })

    it('leaves nothing else but the namespace and the watch on the lease', async () => {
      const ours = ['-l', 'app.kubernetes.io/part-of=callbot']
      expect(await ask('get', 'deploy,svc,sa,netpol,pdb,role,rolebinding', '-A', ...ours)).to.equal('')
      expect(await ask('get', 'clusterrole,clusterrolebinding', ...ours)).to.equal('')
      const policies = await names('validatingadmissionpolicy,validatingadmissionpolicybinding', ...ours)
      expect(policies).to.have.lengthOf(2)
      for (const policy of policies) expect(policy).to.match(/[/]callbot-operator-lease-watch$/)
    })

    const versions = () => ask('get', 'callbots', '-A', '-o', 'jsonpath={.items[*].metadata.resourceVersion}')
    it('is undone by the next install, which takes up what is there', async () => {
      const before = await versions()
      await installChart({ kubeconfig: kubeconfig(), wait: false })
      await expectKinds()
      expect(await versions()).to.equal(before)
    })

    it('never waits for an operator: without one the kinds go at once', async () => {
      await ask('delete', 'crd', ...kinds, '--wait=false')
      await kindsGo()
      expect(await ask('get', 'crd')).to.equal('')
      await uninstallChart({ kubeconfig: kubeconfig() })
    })
  })

  describe('without helm', () => {
    // What an install with helm left has helm as its owner.
    before(() => ask('apply', '--server-side', '--force-conflicts', '-k', join(repo, 'config', 'base')))

    it('brings the kinds too', expectKinds)

    it('can be taken away while the kinds stay', async () => {
      await ask('delete', '-k', join(repo, 'config', 'base', 'operator'), '--timeout=30s')
      await expectKinds()
      expect(await names('namespace', operatorNamespace)).to.deep.equal([`namespace/${operatorNamespace}`])
    })

    it('goes whole with config/base', async () => {
      await ask('apply', '--server-side', '-k', join(repo, 'config', 'base'))
      await ask('delete', '-k', join(repo, 'config', 'base'), '--wait=false')
      await kindsGo()
    })
  })
})
