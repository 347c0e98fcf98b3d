import { TEST_PATIENCE } from '../../hack/tests/patience.ts'

/** How many times as long as on a quiet machine a test waits here: 1, or 5 within `make test`, whose lanes share two cores. */
export const patience = Number(process.env[TEST_PATIENCE] ?? 1)

/** The bound of a time that is measured here: what was promised, or on a machine that is shared, several times that. Any unit. */
export const patient = (promised: number): number => promised * patience
