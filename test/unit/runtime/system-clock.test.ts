import { expect } from 'chai'
import { systemClock } from '../../../src/runtime/system-clock.ts'

describe('the system clock', () => {
  it('runs what is overdue at once and without a warning', async () => {
    const warnings: string[] = []
    const note = ({ name }: Error) => warnings.push(name)
    process.on('warning', note)
    await new Promise<void>((resolve) => systemClock.after(-0.01, resolve))
    await new Promise((resolve) => setImmediate(resolve)) // warnings come a tick later
    process.off('warning', note)
    expect(warnings).to.deep.equal([])
  })

  it('does not run at once what is due in 30 days, and takes it back', async () => {
    let ran = false
    const cancel = systemClock.after(30 * 86_400_000, () => (ran = true))
    await new Promise<void>((resolve) => systemClock.after(20, resolve))
    cancel()
    expect(ran).to.equal(false)
  })

  it('takes a task back', async () => {
    let ran = false
    systemClock.after(1, () => (ran = true))()
    await new Promise<void>((resolve) => systemClock.after(5, resolve))
    expect(ran).to.equal(false)
  })
})
