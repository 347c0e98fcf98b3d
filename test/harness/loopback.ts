import { TEST_LANE } from '../../hack/tests/lanes.ts'

/** As many lanes as `make test` may have. */
const LANES = 4
const NETS = Math.floor(239 / LANES)

/** Of a lane alone: two that play beside each other never meet. Outside of a lane, of this process. Second octet. */
export function netOf(lane: string | undefined, pid: number): number {
  return lane === undefined ? 16 + (pid % (LANES * NETS)) : 16 + (Number(lane) % LANES) * NETS + (pid % NETS)
}

/**
 * A loopback address of this process: two runs on one machine don't meet.
 * @param net another one for each file, since files of a group run in one process
 */
export const loopback = (net: number, host: number): string =>
  `127.${netOf(process.env[TEST_LANE], process.pid)}.${net}.${host}`
