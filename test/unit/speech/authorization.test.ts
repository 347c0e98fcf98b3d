import { expect } from 'chai'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Access } from '../../../src/kube/access-review.ts'
import { requireCaller } from '../../../src/speech/authorization.ts'
import type { Problem } from '../../../src/speech/api-errors.ts'

/** What becomes of a request: 200, or the status and code of the refusal, and whether the API server was asked. */
async function ask(url: string, o: { authorized?: boolean; token?: Access } = {}) {
  const asked: (string | undefined)[] = []
  const hook = requireCaller((authorization) => {
    asked.push(authorization)
    return Promise.resolve(o.token ?? 401)
  })
  const raw = { socket: { authorized: o.authorized === true } }
  const request = { url, raw, headers: { authorization: 'Bearer token' } } as unknown as FastifyRequest
  const headers: string[] = []
  const reply = { header: (name: string) => headers.push(name) } as unknown as FastifyReply
  const status = await hook(request, reply).then(
    () => 200,
    (problem: Problem) => problem.status,
  )
  return { status, asked: asked.length, headers }
}

describe('who may ask the speech server', () => {
  it('anyone how it is', async () => {
    for (const url of ['/healthz', '/readyz', '/readyz?verbose']) expect((await ask(url)).status, url).to.equal(200)
  })

  it('only bearers of a certificate for anything else, and no token opens it', async () => {
    for (const url of ['/v1/audio/speech', '/', '/healthz/../v1/models', '/metrics/']) {
      expect(await ask(url, { token: 200 }), url).to.deep.equal({ status: 401, asked: 0, headers: [] })
      expect((await ask(url, { authorized: true })).status, url).to.equal(200)
    }
  })

  it('for metrics who has a certificate, or a token that the API server lets read them', async () => {
    expect(await ask('/metrics', { authorized: true })).to.include({ status: 200, asked: 0 })
    expect(await ask('/metrics', { token: 200 })).to.include({ status: 200, asked: 1 })
    expect(await ask('/metrics', { token: 403 })).to.include({ status: 403 })
    expect(await ask('/metrics', { token: 503 })).to.include({ status: 503 })
    expect(await ask('/metrics', { token: 401 })).to.deep.equal({
      status: 401,
      asked: 1,
      headers: ['www-authenticate'],
    })
  })
})
