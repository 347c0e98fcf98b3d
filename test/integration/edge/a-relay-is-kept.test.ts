// @seconds 22
import { expect } from 'chai'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unpackRtpengine } from '../../../hack/calls/debian.ts'
import { repo } from '../../../hack/cluster/settings.ts'
import { pause } from '../../../hack/cluster/shell.ts'
import { CONTROL_PORT, renderRelay } from '../../../src/edge/render/relay.ts'
import { systemClock as clock } from '../../../src/runtime/system-clock.ts'
import { createRelayRpc } from '../../../src/telephony/relay-rpc.ts'
import { eventually } from '../../harness/eventually.ts'
import { loopback } from './stage.ts'
import { patient } from '../../harness/patience.ts'

const ADDRESS = loopback(34, 1)
/** On a busy machine; else two seconds, after which a pod offers media again. */
const BACK_MS = 8_000

/** What the image of the relay runs (Dockerfile.relay), with the relay of Debian's packages. */
describe('a media relay that is kept running', function () {
  this.timeout(60_000)
  let folder: string
  let keeper: ChildProcess
  let said = ''
  const relay = createRelayRpc({ address: ADDRESS, port: CONTROL_PORT, clock, timeoutMs: 300 })
  const isThere = async () => expect(await relay.ask({ command: 'ping' })).to.deep.equal({ result: 'pong' })
  const keep = (...command: string[]) => {
    const script = join(repo, 'hack', 'images', 'keep-relay.sh')
    const env = { ...process.env, RELAY_CONTROL: `${ADDRESS}/${CONTROL_PORT}` }
    said = ''
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', script, ...command], { env, stdio: 'pipe' })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)))
    return child
  }
  /** Of the relay itself, the only child. */
  const pid = () => {
    const found = Number(spawnSync('pgrep', ['-n', '-P', `${keeper.pid}`], { encoding: 'utf8' }).stdout)
    if (!(found > 1)) throw new Error(`the relay does not run: ${said}`)
    return found
  }

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'callbot-relay-'))
    const config = join(folder, 'relay.conf')
    const outside = { first: 20_000, last: 20_099 }
    writeFileSync(config, renderRelay({ podIp: ADDRESS, publicAddress: ADDRESS, outside, loopback: ADDRESS }))
    keeper = keep(...(await unpackRtpengine()).program('usr/bin/rtpengine'), `--config-file=${config}`)
    await eventually(isThere, 30)
  })
  after(() => {
    keeper?.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  for (const [what, signal] of [
    ['is killed', 'SIGKILL'],
    ['stands still', 'SIGSTOP'],
  ] as const)
    it(`answers again within seconds when it ${what}, again and again`, async () => {
      for (let time = 0; time < 3; time++) {
        // What ends before it was asked for the first time never worked.
        await pause(1_500)
        const before = pid()
        process.kill(before, signal)
        const from = performance.now()
        await eventually(async () => {
          await isThere()
          expect(pid()).not.to.equal(before)
        })
        expect(performance.now() - from).to.be.below(patient(BACK_MS))
      }
      expect(said).to.include('it is started again')
    })

  it('is left alone while it answers', async () => {
    const before = pid()
    await pause(3_000)
    expect(pid()).to.equal(before)
  })

  it('ends with its keeper', async () => {
    const before = pid()
    const ended = once(keeper, 'exit')
    keeper.kill('SIGTERM')
    expect(await ended).to.deep.equal([0, null])
    expect(() => process.kill(before, 0)).to.throw('ESRCH')
  })

  it('is left to the kubelet when it never worked, with its exit code', async () => {
    const failing = keep('bash', '-c', 'echo no interfaces; exit 7')
    expect(await once(failing, 'exit')).to.deep.equal([7, null])
    expect(said).to.equal('no interfaces\n')
  })
})
