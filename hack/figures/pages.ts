/** Where figures stand in the texts. Pure. */
import type { Proof, Section } from './proof.ts'
import { PROOFS } from './proofs.ts'
import { missedGoals, unpublished } from './goals.ts'
import { published } from './keep.ts'
import { NO_LEDGER, sentenceOf, tableOf, type Ledger } from './ledger-texts.ts'
import { quoteOf, sectionOf, type EvidenceFiles } from './sections.ts'

const SECTION = /(<!-- figures: (operator|fault|voice|speech|data|tests) -->\n)[\s\S]*?(\n<!-- figures: end -->)/g
const LIST = /(<!-- figures: (missed|unmeasured) -->\n)[\s\S]*?(\n<!-- figures: end -->)/g
const QUOTE = /(<!-- figure: ([\w-]+) ([\w/-]+) -->)([^<]*)(<!-- end -->)/g
const PROOFS_SHOWN = /(<!-- proofs: (sentence|table) -->)[\s\S]*?(<!-- proofs: end -->)/g

/**
 * The page with what docs/evidence says, of what has three rounds: whole tables, lists of goals, and single figures in sentences. A figure in a sentence without
 * evidence stays as it is: `unproved` (places.ts) refuses it.
 * @throws where a mark names a figure that nobody measures
 */
export function withFigures(
  page: string,
  all: EvidenceFiles,
  proofs: readonly Proof[] = PROOFS,
  ledger: Ledger = NO_LEDGER,
): string {
  const files = published(all)
  const shown = (_: string, open: string, what: 'sentence' | 'table', close: string) =>
    what === 'sentence' ? `${open}${sentenceOf(ledger)}${close}` : `${open}\n\n${tableOf(ledger)}\n\n${close}`
  const section = (_: string, open: string, name: Section, close: string) =>
    `${open}\n${sectionOf(name, files, proofs)}\n${close}`
  const list = (_: string, open: string, what: 'missed' | 'unmeasured', close: string) =>
    `${open}\n${what === 'missed' ? missedGoals(files, proofs) : unpublished(files, proofs)}\n${close}`
  const quote = (_: string, open: string, name: string, key: string, old: string, close: string) =>
    `${open}${quoteOf(name, key, files, proofs) ?? old}${close}`
  return page.replace(PROOFS_SHOWN, shown).replace(SECTION, section).replace(LIST, list).replace(QUOTE, quote)
}

/** The page without what is generated: what is left was written by a person. Each line keeps its number. */
export const withoutGenerated = (page: string): string =>
  [PROOFS_SHOWN, SECTION, LIST, QUOTE].reduce(
    (text, mark) => text.replace(mark, (all) => all.replaceAll(/[^\n]/g, '')),
    page,
  )
