/**
 * `node --import`: time passes so many times faster for the whole program, whatever it asks for the time and waits with. So a program plays in
 * seconds what takes it minutes, and nothing of it is another than in production. The wall clock stays: it is compared with that of others.
 */
const factor = Number(process.env['TEST_CLOCK_FACTOR'])
const now = performance.now.bind(performance)
const { setTimeout: wait, setInterval: repeat } = globalThis

performance.now = () => now() * factor
const faster = (how: typeof wait | typeof repeat) =>
  Object.assign((task: () => void, ms = 0, ...rest: []) => how(task, ms / factor, ...rest), how)
globalThis.setTimeout = faster(wait) as typeof wait
globalThis.setInterval = faster(repeat) as typeof repeat
