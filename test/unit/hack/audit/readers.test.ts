import { expect } from 'chai'
import { readCheckov, readGitleaks, readHadolint, readKubeScore } from '../../../../hack/audit/readers.ts'

const checkovReport = (failed: object[], unreadable: string[] = []) => ({
  check_type: 'kubernetes',
  results: { failed_checks: failed, parsing_errors: unreadable, passed_checks: [] },
})
const failed = {
  check_id: 'CKV_K8S_11',
  check_name: 'CPU limits',
  resource: 'Deployment.ns.name',
  file_path: '/chart.yaml',
}

describe('what the tools of the audit print', () => {
  it('is read from checkov by object, by file where it is an image, for one report and for a list', () => {
    const ofImage = { ...failed, check_id: 'CKV_DOCKER_2', file_path: '/Dockerfile' }
    const report = checkovReport([failed, ofImage])
    const objects = ['Deployment.ns.name', 'Dockerfile']
    expect(readCheckov(JSON.stringify(report)).map(({ object }) => object)).to.deep.equal(objects)
    expect(readCheckov(JSON.stringify([report])).map(({ object }) => object)).to.deep.equal(objects)
  })

  it('counts a file that checkov can not read as a finding: nothing was looked at', () => {
    expect(readCheckov(JSON.stringify(checkovReport([], ['/chart.yaml'])))).to.have.length(1)
  })

  it('is refused when checkov looked at nothing', () => {
    expect(() => readCheckov('{"passed": 0, "failed": 0, "resource_count": 0}')).to.throw()
  })

  it('is read from kube-score by container, warnings too, without what it skips and what is all right', () => {
    const check = (grade: number, skipped: boolean, comments: object[] | null) => ({
      check: { id: `grade-${grade}`, name: 'Name' },
      grade,
      skipped,
      comments,
    })
    const checks = [
      check(1, false, [{ path: 'voice', summary: 'critical' }]),
      check(5, false, null),
      check(10, false, [{ path: '', summary: 'all right' }]),
      check(0, true, null),
    ]
    const found = readKubeScore(JSON.stringify([{ object_name: 'Deployment/apps/v1/ns/name', checks }]))
    expect(found.map(({ object, text }) => [object, text])).to.deep.equal([
      ['Deployment/name voice', 'critical'],
      ['Deployment/name', 'Name'],
    ])
  })

  it('is read from hadolint by file', () => {
    const line = { code: 'DL3008', column: 1, file: 'Dockerfile', level: 'warning', line: 10, message: 'Pin versions' }
    expect(readHadolint(JSON.stringify([line]))[0]).to.include({ check: 'DL3008', object: 'Dockerfile' })
  })

  it('is read from gitleaks by place, which a rebase does not change', () => {
    const leak = {
      RuleID: 'private-key',
      File: 'a.pem',
      Commit: '0123456789abcdef',
      StartLine: 3,
      Description: 'a key',
    }
    expect(readGitleaks(JSON.stringify([leak]))[0]).to.include({
      object: 'a.pem:3',
      text: 'commit 0123456789ab: a key',
    })
  })
})
