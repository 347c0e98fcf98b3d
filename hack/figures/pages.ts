/** Where figures stand in the texts. Pure. */
import type { Proof, Section } from './proof.ts'
import { PROOFS } from './proofs.ts'
import { NO_LEDGER, sentenceOf, tableOf, type Ledger } from './ledger-texts.ts'
import { quoteOf, sectionOf, type EvidenceFiles } from './sections.ts'

const SECTION = /(<!-- figures: (operator|fault|voice|tests) -->\n)[\s\S]*?(\n<!-- figures: end -->)/g
const QUOTE = /(<!-- figure: ([\w-]+) ([\w/-]+) -->)([^<]*)(<!-- end -->)/g
const PROOFS_SHOWN = /(<!-- proofs: (sentence|table) -->)[\s\S]*?(<!-- proofs: end -->)/g
const UNTIL = /<!-- by hand until ([\w-]+): begin -->\n[\s\S]*?\n<!-- by hand until \1: end -->\n*/g
const BY_HAND = /(<!-- by hand: begin -->\n)([\s\S]*?)(\n<!-- by hand: end -->)/g

/**
 * The page with what docs/evidence says: whole tables, single figures in sentences, and of what was taken by hand the part that no
 * evidence has replaced yet.
 * @throws where a mark names a figure that nobody measures
 */
export function withFigures(
  page: string,
  files: EvidenceFiles,
  proofs: readonly Proof[] = PROOFS,
  ledger: Ledger = NO_LEDGER,
): string {
  const shown = (_: string, open: string, what: 'sentence' | 'table', close: string) =>
    what === 'sentence' ? `${open}${sentenceOf(ledger)}${close}` : `${open}\n\n${tableOf(ledger)}\n\n${close}`
  const section = (_: string, open: string, name: Section, close: string) =>
    `${open}\n${sectionOf(name, files, proofs)}\n${close}`
  const quote = (_: string, open: string, name: string, key: string, old: string, close: string) =>
    `${open}${quoteOf(name, key, files, proofs) ?? old}${close}`
  const until = (block: string, name: string) => (files.has(name) ? '' : block)
  const byHand = (_: string, open: string, old: string, close: string) => {
    const left = stillByHand(old, files, proofs)
    return left === undefined ? '' : `${open}${left}${close}`
  }
  return page
    .replace(PROOFS_SHOWN, shown)
    .replace(SECTION, section)
    .replace(QUOTE, quote)
    .replace(UNTIL, until)
    .replace(BY_HAND, byHand)
}

/** A row goes when the command that it names has evidence; with the last one goes all that is said about them. */
function stillByHand(text: string, files: EvidenceFiles, proofs: readonly Proof[]): string | undefined {
  const proved = proofs.filter(({ name }) => files.has(name)).map(({ command }) => `\`${command}\``)
  const isRow = (line: string) => line.startsWith('| `')
  const left = text.split('\n').filter((line) => !(isRow(line) && proved.some((command) => line.includes(command))))
  return left.some(isRow) ? left.join('\n') : undefined
}
