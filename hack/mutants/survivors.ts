/** Mutants that no test can notice, or need not, each with the reason. `make mutants` fails for a survivor that has none. */

export interface Survivor {
  file: string
  /** As `make mutants` reports it, such as `< becomes <=`. */
  what: string
  /** The line that it changes, without the spaces at its ends. */
  code: string
  why: string
}

export const SURVIVORS: readonly Survivor[] = [
  {
    file: 'src/rules/drill/cron.ts',
    what: '< becomes <=',
    code: 'for (let month = firstMonth; month < firstMonth + MOST_MONTHS; month++) {',
    why: 'one month more is searched, beyond the eight years in which each schedule has its first slot',
  },
  {
    file: 'src/pki/crl.ts',
    what: '< becomes <=',
    code: "if (end < 0) throw new RangeError('the text is cut off')",
    why: 'a list of no octets is refused with the same words when it is parsed',
  },
  {
    file: 'src/edge/plan/secret-values.ts',
    what: 'the call is left out',
    code: 'parsed.set(secret, known)',
    why: 'it saves time only: what is parsed again is the same',
  },
  {
    file: 'src/wire/srtp/keystream.ts',
    what: '> becomes >=',
    code: 'if (blocks > this.blocks || this.cipher === undefined) this.prepare(Math.max(blocks, this.blocks))',
    why: 'it costs time only: the same room is made again, and the same stream',
  },
  {
    file: 'src/wire/playout/jitter-buffer.ts',
    what: '> becomes >=',
    code: 'if (((end - this.newest) | 0) > 0) this.newest = end',
    why: 'an end that is the newest already is set once more',
  },
  {
    file: 'src/wire/playout/loss-concealment.ts',
    what: '< becomes <=',
    code: 'for (let sample = 0; sample < RECOVERY; sample++) {',
    why: 'the share of the sample behind the last is one: it stays as it is',
  },
]

/** Why it may survive; undefined: nobody has said so. Pure. */
export const reasonOf = (
  { file, what, code }: Pick<Survivor, 'file' | 'what' | 'code'>,
  all: readonly Survivor[] = SURVIVORS,
): string | undefined => all.find((each) => each.file === file && each.what === what && each.code === code)?.why
