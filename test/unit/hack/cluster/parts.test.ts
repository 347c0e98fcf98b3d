import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathOf } from '../../../../hack/cluster/addons.ts'
import {
  ensureDaemon,
  isRunning,
  pidOf,
  startTimeOf,
  stopRecorded,
  type Daemon,
} from '../../../../hack/cluster/daemons.ts'
import { mountPoints } from '../../../../hack/cluster/down.ts'
import { digestOfFiles } from '../../../../hack/cluster/digest.ts'
import { checkUser } from '../../../../hack/cluster/preflight.ts'
import { repo, zoneNamed, zones } from '../../../../hack/cluster/settings.ts'
import { run, tryRun, until } from '../../../../hack/cluster/shell.ts'
import { renderTable } from '../../../../hack/cluster/table.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'callbot-parts-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

describe('settings of the local cluster', () => {
  it('give no two zones the same name, node, address, namespace or folder', () => {
    for (const field of [
      'name',
      'node',
      'netns',
      'port',
      'address',
      'podCidr',
      'stateDir',
      'runDir',
      'socket',
    ] as const)
      expect(new Set(zones.map((zone) => zone[field])).size, field).to.equal(zones.length)
  })

  it('name the zones that there are when one does not exist', () => {
    expect(() => zoneNamed('zone-z')).to.throw('no zone "zone-z": use one of zone-a, zone-b, zone-c')
  })

  it('share nothing between two instances', async () => {
    const print = "import * as s from './hack/cluster/settings.ts'; console.log(JSON.stringify(s))"
    const valuesOf = async (instance: string) => {
      const env = { CLUSTER_INSTANCE: instance }
      const text = await run(process.execPath, ['--input-type=module', '-e', print], { cwd: repo, env })
      const s = JSON.parse(text) as typeof import('../../../../hack/cluster/settings.ts')
      const places = [s.stateDir, s.runDir, s.cgroupName, s.podCidr, s.serviceCidr, s.host.link, s.host.address]
      return [...places, ...Object.values(s.ports), ...Object.values(s.zones[0]!)]
    }
    const [zero, one] = [await valuesOf('0'), await valuesOf('1')]
    expect(one.filter((value) => zero.includes(value))).to.deep.equal(['zone-a', 'node-a', 'port-a'])
  })

  for (const [what, env, why] of [
    ['an instance', { CLUSTER_INSTANCE: '8' }, 'CLUSTER_INSTANCE must be a number from 0 to 7'],
    ['a network', { CLUSTER_NETWORK: 'flat' }, 'CLUSTER_NETWORK must be routed or overlay'],
  ] as const)
    it(`refuse ${what} that does not exist`, async () => {
      const { stderr } = await tryRun(process.execPath, [join(repo, 'hack/cluster/settings.ts')], { env })
      expect(stderr).to.contain(why)
    })
})

describe('a daemon', () => {
  const sleeper = (seconds: string): Daemon => ({
    name: 'sleeper',
    command: '/bin/sleep',
    args: [seconds],
    recordDir: join(dir, 'run'),
    logFile: join(dir, 'log'),
    endsWithCaller: true,
  })

  afterEach(() => stopRecorded(join(dir, 'run'), 'sleeper'))

  it('is started once, and not again while it runs', async () => {
    expect(await ensureDaemon(sleeper('100'))).to.equal(true)
    const pid = pidOf(join(dir, 'run'), 'sleeper')
    expect(await ensureDaemon(sleeper('100'))).to.equal(false)
    expect(pidOf(join(dir, 'run'), 'sleeper')).to.equal(pid)
  })

  it('is restarted when its flags changed', async () => {
    await ensureDaemon(sleeper('100'))
    const before = pidOf(join(dir, 'run'), 'sleeper')!
    expect(await ensureDaemon(sleeper('101'))).to.equal(true)
    expect(pidOf(join(dir, 'run'), 'sleeper')).not.to.equal(before)
    expect(startTimeOf(before)).to.equal(undefined)
  })

  it('is restarted when a config file of it changed, and finds the new one', async () => {
    const file = join(dir, 'config')
    await ensureDaemon({ ...sleeper('100'), files: { [file]: 'one' } })
    expect(await ensureDaemon({ ...sleeper('100'), files: { [file]: 'two' } })).to.equal(true)
    expect(readFileSync(file, 'utf8')).to.equal('two')
  })

  it('does not count as running when its record is of another boot or its pid of another process', async () => {
    await ensureDaemon(sleeper('100'))
    const file = join(dir, 'run', 'sleeper.json')
    const record = JSON.parse(readFileSync(file, 'utf8')) as { pid: number }
    writeFileSync(file, JSON.stringify({ ...record, bootId: 'another' }))
    expect(isRunning(join(dir, 'run'), 'sleeper')).to.equal(false)
    writeFileSync(file, JSON.stringify({ ...record, pid: process.pid }))
    expect(isRunning(join(dir, 'run'), 'sleeper')).to.equal(false)
    writeFileSync(file, JSON.stringify(record))
    expect(isRunning(join(dir, 'run'), 'sleeper')).to.equal(true)
  })

  it('does not count as running when its record was cut short', async () => {
    mkdirSync(join(dir, 'run'))
    writeFileSync(join(dir, 'run', 'sleeper.json'), '{"pid": 1')
    expect(isRunning(join(dir, 'run'), 'sleeper')).to.equal(false)
  })

  it('that is bound to its caller ends when the caller is killed', async () => {
    const module = join(repo, 'hack/cluster/daemons.ts')
    const program = `import { ensureDaemon } from '${module}'; await ensureDaemon(${JSON.stringify(sleeper('102'))}); console.log('started'); setInterval(() => 0, 1000)`
    const caller = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await new Promise((resolve) => caller.stdout.once('data', resolve))
    const pid = pidOf(join(dir, 'run'), 'sleeper')!
    expect(startTimeOf(pid)).to.be.a('string')
    caller.kill('SIGKILL')
    await until('its end', 5, () => startTimeOf(pid) === undefined)
  })
})

