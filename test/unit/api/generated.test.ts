import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { generated } from '../../../hack/generate.ts'

describe('generated files', () => {
  const files = generated()

  it('follow from the schemas as they are now (else: make generate)', () => {
    const stale = [...files].filter(([path, text]) => readFileSync(path, 'utf8') !== text).map(([path]) => path)
    expect(stale).to.deep.equal([])
  })

  it('are the same each time', () => {
    expect([...generated()]).to.deep.equal([...files])
  })

  it('are the same CRDs for kubectl, for the chart and for kustomize', () => {
    for (const folder of ['charts/callbot-operator/files/crds', 'config/crd']) {
      const name = 'callbots.callbots.dev.yaml'
      expect(files.get(`${folder}/${name}`)).to.equal(files.get(`crds/${name}`))
    }
  })

  it('give the chart the configuration of the SIP proxy, line by line', () => {
    const lines = files.get('charts/callbot-operator/files/proxy/kamailio.cfg')!.split('\n')
    expect(lines.slice(1).join('\n')).to.equal(readFileSync('src/edge/proxy/kamailio.cfg', 'utf8'))
  })

  it('explain every field of a kind on its page', () => {
    const page = files.get('docs/reference/integration.md')!
    for (const field of [
      'sip.trunks[].address.host',
      'drill.blackouts[].firstDay',
      'sip.failover.failback.holdSeconds',
    ]) {
      expect(page).to.include(`| \`${field}\` |`)
    }
    expect(page).to.include('no call without SRTP')
  })
})
