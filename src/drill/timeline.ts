/** A drill as a picture: when it reached which state, and how long the fault lasted. Pure. */
import type { FailoverDrill } from '../api/failover-drill.ts'
import { hasFault } from '../rules/drill/run.ts'

export interface Segment {
  readonly state: string
  /** Milliseconds since the drill began. */
  readonly from: number
  readonly to: number
  readonly hasFault: boolean
}

/** The states of a drill that has ended, each until the next one; the last one until the end. */
export function segmentsOf({ status }: Pick<FailoverDrill, 'status'>): Segment[] {
  const { reached = [], startedAt, finishedAt } = status ?? {}
  const last = reached.at(-1)?.afterMilliseconds ?? 0
  const whole = Date.parse(finishedAt ?? '') - Date.parse(startedAt ?? '')
  const end = Math.max(last, Number.isNaN(whole) ? last : whole)
  return reached.map(({ state, afterMilliseconds: from }, index) => ({
    ...{ state, from, to: reached[index + 1]?.afterMilliseconds ?? end },
    hasFault: hasFault(state),
  }))
}

const seconds = (milliseconds: number) => `${(milliseconds / 1_000).toFixed(1)} s`

const WIDTH = 48
/** Of the time with a fault, and of the rest. */
const [FAULT, CALM] = ['█', '─']

/** One line for each state, with a bar where it lay in the whole. */
export function timelineLines(segments: readonly Segment[]): string[] {
  const whole = Math.max(1, ...segments.map(({ to }) => to))
  const column = (time: number) => Math.round((time / whole) * WIDTH)
  return segments.map(({ state, from, to, hasFault: isFault }) => {
    const length = Math.max(1, column(to) - column(from))
    const bar = ' '.repeat(Math.min(column(from), WIDTH - 1)) + (isFault ? FAULT : CALM).repeat(length)
    return `  ${state.padEnd(9)} ${seconds(from).padStart(8)}  ${bar}`
  })
}

const ROW = 26
const LEFT = 150
const SPAN = 560

/** The same as an SVG image, for reports. */
export function timelineSvg(title: string, segments: readonly Segment[]): string {
  const whole = Math.max(1, ...segments.map(({ to }) => to))
  const x = (time: number) => LEFT + Math.round((time / whole) * SPAN)
  const rows = segments.map(({ state, from, to, hasFault: isFault }, index) => {
    const y = 40 + index * ROW
    const width = Math.max(2, x(to) - x(from))
    return [
      `<text x="8" y="${y + 13}">${escape(state)}</text><text x="${LEFT - 8}" y="${y + 13}" text-anchor="end">${seconds(from)}</text>`,
      `<rect x="${x(from)}" y="${y}" width="${width}" height="16" fill="${isFault ? '#b42318' : '#98a2b3'}"/>`,
    ].join('\n')
  })
  const height = 52 + segments.length * ROW
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${LEFT + SPAN + 16}" height="${height}" font-family="sans-serif" font-size="13">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="8" y="22" font-weight="bold">${escape(title)}</text>`,
    ...rows,
    '</svg>\n',
  ].join('\n')
}

const escape = (text: string) => text.replace(/[&<>"]/g, (each) => `&#${each.charCodeAt(0)};`)
