import { expect } from 'chai'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const repo = join(import.meta.dirname, '../../../..')
const read = (path: string) => readFileSync(join(repo, path), 'utf8')
/** Where a file starts a thread of its own: `new URL('./test-worker.ts', import.meta.url)`. */
const SCRIPT = /new URL\('\.\/([\w-]+)\.ts', import\.meta\.url\)/g

describe("the images' cache of compiled code", () => {
  const scripts = globSync('src/**/*.ts', { cwd: repo }).flatMap((file) =>
    [...read(file).matchAll(SCRIPT)].map(([, name]) => join(file, '..', name!).replace(/^src./, '')),
  )
  const warmed = ['Dockerfile', 'Dockerfile.speech'].flatMap(
    (file) => read(file).match(/^RUN .*node(.*\\\n)*.*$/gm) ?? [],
  )

  for (const script of scripts) {
    it(`has the thread ${script}, which would bring the compiler into a pod with each start`, () => {
      expect(warmed.join('\n')).to.match(new RegExp(`["'/]${script}\\b`))
    })
  }

  for (const [, program] of read('src/programs.ts').matchAll(/import\('\.\/([\w/-]+)\.ts'\)/g)) {
    it(`has ${program}, which a program imports when it is asked for`, () => {
      expect(warmed.join('\n')).to.match(new RegExp(`["'/]${program}\\b`))
    })
  }

  for (const file of ['Dockerfile', 'Dockerfile.speech']) {
    it(`is made with the flags of V8 with which ${file} starts programs: with others, none of it is taken`, () => {
      const flagsIn = (text: string) => [...text.matchAll(/--(?:clear|no-memory|expose)[\w-]*/g)].map(([flag]) => flag)
      const started = flagsIn(read(file).match(/^ENTRYPOINT .*$/m)![0])
      expect(started).to.include('--clear-free-memory')
      const [run] = read(file).match(/^RUN .*node (.*\\\n)*.*$|^RUN \["node"(.*\\\n)*.*$/gm)!
      const times = run!.match(/\bnode\b["']?,? +["']?--?[\w-]/g)!.length
      expect(flagsIn(run!)).to.deep.equal(Array.from({ length: times }, () => started).flat())
    })
  }
})
