// The walls of the house. Every rule says what to do instead.
const PROGRAMS = 'operator|edge|voice|speech|say|drill|sweep'
// threads/ opens to other threads of this process.
const DOORS = 'kube|telephony|store|threads'
// kube/field-ownership.ts says what of a manifest is ours: arithmetic on values, which plans need and doors use.
// Of pki/ only pki/identity.ts reads files.
const PURE =
  '^src/((lib|api|wire|rules|conversation|operator/(plan|report|render)|edge/(plan|report|render)|voice/(call|pipeline))/|pki/(?!identity[.])|kube/(field-ownership|raw-object)[.]ts$)'

const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    rule(
      'no-circles',
      'Two files that need each other are one file, or hide a third: take the shared part out.',
      {},
      { circular: true },
    ),
    rule(
      'lib-knows-nothing',
      'lib/ holds helpers without a domain word. Move the code to the room whose word it uses.',
      { path: '^src/lib/' },
      { path: '^src/', pathNot: '^src/lib/' },
    ),
    rule(
      'api-knows-lib',
      'api/ is the contract that a user writes. Behaviour belongs to rules/ or to a program.',
      { path: '^src/api/' },
      { path: '^src/', pathNot: '^src/(api|lib)/' },
    ),
    rule(
      'wire-knows-lib',
      'wire/ turns bytes into values. Take what it needs from outside as a parameter.',
      { path: '^src/wire/' },
      { path: '^src/', pathNot: '^src/(wire|lib)/' },
    ),
    rule(
      'rules-know-api',
      'rules/ are pure decisions. Gather what they need in an observe/ room and pass it in.',
      { path: '^src/rules/' },
      { path: '^src/', pathNot: '^src/(rules|api|lib)/' },
    ),
    rule(
      'doors-stay-apart',
      'A door opens to one world. A program brings two doors together.',
      { path: `^src/(${DOORS})/` },
      { path: '^src/', pathNot: '^src/($1|lib|wire|api|listeners|runtime|pki)/' },
    ),
    rule(
      'runtime-knows-listeners',
      'runtime/ is what every program runs with: clock, log, shutdown, health, metrics. Take what it serves as a parameter.',
      { path: '^src/runtime/' },
      // The metrics server is handed the gate of kube/access-review.ts, and knows its type alone.
      { path: '^src/', pathNot: '^src/(runtime|listeners|lib)/', dependencyTypesNot: ['type-only'] },
    ),
    rule(
      'pki-knows-runtime',
      'pki/ makes, reads and renews certificates, for every program and door. Where they are kept is up to a program.',
      { path: '^src/pki/' },
      { path: '^src/', pathNot: '^src/(pki|runtime|lib)/' },
    ),
    rule(
      'conversation-knows-rules',
      'conversation/ is the engine that talks, for every program that plays a flow. It takes words and returns words.',
      { path: '^src/conversation/' },
      { path: '^src/', pathNot: '^src/(conversation|rules|api|lib)/' },
    ),
    rule(
      'listeners-know-lib',
      'listeners/ limits what connections may cost, for every program and door. Take what it serves as a parameter.',
      { path: '^src/listeners/' },
      { path: '^src/', pathNot: '^src/(listeners|lib)/|^src/runtime/clock[.]ts$' },
    ),
    rule(
      'programs-stay-apart',
      'Programs share rules/, doors and lib/, never each other.',
      { path: `^src/(${PROGRAMS})/` },
      { path: `^src/(${PROGRAMS})/`, pathNot: '^src/$1/' },
    ),
    rule(
      'pure-rooms-stay-pure',
      'A pure room takes values and returns values. Do the reading in observe/, the doing in apply/.',
      { path: PURE },
      { path: '^src/', pathNot: `${PURE}|^src/operator/(world|integration-world|not-served-world|plan-steps)[.]ts$` },
    ),
    rule(
      'pure-rooms-do-no-io',
      'A pure room does no I/O: pass the value in. (Files of pki/ have OpenSSL load what they read, and open nothing.)',
      { path: PURE, pathNot: '^src/pki/(pem|crl)[.]ts$' },
      { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|util|assert)$' },
    ),
    rule(
      'only-kube-talks-http',
      'Only kube/ talks to the API server.',
      { path: '^src/', pathNot: '^src/(kube|speech|voice|operator/health)' },
      { path: 'undici' },
    ),
    rule(
      'only-telephony-opens-sockets',
      'Only telephony/ opens dgram, net and tls. (pki/, operator/certificates/own-certificate.ts and kube/connection-pools.ts make TLS contexts and open nothing; listeners/ has the types of what it limits.)',
      {
        path: '^src/',
        pathNot:
          '^src/(telephony/|listeners/|pki/(pem|crl)[.]ts$|operator/(certificates/own-certificate|state-client)[.]ts$|kube/connection-pools[.]ts$)',
      },
      { dependencyTypes: ['core'], path: '^(node:)?(dgram|net|tls)$' },
    ),
    ...[
      ['transport', 'transaction|dialog|agent'],
      ['transaction', 'dialog|agent'],
      ['dialog', 'agent'],
    ].map(([room, above]) =>
      rule(
        `sip-${room}-knows-what-is-below`,
        'transport, transaction, dialog, agent: each knows those before it. Hand up what is needed as a parameter or a callback.',
        { path: `^src/telephony/${room}/` },
        { path: `^src/telephony/(${above})/` },
      ),
    ),
    rule(
      'no-orphans',
      'Nothing imports this file: use it or remove it.',
      { orphan: true, path: '^src/', pathNot: '[.]d[.]ts$' },
      {},
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.json'] },
  },
}
