import { expect } from 'chai'
import fc from 'fast-check'
import { ApiError, apiErrorFrom, isConflict, isFromTheFuture, isGone, Unreachable } from '../../../src/kube/errors.ts'
import { failureOf, isTlsFailure } from '../../../src/kube/network-failure.ts'
import { mayRetry, retryDelay } from '../../../src/kube/retry.ts'

const answered = (status: number, retryAfterSeconds?: number) =>
  new ApiError({ status, message: '', retryAfterSeconds })
const lost = (mayHaveArrived: boolean) =>
  new Unreachable({ method: 'GET', path: '/', code: 'ECONNRESET', mayHaveArrived, cause: undefined })

describe('a failed request', () => {
  it('is repeated whatever it was when the server did nothing: 429, or never connected', () => {
    for (const error of [answered(429), answered(429, 1), lost(false)]) expect(mayRetry(error, false)).to.equal(true)
  })

  it('is repeated after a lost answer or a server fault only when twice does no more than once', () => {
    for (const error of [lost(true), answered(500), answered(502), answered(503), answered(504)]) {
      expect(mayRetry(error, true)).to.equal(true)
      expect(mayRetry(error, false)).to.equal(false)
    }
  })

  it('is not repeated when the answer is a plain no', () => {
    for (const status of [400, 401, 403, 404, 405, 409, 410, 413, 422, 501])
      expect(mayRetry(answered(status), true), String(status)).to.equal(false)
    expect(mayRetry(new TypeError('a bug'), true)).to.equal(false)
  })

  it('is handed back when the server wants a long pause, so that no worker is held by it', () => {
    expect(mayRetry(answered(429, 60), true)).to.equal(false)
  })

  it('never comes back before Retry-After, nor later than 5 s without it', () => {
    const failures = fc.integer({ min: 1, max: 2000 })
    fc.assert(
      fc.property(
        failures,
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.integer({ min: 1, max: 10 }),
        (n, chance, seconds) => {
          expect(retryDelay(n, chance, lost(false))).to.be.within(50, 5000)
          expect(retryDelay(n, chance, answered(429, seconds))).to.be.within(seconds * 1000, seconds * 1000 + 2500)
        },
      ),
    )
  })
})

describe('an answer that is an error', () => {
  it('is read as a metav1.Status', () => {
    const status = { kind: 'Status', reason: 'Conflict', message: 'somebody wrote', code: 409, details: { name: 'x' } }
    const error = apiErrorFrom(409, JSON.stringify(status), 'PUT /x')
    expect(isConflict(error)).to.equal(true)
    expect(error.message).to.equal('PUT /x: 409 Conflict: somebody wrote')
    expect(error.details).to.deep.equal({ name: 'x' })
  })

  it('may be a proxy speaking, in any form', () => {
    expect(apiErrorFrom(502, '<html>Bad gateway', 'GET /').message).to.contain('Bad gateway')
    expect(apiErrorFrom(500, '', 'GET /').status).to.equal(500)
    expect(apiErrorFrom(500, 'null', 'GET /').status).to.equal(500)
  })

  it('takes Retry-After from the header, else from the details', () => {
    expect(apiErrorFrom(429, '{}', '', '3').retryAfterSeconds).to.equal(3)
    expect(apiErrorFrom(429, '{"details":{"retryAfterSeconds":7}}', '').retryAfterSeconds).to.equal(7)
    expect(apiErrorFrom(429, '{}', '', 'Wed, 21 Oct 2026 07:28:00 GMT').retryAfterSeconds).to.equal(undefined)
  })

  it('tells what is too old from what lies in the future', () => {
    expect(isGone(answered(410))).to.equal(true)
    const details = { causes: [{ reason: 'ResourceVersionTooLarge' }] }
    expect(isFromTheFuture(new ApiError({ status: 504, reason: 'Timeout', message: '', details }))).to.equal(true)
    expect(isFromTheFuture(new ApiError({ status: 504, reason: 'Timeout', message: '' }))).to.equal(false)
  })
})

describe('a failure of the network', () => {
  const withCode = (code: string, cause?: Error) => Object.assign(new Error(code, { cause }), { code })

  it('says whether the request can have arrived', () => {
    expect(failureOf(withCode('ECONNREFUSED'))).to.deep.equal({ code: 'ECONNREFUSED', mayHaveArrived: false })
    expect(failureOf(withCode('UND_ERR_CONNECT_TIMEOUT'))?.mayHaveArrived).to.equal(false)
    expect(failureOf(withCode('SELF_SIGNED_CERT_IN_CHAIN'))?.mayHaveArrived).to.equal(false)
    expect(failureOf(withCode('ECONNRESET'))?.mayHaveArrived).to.equal(true)
    expect(failureOf(withCode('UND_ERR_HEADERS_TIMEOUT'))?.mayHaveArrived).to.equal(true)
    expect(failureOf(new Error('fetch failed', { cause: withCode('EPIPE') }))?.code).to.equal('EPIPE')
  })

  it('is no other error', () => {
    for (const error of [
      new TypeError('x'),
      withCode('UND_ERR_INVALID_ARG'),
      withCode('ERR_INVALID_URL'),
      'text',
      undefined,
    ])
      expect(failureOf(error)).to.equal(undefined)
  })

  it('may be of TLS: then the CA is read again', () => {
    const codes = ['CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'EPROTO']
    for (const code of [
      ...codes,
      'SELF_SIGNED_CERT_IN_CHAIN',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'ERR_SSL_WRONG_VERSION_NUMBER',
    ]) {
      expect(isTlsFailure(code), code).to.equal(true)
      expect(failureOf(withCode(code))?.code, code).to.equal(code)
    }
    expect(isTlsFailure('ECONNRESET')).to.equal(false)
  })
})
