/** What a hypervisor gave to other machines while tests ran: a test that fails in such a minute may have no fault of its own. */
import { stolenRow, watchStolenTime } from '../calls/processor-time.ts'

const MINUTE_MS = 60_000

export interface MachineTime {
  /** Share of processor time, 0 to 1, that went to other machines in all of the run. */
  stolen: number
  /** The same in its worst minute, and the minute's end. */
  worst?: { stolen: number; at: Date }
}

/** Begins to watch. @returns ends it, and gives what was seen */
export function watchMachine(): () => MachineTime {
  const whole = watchStolenTime()
  let minute = watchStolenTime()
  let worst: MachineTime['worst']
  const look = () => {
    const stolen = minute()
    minute = watchStolenTime()
    if (stolen > (worst?.stolen ?? 0)) worst = { stolen, at: new Date() }
  }
  const timer = setInterval(look, MINUTE_MS).unref()
  return () => {
    clearInterval(timer)
    look()
    return { stolen: whole(), ...(worst && { worst }) }
  }
}

/** One line for the end of a run. Pure. */
export function machineLine({ stolen, worst }: MachineTime): string {
  const [what, all] = stolenRow(stolen)
  const peak =
    worst === undefined ? '' : `, ${stolenRow(worst.stolen)[1]} in the minute before ${worst.at.toISOString()}`
  return `${what}: ${all}${peak}`
}
