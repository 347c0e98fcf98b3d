// @guard test/unit/hack/cluster/parts.test.ts
import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { tryRun, until } from '../../../hack/cluster/shell.ts'
import { itWhole } from '../../harness/extent.ts'
import * as kit from './kit.ts'

const { attempt, cluster } = kit

/** Starts a verb and kills it after so many milliseconds, or when something has come about. */
async function interrupted(verb: string, when: number | (() => boolean)): Promise<void> {
  const child = spawn(process.execPath, [...kit.program, verb], {
    env: { ...process.env, ...kit.env },
    stdio: 'ignore',
  })
  if (typeof when === 'number') await pause(when)
  else while (!when() && child.exitCode === null) await pause(1)
  child.kill('SIGKILL')
  if (child.exitCode === null) await once(child, 'exit')
}

function killEverything(): void {
  for (const pid of kit.processes()) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // it ended with one of the others
    }
  }
}

/** Everything on the machine that bears the instance's name. */
function traces(): string[] {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes('callbot-cluster-1'))
  const folders = ['/var/lib/callbot-cluster-1', '/run/callbot-cluster-1'].filter((path) => existsSync(path))
  const groups = readdirSync('/sys/fs/cgroup').filter((each) => existsSync(`/sys/fs/cgroup/${each}/callbot-cluster-1`))
  const netns = existsSync('/run/netns') ? readdirSync('/run/netns').filter((each) => each.startsWith('callbot1-')) : []
  const links = readdirSync('/sys/class/net').filter((each) => each === 'callbot1')
  return [...mounts, ...folders, ...groups, ...netns, ...links, ...kit.processes().map(String)]
}

/** The short form has the hardest crash, and its traces; each of the others is another start of a cluster. */
describe('the local cluster after a crash', function () {
  this.timeout(180_000)

  before(async function () {
    this.timeout(900_000)
    await cluster('down')
    await cluster('up')
    await kit.deployWeb()
  })
  after(async () => {
    await cluster('down')
  })

  it('is repaired by `up` when every process of it was killed, and the pods are back', async () => {
    killEverything()
    expect((await attempt(['status'])).code).to.equal(1)
    await cluster('up')
    await kit.webIsUp()
    await until('the pod in zone-b', 30, async () => kit.answers((await kit.webIn('b')).ip))
    expect(await cluster('status')).to.match(/^healthy/m)
  })

  for (const victim of ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'])
    itWhole(`is repaired by \`up\` when ${victim} alone was killed`, async () => {
      process.kill(kit.recordedPid('run', victim), 'SIGKILL')
      await cluster('up')
      expect(await cluster('status')).to.match(/^healthy/m)
    })

  for (const victim of ['containerd', 'kubelet', 'kube-proxy', 'kube-router'])
    itWhole(`is repaired by \`up\` when ${victim} of a zone was killed, and its pods did not notice`, async () => {
      const before = await kit.webIn('a')
      process.kill(kit.recordedPid('zone-a/run', victim), 'SIGKILL')
      await cluster('up')
      expect(await cluster('status')).to.match(/^healthy/m)
      expect(await kit.webIn('a')).to.deep.equal(before)
      expect(await kit.answers(before.ip)).to.equal(true)
    })

  itWhole(
    'is repaired by `up` after a reboot: nothing runs, namespaces are gone, their names and old records are left',
    async () => {
      killEverything()
      for (const name of ['callbot1-fabric', 'callbot1-zone-a', 'callbot1-zone-b', 'callbot1-zone-c'])
        await tryRun('umount', [`/run/netns/${name}`])
      await tryRun('ip', ['link', 'delete', 'callbot1'])
      const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
        .split('\n')
        .map((line) => line.split(' ')[4] ?? '')
      for (const point of mounts.filter((each) => each.includes('callbot-cluster-1')).reverse())
        await tryRun('umount', ['-l', point])
      writeFileSync(`${kit.state}/boot-id`, 'another boot')
      await cluster('up')
      await kit.webIsUp()
      await until('the pod in zone-c', 30, async () => kit.answers((await kit.webIn('c')).ip))
      expect(await cluster('status')).to.match(/^healthy/m)
    },
  )

  itWhole("is repaired by `up` when the name of a zone's namespace was deleted under its processes", async () => {
    await tryRun('ip', ['netns', 'delete', 'callbot1-zone-b'])
    await cluster('up')
    await kit.webIsUp()
    await until('the pod in zone-b', 30, async () => kit.answers((await kit.webIn('b')).ip))
    expect(await cluster('status')).to.match(/^healthy/m)
  })

  itWhole('takes no process for its own whose pid was used again', async () => {
    const file = `${kit.state}/run/kube-scheduler.json`
    const record = JSON.parse(readFileSync(file, 'utf8')) as { pid: number }
    process.kill(record.pid, 'SIGKILL')
    writeFileSync(file, JSON.stringify({ ...record, pid: process.pid }))
    await cluster('up')
    expect(kit.recordedPid('run', 'kube-scheduler')).not.to.equal(process.pid)
    expect(await cluster('status')).to.match(/^healthy/m)
  })

  it('goes without a trace, also when it was frozen, cut and its processes were killed', async () => {
    await cluster('freeze', 'zone-a')
    await cluster('cut', 'zone-b')
    process.kill(kit.recordedPid('zone-c/run', 'containerd'), 'SIGKILL')
    await cluster('down')
    expect(traces()).to.deep.equal([])
    await cluster('down')
  })

  for (const milliseconds of [400, 3000])
    itWhole(`comes up after an \`up\` that was killed after ${milliseconds} ms`, async () => {
      await cluster('down')
      await interrupted('up', milliseconds)
      await cluster('up')
      expect(await cluster('status')).to.match(/^healthy/m)
    })

  for (const milliseconds of [250, 1000])
    itWhole(`goes without a trace after a \`down\` that was killed after ${milliseconds} ms`, async () => {
      await cluster('up')
      await kit.deployWeb()
      await interrupted('down', milliseconds)
      await cluster('down')
      expect(traces()).to.deep.equal([])
    })

  itWhole('comes up with every image in every zone after a `down` that was killed while it deleted files', async () => {
    await cluster('up')
    const removed = `${kit.state}.removed`
    await interrupted('down', () => existsSync(removed))
    expect(existsSync(removed), 'killed in the middle').to.equal(true)
    await cluster('up')
    await kit.deployWeb()
    await kit.webIsUp()
    await cluster('down')
    expect(traces()).to.deep.equal([])
    expect(existsSync(removed)).to.equal(false)
  })
})