describe('small parts of the cluster program', () => {
  it('find the mounts below a folder, also with spaces in their names, and none of a folder with a longer name', () => {
    const line = (point: string) => `36 35 98:0 / ${point} rw,noatime master:1 - ext4 /dev/root rw`
    const mountinfo = ['/', '/var/lib/x', '/var/lib/x/a\\040b', '/var/lib/xyz', '/run/x/y'].map(line).join('\n')
    expect(mountPoints(['/var/lib/x', '/run/x'], mountinfo)).to.deep.equal(['/var/lib/x', '/var/lib/x/a b', '/run/x/y'])
  })

  it('print columns as wide as their widest cell', () => {
    expect(
      renderTable(
        ['A', 'B'],
        [
          ['long cell', 'x'],
          ['y', ''],
        ],
      ),
    ).to.equal('A          B\nlong cell  x\ny')
  })

  it('see a changed, a renamed and a new file in the digest, and nothing else', () => {
    const source = join(dir, 'src')
    mkdirSync(join(source, 'deep'), { recursive: true })
    writeFileSync(join(source, 'deep', 'a.ts'), '1')
    const digest = () => digestOfFiles([source, join(dir, 'absent')], 'salt')
    const before = digest()
    expect(digest()).to.equal(before)
    writeFileSync(join(source, 'deep', 'a.ts'), '2')
    const changed = digest()
    expect(changed).not.to.equal(before)
    writeFileSync(join(source, 'b.ts'), '')
    expect(digest()).not.to.equal(changed)
  })

  it('give a checkout the digest that another one with the same files has', () => {
    const digest = (checkout: string) => {
      const root = join(dir, checkout)
      mkdirSync(join(root, 'src'), { recursive: true })
      writeFileSync(join(root, 'src', 'a.ts'), '1')
      return digestOfFiles([join(root, 'src')], 'salt', root)
    }
    expect(digest('here')).to.equal(digest('there'))
  })

  it('know the path of an object, with and without group and namespace', () => {
    const of = (apiVersion: string, kind: string, namespace?: string) =>
      pathOf({ apiVersion, kind, metadata: { name: 'x', namespace } })
    expect(of('v1', 'ConfigMap', 'n')).to.equal('/api/v1/namespaces/n/configmaps/x')
    expect(of('apps/v1', 'Deployment', 'n')).to.equal('/apis/apps/v1/namespaces/n/deployments/x')
    expect(of('rbac.authorization.k8s.io/v1', 'ClusterRole')).to.equal(
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/x',
    )
  })

  it('tell others than root to use sudo', () => {
    expect(checkUser(1000)).to.have.length(1)
    expect(checkUser(1000)[0]).to.contain('sudo')
    expect(checkUser(0)).to.deep.equal([])
  })

  it('report a failed command with its words, and a missing one as not installed', async () => {
    const failure = (promise: Promise<string>) =>
      promise.then(
        () => '',
        (error: Error) => error.message,
      )
    expect(await failure(run('sh', ['-c', 'echo reason >&2; exit 3']))).to.match(/failed with code 3.*:\nreason$/s)
    expect(await failure(run('no-such-program', []))).to.equal('no-such-program: not installed')
  })

  it('stop waiting after the given time and say for what and why', async () => {
    const never = () => Promise.reject(new Error('closed'))
    const said = await until('the door', 0.1, never).catch((error: Error) => error.message)
    expect(said).to.equal('waited 0.1 s in vain for the door: closed')
  })
})
