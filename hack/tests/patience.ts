/** The variable that says how many times as long a test waits, and how much later than promised something may come. */
export const TEST_PATIENCE = 'TEST_PATIENCE'

/** Within `make test`: nothing there fails for lateness alone. Proofs are played without. */
export const PATIENCE_OF_TESTS = 5
