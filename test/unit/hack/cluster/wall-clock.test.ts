import { expect } from 'chai'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { canSetWallClocks, setWallClocks } from '../../../../hack/cluster/wall-clock.ts'

const HOUR = 3_600_000
/** Of a child that starts beside others. */
const SLACK_MS = 5_000
/** V8 reads the clock by gettimeofday and clock_gettime. */
const NODE =
  'setInterval(() => console.log(Date.now(), performance.now(), Temporal.Now.instant().epochMilliseconds), 20)'
/** bash reads it by time(). */
const BASH = "while printf '%(%s)T000\\n' -1; do read -t 0.02 <> <(:); done"

describe('the wall clock of a process', function () {
  const children: ChildProcess[] = []
  before(function () {
    if (!canSetWallClocks) this.skip()
  })
  after(() => {
    for (const child of children) child.kill('SIGKILL')
  })

  /** A program that says what its clocks show, again and again. */
  function start(command: string, ...args: string[]) {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    children.push(child)
    const lines = createInterface({ input: child.stdout })
    return {
      pid: child.pid!,
      /** What it says next, after what it had already said. */
      async clocks() {
        await once(lines, 'line')
        const [line] = (await once(lines, 'line')) as [string]
        return line.split(' ').map(Number)
      },
    }
  }

  it('is set an hour ahead, an hour behind and right again, in programs of any language, while they run', async () => {
    const programs = [start(process.execPath, '-e', NODE), start('bash', '-c', BASH)]
    for (const { clocks } of programs) await clocks()
    for (const hours of [1, -1, 0]) {
      await setWallClocks(
        programs.map(({ pid }) => pid),
        hours * 3_600,
      )
      for (const { clocks } of programs) {
        const [wall, , temporal = wall] = await clocks()
        for (const shown of [wall!, temporal!]) expect(shown - Date.now()).to.be.closeTo(hours * HOUR, SLACK_MS)
      }
    }
  })

  it('is the only one that changes: monotonic clocks go on, and those of other processes', async () => {
    const { pid, clocks } = start(process.execPath, '-e', NODE)
    const [, before] = await clocks()
    const wall = Date.now()
    await setWallClocks([pid], 3_600)
    const [, monotonic] = await clocks()
    expect(monotonic! - before!).to.be.within(0, SLACK_MS)
    expect(Date.now() - wall).to.be.within(0, SLACK_MS)
  })

  it('of a process that is gone is left alone', async () => {
    const child = spawn('true')
    await once(child, 'exit')
    await setWallClocks([child.pid!], 3_600)
  })
})
