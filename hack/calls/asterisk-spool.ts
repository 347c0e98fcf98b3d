/**
 * What Asterisk made of a call that it placed from a file (`pbx_spool`): `Completed`, `Failed` or `Expired`.
 * @param callFile as it lies among those that are done: Asterisk moves it there first, and adds the line with the status afterwards
 * @returns undefined: the line is not written yet
 */
export function spooledStatus(callFile: string): string | undefined {
  return /^Status: (.*)\n/m.exec(callFile)?.[1]
}
