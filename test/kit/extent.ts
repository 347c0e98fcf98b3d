import { noteCustomExtent } from '../../hack/form.ts'

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
