import { expect } from 'chai'
import { runWorkflows } from '../../../../hack/audit/run.ts'
import { checkWorkflows } from '../../../../hack/audit/workflows.ts'

const SHA = 'a'.repeat(40)
const checkout = `      - uses: actions/checkout@${SHA} # v5.0.1\n        with: { persist-credentials: false }\n`
const checks = (text: string) =>
  checkWorkflows(new Map([['.github/workflows/one.yml', text]])).map(({ check }) => check)

/** A workflow with one job; `more` are lines of the job. */
const workflow = (
  on: string,
  { runner = 'ubuntu-24.04', permissions = 'permissions: { contents: read }', more = '', steps = checkout } = {},
) => `on: ${on}\n${permissions}\njobs:\n  one:\n    runs-on: ${runner}\n${more}    steps:\n${steps}`

const OURS = '[self-hosted, debian-12]'
const ENVIRONMENT = '    environment: cluster\n'

describe('the workflows', () => {
  it('let no code of a stranger reach a machine of ours, a secret or a token that may write', async () => {
    expect(await runWorkflows()).to.deep.equal([])
  })

  it('are found when an action is not pinned by the full SHA of its commit, or does not say its version', () => {
    for (const uses of ['v5', 'main', SHA.slice(0, 12), `${SHA} # the newest`, SHA, `${SHA} # v5`])
      for (const line of ['      - uses: ', '      - name: x\n        uses: ', '      - "uses": '])
        expect(checks(workflow('push', { steps: `${line}actions/cache@${uses}\n` })), uses).to.deep.equal(['action'])
    expect(checks(workflow('push', { steps: `      - uses: docker://alpine:3\n` }))).to.deep.equal(['action'])
    expect(
      checks(workflow('push', { steps: `      - uses: ./own\n      - uses: a/b/c@${SHA} # v1.2.3\n` })),
    ).to.deep.equal([])
    expect(checks(workflow('pull_request'))).to.deep.equal([])
  })

  it('are found when a pull request runs on a machine of ours, however its label is written', () => {
    const matrix = (runner: string) =>
      `    strategy: { matrix: { include: [{ os: ubuntu-24.04 }, { os: ${runner} }] } }\n`
    for (const runner of [OURS, 'debian-12', "'${{ inputs.runner }}'", "'${{ matrix.os }}'", '{ group: ours }'])
      for (const on of ['pull_request', '[push, pull_request]', '{ pull_request: { branches: [main] } }'])
        expect(checks(workflow(on, { runner, more: ENVIRONMENT })), `${on} ${runner}`).to.deep.equal(['runner'])
    const listed = (runner: string) =>
      checks(workflow('pull_request', { runner: "'${{ matrix.os }}'", more: matrix(runner) + ENVIRONMENT }))
    expect(listed('debian-12')).to.deep.equal(['runner'])
    expect(listed('ubuntu-24.04-arm')).to.deep.equal([])
    expect(checks(workflow('push', { runner: OURS, more: ENVIRONMENT }))).to.deep.equal([])
  })

  it('are found when a pull request has a token that may write, or a secret', () => {
    const write = { permissions: 'permissions: { contents: read, issues: write }', more: ENVIRONMENT }
    expect(checks(workflow('pull_request', write))).to.deep.equal(['permissions'])
    expect(checks(workflow('pull_request', { ...write, permissions: 'permissions: write-all' }))).to.deep.equal([
      'permissions',
    ])
    const job = { more: `${ENVIRONMENT}    permissions: { packages: write }\n` }
    expect(checks(workflow('pull_request', job))).to.deep.equal(['permissions'])
    expect(checks(workflow('push', { permissions: '' }))).to.deep.equal(['permissions'])
    const secret = `${checkout}      - run: x\n        env: { A: '\${{ secrets.A }}' }\n`
    expect(checks(workflow('pull_request', { steps: secret }))).to.deep.equal(['secrets'])
    expect(checks(workflow('push', { steps: secret }))).to.deep.equal([])
  })

  it('are found when something else that a stranger can cause starts them', () => {
    for (const on of ['pull_request_target', 'workflow_run', 'issue_comment', '{ issues: { types: [opened] } }'])
      expect(checks(workflow(on)), on).to.deep.equal(['trigger'])
  })

  it('are found when a machine of ours has a token that may write, or no environment', () => {
    const write = 'permissions: { contents: write }'
    const kept = `      - uses: actions/checkout@${SHA} # v5.0.1\n`
    expect(checks(workflow('schedule', { runner: OURS, permissions: write, more: ENVIRONMENT }))).to.deep.equal([
      'permissions',
    ])
    expect(checks(workflow('schedule', { runner: OURS }))).to.deep.equal(['environment'])
    expect(checks(workflow('schedule', { permissions: write, steps: kept }))).to.deep.equal(['environment'])
    expect(checks(workflow('schedule', { permissions: write, steps: kept, more: ENVIRONMENT }))).to.deep.equal([])
  })

  it('are found when a checkout leaves its token behind, or an input is text of a script', () => {
    expect(checks(workflow('push', { steps: `      - uses: actions/checkout@${SHA} # v5.0.1\n` }))).to.deep.equal([
      'credentials',
    ])
    for (const input of ['inputs.budget', 'github.event.pull_request.title', 'github.head_ref'])
      expect(checks(workflow('push', { steps: `      - run: echo \${{ ${input} }}\n` })), input).to.deep.equal([
        'injection',
      ])
    expect(checks(workflow('push', { steps: '      - run: echo ${{ matrix.architecture }}\n' }))).to.deep.equal([])
  })
})
