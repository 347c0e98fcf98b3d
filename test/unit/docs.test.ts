import { expect } from 'chai'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { proofNameOf } from '../../hack/tests/proof-name.ts'

const texts = [...globSync('*.md'), ...globSync('docs/**/*.md')].filter((file) => file !== 'CHANGELOG.md')
const read = (file: string) => readFileSync(file, 'utf8')
const all = (files: readonly string[]) => files.map(read).join('\n')

/** `FILE: WORD` for what stands in the texts and isn't known. A pattern that finds nothing at all shows nothing. */
function unknown(pattern: RegExp, isKnown: (word: string) => boolean): string[] {
  const found = texts.flatMap((file) => [...read(file).matchAll(pattern)].map(([, word = '']) => ({ file, word })))
  expect(found).not.to.deep.equal([])
  return found.filter(({ word }) => !isKnown(word)).map(({ file, word }) => `${file}: ${word}`)
}

const code = all(globSync('{src,hack,bench}/**/*.ts'))
const chart = all(globSync('charts/**/*.{yaml,cfg,tpl}'))

/** What the glossary rules out: a program is not a person, and no text reads like a translation. */
const RULED_OUT: readonly RegExp[] = [
  /\bmend(s|ed|ing)?\b/i,
  /\b(fall(s|en|ing)?|fell) ill\b/i,
  /\bin its whole extent\b/i,
  /\b(does not|doesn't) answer since\b/i,
  /\b(is|are|was|were|has|have|had|unless) told\b/i,
  /\btells? (of|you|the operator|Prometheus)\b/i,
  /\b(so much as|by and by|that it is so)\b/i,
  /\b(beside whom|what happens when what dies)\b/i,
  /\banew\b/i,
  /\bas (it|they) should be\b/i,
  /\bby (somebody's|your|the operator's) hand\b/i,
  /\bof its own accord\b/i,
  /\bhearsay\b/i,
  /\b(dies|died|dying) of\b/i,
  /\b(is|are) (not )?to be had\b/i,
]

/** In one line, without the words that the glossary quotes. */
const proseOf = (file: string) =>
  read(file)
    .replace(/^## Words that we don't use$.*/ms, '')
    .replaceAll(/\s+/g, ' ')

const ruledOut = (file: string, text: string) =>
  RULED_OUT.flatMap((word) => word.exec(text)?.[0] ?? []).map((word) => `${file}: ${word}`)

describe('the documentation', () => {
  it('uses none of the words that the glossary rules out', () => {
    // docs/reference also has the messages of reasons: what src/api describes is looked at there instead.
    const prose = [...texts, 'CHANGELOG.md'].filter((file) => !file.startsWith('docs/reference/'))
    const described = [...globSync('src/api/*.ts'), ...globSync('charts/callbot-operator/values.*'), 'Makefile']
    const files = [...prose, ...described.filter((file) => !/^src[/]api[/](drill-)?reasons[.]ts$/.test(file))]
    const found = files.flatMap((file) => ruledOut(file, proseOf(file)))
    expect(files.length).to.be.greaterThan(80)
    expect(found).to.deep.equal([])
  })

  it('is written in the same words as the comments, texts and test titles of the code', function () {
    this.timeout(60_000)
    // This file has the words themselves.
    const files = globSync('{src,hack,bench,test}/**/*.ts').filter((file) => file !== 'test/unit/docs.test.ts')
    const found = files.flatMap((file) => ruledOut(file, read(file).replaceAll(/\s+(?:\* |\/\/ )?/g, ' ')))
    expect(files.length).to.be.greaterThan(1_000)
    expect(found).to.deep.equal([])
  })

  it('names only make targets that are there', () => {
    const targets = new Set([...read('Makefile').matchAll(/^([a-z][a-z0-9-]*):/gm)].map(([, name]) => name))
    expect(unknown(/(?:`|^ {4}|^)make ([a-z][a-z0-9-]+)/gm, (name) => targets.has(name))).to.deep.equal([])
  })

  it('names only proofs that are there', () => {
    const names = globSync('test/{e2e,integration}/**/*.test.ts').map(proofNameOf)
    const isProof = (prefix: string) => names.some((name) => name.startsWith(prefix))
    expect(unknown(/PROMISE=([a-z-]+)/g, isProof)).to.deep.equal([])
  })

  it('names only files and folders that are there', () => {
    const ours = /`((?:src|test|docs|hack|charts|config|bench|crds)\/[\w./*-]*)`/g
    const isThere = (path: string) => globSync(path).length > 0 || existsSync(`${path}.test.ts`)
    expect(unknown(ours, isThere)).to.deep.equal([])
  })

  it('leads nowhere that is not there', () => {
    const links = /\]\((?!https?:|#)([^)#\s]+)/g
    const broken = texts.flatMap((file) =>
      [...read(file).matchAll(links)]
        .map(([, target = '']) => join(dirname(file), target))
        .filter((target) => !existsSync(target))
        .map((target) => `${file}: ${target}`),
    )
    expect(broken).to.deep.equal([])
  })

  it('has decisions with a number of their own, a status and a date', () => {
    const decisions = globSync('docs/adr/*.md').map((file) => ({ number: Number(file.slice(9, 13)), text: read(file) }))
    const numbers = decisions.map(({ number }) => number).sort((a, b) => a - b)
    expect(numbers).to.deep.equal(numbers.map((_, index) => index + 1))
    for (const { number, text } of decisions)
      expect(text).to.match(
        new RegExp(
          `^# ${number}\\. .+\n\nStatus: (Proposed|Accepted|Superseded by ADR \\d+)\\. Date: \\d{4}-\\d\\d-\\d\\d\\.\n`,
        ),
      )
  })

  it('names only metrics that somebody counts', () => {
    const metrics = /\b(callbot_[a-z_]+)\b/g
    expect(
      unknown(metrics, (name) => `${code}${chart}`.includes(name.replace(/_(bucket|sum|count)$/, ''))),
    ).to.deep.equal([])
  })

  it('names only flags that a command of ours takes', () => {
    const commands =
      /(?:callbot|src\/main\.ts) (?:say|test|plan|call|drill|evidence|hold|explain|listen|operator|voice|speech|edge)[^`\n]*?(--[a-z][a-z-]*)/g
    expect(unknown(commands, (flag) => code.includes(`${flag}`) || code.includes(`'${flag.slice(2)}'`))).to.deep.equal(
      [],
    )
  })

  it('names only environment variables that somebody reads', () => {
    const variables = /\b(CALLBOT_[A-Z_]+)\b/g
    expect(unknown(variables, (name) => `${code}${chart}`.includes(name))).to.deep.equal([])
  })
})
