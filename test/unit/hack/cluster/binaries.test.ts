import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { helm } from '../../../../hack/cluster/binaries.ts'

describe('the helm that is built here', () => {
  it('knows the version of Kubernetes that its libraries are of, as a published helm does, and not 1.20', () => {
    const goMod = readFileSync('hack/helm/go.mod', 'utf8')
    const [, minor] = /^\s*k8s[.]io[/]client-go v0[.](\d+)[.]/m.exec(goMod)!
    for (const name of ['chartutil', 'lint/rules'])
      expect(helm.ldflags)
        .to.include(`-X helm.sh/helm/v3/pkg/${name}.k8sVersionMajor=1 `)
        .and.match(new RegExp(`-X helm.sh/helm/v3/pkg/${name}[.]k8sVersionMinor=${minor}( |$)`))
  })

  it('says the version of the module that it is built from', () => {
    const goMod = readFileSync('hack/helm/go.mod', 'utf8')
    const [, version] = /^\s*helm[.]sh[/]helm[/]v3 (v\S+)/m.exec(goMod)!
    expect(helm.ldflags).to.include(`internal/version.version=${version} `)
  })
})
