/**
 * A loopback address of this process alone: two runs on one machine don't meet.
 * @param net another one for each file, since files of a group run in one process
 */
export const loopback = (net: number, host: number): string => `127.${16 + (process.pid % 239)}.${net}.${host}`
