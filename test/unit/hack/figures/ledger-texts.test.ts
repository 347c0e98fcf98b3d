import { expect } from 'chai'
import { machine } from '../../../../hack/evidence.ts'
import { sentenceOf, tableOf, NO_LEDGER } from '../../../../hack/figures/ledger-texts.ts'
import { withFigures } from '../../../../hack/figures/pages.ts'
import type { Shown } from '../../../../hack/tests/ledger.ts'

const shown: Shown = {
  ...{ at: '2026-11-28T10:00:00Z', result: 'Failed', form: 'short', commit: '0d3f0776'.padEnd(40, '0') },
  ...{ isClean: false, machine: machine(), seconds: 61, passed: 2, failed: 1, skipped: 0 },
}
const sum = {
  ...{ commit: shown.commit, at: shown.at, Fresh: 40, Stale: 3, Failed: 1, NeverShown: 15 },
  ...{ failed: ['http-backup-answers'], whole: [] },
}
const ledger = { sum, entries: [{ file: 'test/e2e/http-backup-answers.test.ts', last: shown }] }

describe('what the texts say of proofs', () => {
  it('is how many are fresh, stale, failed and never shown, at which commit, and the names of those that failed', () => {
    expect(sentenceOf(ledger)).to.equal(
      'Of 59 proofs, at commit `0d3f077`: 40 fresh, 3 stale, 1 failed, 15 never shown; 0 at full length. Failed last: `http-backup-answers`.',
    )
    expect(sentenceOf(NO_LEDGER)).to.equal('No proof has been recorded yet.')
  })

  it('is a row for each that was shown, a failure in bold', () => {
    expect(tableOf(ledger).split('\n').at(-1)).to.equal(
      '| `http-backup-answers` | 2026-11-28, `0d3f077` and changes | short | **failed** (1 of 3) | 61 | never |',
    )
  })

  it('is how many tests of it were skipped, where some were', () => {
    const last = { ...shown, result: 'Passed' as const, failed: 0, skipped: 2 }
    const row = tableOf({ sum, entries: [{ file: 'test/e2e/http-backup-answers.test.ts', last }] })
      .split('\n')
      .at(-1)
    expect(row).to.include('| passed (2, 2 skipped) |')
  })

  it('takes the place of what was there', () => {
    const page = 'a <!-- proofs: sentence -->old<!-- proofs: end --> b'
    expect(withFigures(page, new Map(), [], NO_LEDGER)).to.equal(
      'a <!-- proofs: sentence -->No proof has been recorded yet.<!-- proofs: end --> b',
    )
  })
})
