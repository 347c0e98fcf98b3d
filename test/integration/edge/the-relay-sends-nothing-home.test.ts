// @seconds 5
import { expect } from 'chai'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unpackRtpengine } from '../../../hack/calls/debian.ts'
import { repo } from '../../../hack/cluster/settings.ts'

const PROCESS = join(repo, 'test', 'harness', 'aimed-relay-process.ts')

/** What the init container of an edge does (hack/images/relay-filter.sh), in a network namespace of its own. */
describe('the packet filter of a media relay', function () {
  this.timeout(60_000)

  /** The packets that came where a relay was ordered to send them, by address. */
  async function aimed(filter: boolean): Promise<Record<string, number>> {
    const folder = mkdtempSync(join(tmpdir(), 'callbot-filter-'))
    const command = (await unpackRtpengine()).program('usr/bin/rtpengine')
    const script = [
      ...['set -e', 'ip link set lo up', 'ip address add 10.77.0.7/32 dev lo', 'ip address add 10.77.0.9/32 dev lo'],
      'ip address add 169.254.169.254/32 dev lo',
      filter ? 'RELAY_UID=65533 POD_IPS=10.77.0.7,fd00::7 NODE_IPS=10.77.0.1 hack/images/relay-filter.sh' : '',
      `exec "$@"`,
    ]
    const run = ['-n', 'bash', '-c', script.join('\n'), 'bash', process.execPath, PROCESS, folder, ...command]
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', ...run], {
      cwd: repo,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    child.stdout.on('data', (chunk) => (said += String(chunk)))
    await new Promise((resolve) => child.once('exit', resolve))
    rmSync(folder, { recursive: true, force: true })
    return JSON.parse(said) as Record<string, number>
  }

  before(() => {
    if (spawnSync('nft', ['--version']).status !== 0)
      throw new Error('nft is missing: make cluster installs it (hack/cluster/packages.ts)')
  })

  it('lets its packets pass to callers, and none to the pod itself, to loopback or to a metadata service, whoever orders it', async () => {
    const [open, filtered] = [await aimed(false), await aimed(true)]
    const forbidden = ['10.77.0.7', '127.0.0.1', '169.254.169.254']
    for (const address of ['10.77.0.9', ...forbidden])
      expect(open[address], `${address} without a filter`).to.be.above(5)
    expect(filtered['10.77.0.9']).to.be.above(5)
    for (const address of forbidden) expect(filtered[address], address).to.equal(0)
  })
})
