/** Changes that each drop a promise to callers, clients or the law. All of them have to be noticed. */
export const PROMISES = [
  {
    file: 'src/rules/flow/collect-filter.ts',
    what: 'what leaves a call is not filtered by collect',
    from: 'collect.includes(name) && !',
    to: '!',
  },
  {
    file: 'src/rules/flow/collect-filter.ts',
    what: 'an operation is sent secrets that collect does not list',
    from: "if (!collect.includes(field)) return ''",
    to: '',
  },
  {
    file: 'src/rules/flow/collect-filter.ts',
    what: 'a tighter policy is not for calls that go on',
    from: 'before.filter((name) => policy.includes(name))',
    to: 'before',
  },
  {
    file: 'src/conversation/answers.ts',
    what: 'a secret is collected as any other answer, and so spoken and handed over',
    from: "script.isSecret(ask.field) ? 'secrets' : 'collected'",
    to: "'collected'",
  },
  {
    file: 'src/telephony/media/media-session.ts',
    what: 'a protected call accepts a plain offer later',
    from: 'this.agreed?.crypto !== undefined && agreed.crypto === undefined',
    to: 'false',
  },
  {
    file: 'src/pki/peer-names.ts',
    what: 'a certificate for a parent domain proves a name',
    from: 'proven.includes(name.toLowerCase())',
    to: 'proven.some((one) => name.toLowerCase().endsWith(one))',
  },
  {
    file: 'src/conversation/step-runner.ts',
    what: 'fallback.causes is ignored by the dialog',
    from: '!fallback.causes.includes(cause)',
    to: 'false',
  },
  {
    file: 'src/edge/plan/route-tables.ts',
    what: 'fallback.causes is ignored by the edge',
    from: "fallback === undefined || !fallback.causes.includes('NoCapacity')",
    to: 'fallback === undefined',
  },
  {
    file: 'src/operator/render/edge-route.ts',
    what: 'NoCapacity is left out of the routes of the edges',
    from: 'causes: [...causes].sort()',
    to: "causes: [...causes].sort().filter((cause) => cause !== 'NoCapacity')",
  },
  {
    file: 'src/voice/call/caller-input.ts',
    what: 'the emergency number comes one fault of the recogniser later',
    from: 'if (failed > 1)',
    to: 'if (failed > 2)',
  },
  {
    file: 'src/voice/call/caller-input.ts',
    what: 'the emergency number comes at the first fault of the recogniser',
    from: 'if (failed > 1) ',
    to: 'if (failed > 0) ',
  },
  {
    file: 'src/wire/sip/digest.ts',
    what: 'a password is always proved with MD5',
    from: 'createHash(algorithm.hash)',
    to: "createHash('md5')",
  },
] as const
