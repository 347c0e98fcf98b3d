import { expect } from 'chai'
import { newSigningCertificate } from '../../../../src/pki/certificate-authority.ts'
import { passwords, reviewPath } from '../../../../src/operator/webhooks/path-password.ts'
import { answer, requestIn, type AdmissionRequest } from '../../../../src/operator/webhooks/admission-review.ts'

const request: AdmissionRequest = {
  uid: 'uid-1',
  kind: { group: 'callbots.dev', kind: 'Callbot' },
  operation: 'CREATE',
  namespace: 'lilas',
  name: 'accueil',
  object: {},
}
const problem = (path: string, message = 'wrong: correct it') => ({ path, message })

describe('the answer to an admission review', () => {
  it('allows what has no error, with the warnings', () => {
    expect(answer(request, { errors: [], warnings: [problem('spec.a')] }).response).to.deep.equal({
      uid: 'uid-1',
      allowed: true,
      warnings: ['spec.a: wrong: correct it'],
    })
    expect(answer(request, { errors: [], warnings: [] }).response).to.deep.equal({ uid: 'uid-1', allowed: true })
  })

  it('refuses what has one, with a cause for each field, as the API server itself does', () => {
    const { response } = answer(request, { errors: [problem('spec.a'), problem('spec.b')], warnings: [] })
    expect(response.allowed).to.equal(false)
    expect(response.status).to.deep.include({ code: 422, reason: 'Invalid' })
    expect(response.status!.message).to.equal('spec.a: wrong: correct it; spec.b: wrong: correct it')
    expect(response.status!.details).to.deep.equal({
      group: 'callbots.dev',
      kind: 'Callbot',
      name: 'accueil',
      causes: ['spec.a', 'spec.b'].map((field) => ({
        reason: 'FieldValueInvalid',
        field,
        message: 'wrong: correct it',
      })),
    })
  })

  it('keeps within what the API server passes on: 256 characters a warning, 4,096 in all', () => {
    const warnings = Array.from({ length: 40 }, (_, index) => problem(`spec.${index}`, 'x'.repeat(400)))
    const shown = answer(request, { errors: [], warnings }).response.warnings!
    expect(Math.max(...shown.map(({ length }) => length))).to.be.at.most(256)
    expect(shown.join('').length).to.be.at.most(4096)
    expect(shown.at(-1)).to.equal('and 26 more warnings: see callbot say --file')
  })

  it('reads a review and nothing else', () => {
    const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request }
    expect(requestIn(review)).to.equal(request)
    for (const other of [undefined, null, 'x', {}, { ...review, kind: 'Pod' }, { ...review, request: {} }]) {
      expect(requestIn(other)).to.equal(undefined)
    }
  })
})

describe('the password in the path of the webhook', () => {
  const [now, lifetime] = [Date.now(), 86_400]
  const [first, second] = [newSigningCertificate(now, lifetime), newSigningCertificate(now, lifetime)]

  it('is the same for every replica with the CA, and another with another CA', () => {
    const path = reviewPath({ current: first }, 'callbots')!
    expect(path).to.match(/^\/review\/[0-9a-f]{32}\/callbots$/)
    expect(reviewPath({ current: { ...first } }, 'callbots')).to.equal(path)
    expect(reviewPath({ current: second }, 'callbots')).not.to.equal(path)
    expect(reviewPath({}, 'callbots')).to.equal(undefined)
  })

  it('of before a change of the CA is still taken', () => {
    const old = reviewPath({ current: first }, 'x')!.split('/')[2]!
    expect(passwords({ current: second, previous: first })).to.include(old)
    expect(passwords({ current: second })).not.to.include(old)
  })
})
