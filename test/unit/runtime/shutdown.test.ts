import { expect } from 'chai'
import { endInOrder, endOnSignal, type ShutdownStep } from '../../../src/runtime/shutdown.ts'
import { silent } from '../../../src/runtime/log.ts'
import { FakeClock, settle } from '../../harness/fake-clock.ts'

describe('an orderly end', () => {
  const done: string[] = []
  const warnings: string[] = []
  const log = { ...silent, warn: () => warnings.push('late'), error: () => warnings.push('failed') }
  const step = (name: string, run: () => Promise<unknown> = async () => {}): ShutdownStep => ({
    name,
    run: async () => {
      await run()
      done.push(name)
    },
  })
  beforeEach(() => {
    done.length = warnings.length = 0
  })

  it('runs one step after the other', async () => {
    const clock = new FakeClock()
    const slow = () => new Promise<void>((resolve) => void clock.after(3_000, resolve))
    const end = endInOrder({ clock, log, steps: [step('workers', slow), step('events'), step('lease')] })
    await clock.pass(2_999)
    expect(done).to.deep.equal([])
    await clock.pass(1)
    await end
    expect([done, warnings, clock.pending]).to.deep.equal([['workers', 'events', 'lease'], [], 0])
  })

  it('goes on after a step that fails, and after one that hangs past its deadline', async () => {
    const clock = new FakeClock()
    const fails = () => Promise.reject(new Error('no'))
    const hangs = () => new Promise(() => {})
    const steps = [step('fails', fails), { ...step('hangs', hangs), deadlineSeconds: 5 }, step('lease')]
    const end = endInOrder({ clock, log, steps })
    await clock.pass(5_000)
    await end
    expect([done, warnings]).to.deep.equal([['lease'], ['failed', 'late']])
  })

  it('takes a step that throws before it waits for one that fails', async () => {
    const throws = { name: 'throws', run: () => { throw new Error('no') } } // prettier-ignore
    await endInOrder({ log, steps: [throws, step('lease')] })
    expect([done, warnings]).to.deep.equal([['lease'], ['failed']])
  })

  it('ends with 0 after the first signal, and with 1 at once after the second', async () => {
    const clock = new FakeClock()
    const codes: number[] = []
    const signals: NodeJS.Signals[] = ['SIGUSR2']
    const slow = () => new Promise<void>((resolve) => void clock.after(3_000, resolve))
    const before = process.listeners('SIGUSR2')
    try {
      endOnSignal({ clock, log, signals, steps: [step('workers', slow)], exit: (code) => codes.push(code) })
      process.emit('SIGUSR2')
      await settle()
      expect(codes).to.deep.equal([])
      process.emit('SIGUSR2')
      expect(codes).to.deep.equal([1])
      await clock.pass(3_000)
      expect(codes).to.deep.equal([1, 0])
    } finally {
      for (const each of process.listeners('SIGUSR2')) if (!before.includes(each)) process.off('SIGUSR2', each)
    }
  })
})
