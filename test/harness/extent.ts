import { formOfRun, noteCustomExtent } from '../../hack/form.ts'

/**
 * How much of a long proof is played: the short form within `make test`, the whole one with `make e2e PROMISE=NAME`. A variable of
 * that name says something else.
 */
export function extent(variable: string, forms: { short: number; whole: number }): number {
  const said = process.env[variable]
  if (said === undefined || said === '') return process.env['PROOF'] === 'whole' ? forms.whole : forms.short
  const number = Number(said)
  if (!(number > 0)) throw new Error(`${variable}=${said} is no number above 0: leave it out, or say how many`)
  noteCustomExtent()
  return number
}

/** A test that only the whole form plays: what it shows is shown in little by others of the short form. */
export function itWhole(title: string, play: () => Promise<void>): void {
  if (formOfRun() === 'whole') it(title, play)
}

/** In a hook of a file that only the whole form plays. */
export function needsWholeForm(test: Mocha.Context): void {
  if (formOfRun() === 'short') test.skip()
}
