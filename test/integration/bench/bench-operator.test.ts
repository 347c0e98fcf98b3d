// @programs operator
// @guard test/unit/bench/operator/work.test.ts
import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Results } from '../../../bench/operator/report.ts'
import { differences } from '../../../bench/operator/work.ts'
import { formOfRun } from '../../../hack/form.ts'

/** The peers are built the first time, one of them by Go: in short ours plays alone. */
const CONTESTANTS = formOfRun() === 'whole' ? ['ours', 'go', 'kopf'] : ['ours']
const out = 'out/bench-operator-short.json'

/** Starts the benchmark with `home` for its temporary files; `said` collects what it says of its progress. */
function bench(home: string, ...args: string[]) {
  const child = spawn(process.execPath, ['bench/operator/main.ts', '--short', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: home },
  })
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(String(chunk)))
  return { child, said, ended: once(child, 'exit') as Promise<[number | null]> }
}

/** Processes whose command line mentions the folder. */
const processesOf = (folder: string) =>
  readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder)
    } catch {
      return false // it has just ended
    }
  })

describe('the operator benchmark', function () {
  this.timeout(formOfRun() === 'whole' ? 1_800_000 : 300_000)
  let home: string

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'callbot-bench-test-'))
    rmSync(out, { force: true })
  })

  afterEach(() => rmSync(home, { recursive: true, force: true }))

  it('has each contestant do the same work, the whole of it, restart without a write and idle without a call', async () => {
    const { said, ended } = bench(home, '--crs', '10', '--idle-seconds', '4', '--contestants', CONTESTANTS.join())
    const [code] = await ended
    expect(code, said.join('')).to.equal(0)
    const { rounds, idle } = JSON.parse(readFileSync(out, 'utf8')) as Results
    expect(rounds.map(({ contestant }) => contestant)).to.deep.equal(CONTESTANTS)
    const [ours, ...peers] = rounds
    for (const peer of peers)
      expect(differences(ours!.work, peer.work), `${peer.contestant} beside ours`).to.deep.equal([])
    for (const round of rounds) {
      expect(round.calls.writes, round.contestant).to.be.at.least(10 * 7) // six children and a status
      expect(round.restart?.calls.writes, `${round.contestant} after a restart`).to.equal(0)
      expect(round.restart?.calls.watches, round.contestant).to.be.at.least(8)
    }
    for (const { contestant, calls } of idle) expect(calls.writes + calls.reads, `${contestant} idle`).to.equal(0)
    expect(readdirSync(home)).to.deep.equal([])
  })

  it('leaves nothing behind when it is interrupted', async () => {
    const { child, said, ended } = bench(home, '--crs', '500', '--contestants', 'ours')
    while (!said.join('').includes(' of 500 Ready') && child.exitCode === null) {
      await Promise.race([once(child.stderr, 'data'), ended])
    }
    expect(child.exitCode, said.join('')).to.equal(null)
    expect(processesOf(home)).to.have.length.of.at.least(3)
    child.kill('SIGINT')
    const [code] = await ended
    expect(code).to.equal(130)
    expect(readdirSync(home)).to.deep.equal([])
    expect(processesOf(home)).to.deep.equal([])
  })
})
