import { expect } from 'chai'
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { SECTIONS } from '../../hack/figures/proof.ts'
import { PROOFS } from '../../hack/figures/proofs.ts'
import {
  evidenceFolder,
  pageNow,
  PAGES,
  placesNow,
  readEvidenceFiles,
  readLedger,
} from '../../hack/figures/evidence-files.ts'
import { byHand } from '../../hack/figures/by-hand.ts'
import { published } from '../../hack/figures/keep.ts'
import { NO_FIGURES } from '../../hack/figures/no-figures.ts'
import { unproved } from '../../hack/figures/places.ts'

const shelf = readEvidenceFiles()
const MOST_BYTES = 128 * 1024

describe('the figures in the texts', () => {
  it('have an evidence file each: without it they fail with the line, the file and the cure', () => {
    expect(unproved(placesNow(), shelf)).to.deep.equal([])
  })

  it('fail when any one evidence file that they quote is removed', () => {
    for (const name of published(shelf).keys()) {
      const without = new Map([...shelf].filter(([each]) => each !== name))
      expect(unproved(placesNow(), without), name).not.to.deep.equal([])
    }
  })

  for (const page of PAGES) {
    it(`are those of docs/evidence in ${page}: a figure changed by hand fails with the advice to run make figures`, async () => {
      expect(readFileSync(page, 'utf8'), 'run make figures').to.equal(await pageNow(page, shelf))
    })
  }

  it('stand in a generated part for each subject', () => {
    const pages = PAGES.map((page) => readFileSync(page, 'utf8')).join()
    for (const section of SECTIONS) expect(pages).to.include(`<!-- figures: ${section} -->`)
  })
})

describe('numbers that no run has measured', () => {
  const cure = 'quote evidence (<!-- figure: NAME KEY -->), remove it, or name it in hack/figures/no-figures.ts'
  /** Decisions are of their day, the reference is of the API, and the changelog is history. */
  const texts = [...globSync('*.md'), ...globSync('docs/**/*.md')].filter(
    (file) => !/^(CHANGELOG|docs[/](adr|reference)[/])/.test(file),
  )

  it('are in no page that shows figures, and in no line of another page that reports a measurement', () => {
    const isStrict = (file: string) => PAGES.some((page) => page === file)
    const found = texts.flatMap((file) => byHand(file, readFileSync(file, 'utf8'), NO_FIGURES, isStrict(file)))
    expect(texts.length).to.be.above(30)
    expect(found, cure).to.deep.equal([])
  })

  it('are named as limits, settings and goals only as long as they stand there; a limit has its test', () => {
    for (const { page, phrase, kind, by } of NO_FIGURES) {
      expect(readFileSync(page, 'utf8'), page).to.include(phrase)
      if (kind === 'limit') expect(existsSync(by!), phrase).to.equal(true)
    }
  })
})

describe('the evidence in docs/evidence', () => {
  it('belongs to a proof that is there, and holds its figures only', () => {
    for (const [file, { name, rounds }] of shelf) {
      const proof = PROOFS.find((each) => each.name === file)
      expect(name).to.equal(file)
      expect(proof, file).not.to.equal(undefined)
      for (const { figures } of rounds) expect(Object.keys(proof!.figures)).to.include.members(Object.keys(figures))
    }
  })

  it('says of each round of which commit, when and on which machine it was taken', () => {
    for (const { rounds } of shelf.values()) {
      expect(rounds).not.to.deep.equal([])
      for (const { at, commit, machine } of rounds) {
        expect(Date.parse(at)).to.be.above(0)
        expect(commit).to.match(/^[0-9a-f]{40}$/)
        expect(machine).to.have.all.keys('cpu', 'cores', 'memoryGiB', 'kernel', 'system', 'node')
      }
    }
  })

  it('is small, and names no folder, host or number of anybody', () => {
    for (const file of shelf.keys()) {
      const path = join(evidenceFolder, `${file}.json`)
      expect(statSync(path).size, file).to.be.below(MOST_BYTES)
      expect(readFileSync(path, 'utf8')).not.to.match(/"\/|\/(root|home|work|tmp)\/|\+\d{8}|\d+\.\d+\.\d+\.\d+/)
    }
  })
})

describe('the ledger of proofs in the texts', () => {
  it('is cited by no sentence of the README for a proof that failed last', () => {
    const said = readFileSync('README.md', 'utf8').replaceAll(/<!-- proofs: sentence -->.*?<!-- proofs: end -->/gs, '')
    const failed = readLedger().entries.filter(({ last }) => last.result === 'Failed')
    expect(failed.map(({ file }) => basename(file, '.test.ts')).filter((name) => said.includes(name))).to.deep.equal([])
  })

  it('names no folder, host or number of anybody', () => {
    for (const entry of readLedger().entries)
      expect(JSON.stringify(entry)).not.to.match(/"\/|\/(root|home|work|tmp|var)\/|\+\d{8}|\d+\.\d+\.\d+\.\d+:/)
  })
})
