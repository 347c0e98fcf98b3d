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
})
