import { expect } from 'chai'
import { globSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { dockerfiles } from '../../../../hack/audit/subjects.ts'
import { RELEASED } from '../../../../hack/release/images.ts'

interface Build {
  jobs: { build: { strategy: { matrix: { include: { architecture: string; images: string }[] } } } }
}

describe('the images of a release', () => {
  it('are those that there are Dockerfiles for', () => {
    expect(RELEASED.map(({ dockerfile }) => dockerfile).toSorted()).to.deep.equal(globSync('Dockerfile*').toSorted())
    expect([...dockerfiles].toSorted()).to.deep.equal(globSync('Dockerfile*').toSorted())
  })

  it('have the packages that their Dockerfiles install', () => {
    for (const { dockerfile, packages, lock } of RELEASED) {
      const line = /^RUN (LOCK=\S+ )?\S+\/packages\.sh ([a-z0-9 -]+?)( && .*)?$/m.exec(readFileSync(dockerfile, 'utf8'))
      expect(line?.[2]?.split(' '), dockerfile).to.deep.equal(packages)
      expect(line?.[1] === undefined ? 'packages.lock' : line[1].trim().slice('LOCK='.length)).to.equal(lock)
    }
  })

  it('are built by the workflow on each of their architectures, and no others', () => {
    const { jobs } = parse(readFileSync('.github/workflows/release.yml', 'utf8')) as Build
    const built = jobs.build.strategy.matrix.include.flatMap(({ architecture, images }) =>
      images.split(' ').map((image) => `${image} ${architecture}`),
    )
    const wanted = RELEASED.flatMap(({ name, architectures }) => architectures.map((each) => `${name} ${each}`))
    expect(built.toSorted()).to.deep.equal(wanted.toSorted())
  })
})
