// node hack/calls/stall-witness.ts: writes a line "FROM MILLISECONDS" (FROM as Unix time in milliseconds) for each time that it
// was not run for more than 20 ms. Started with real-time priority on one core, it waits for nobody: then the machine stood still.
const PERIOD_MS = 5
const WORTH_A_LINE_MS = 20

/** It ends with who started it. */
const parent = process.ppid
const cell = new Int32Array(new SharedArrayBuffer(4))
for (let last = performance.now(); process.ppid === parent;) {
  Atomics.wait(cell, 0, 0, PERIOD_MS)
  const now = performance.now()
  const late = now - last - PERIOD_MS
  if (late > WORTH_A_LINE_MS) process.stdout.write(`${performance.timeOrigin + now - late} ${late}\n`)
  last = now
}
