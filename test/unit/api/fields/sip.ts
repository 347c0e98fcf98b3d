import { DO, of, type Shown } from './shown.ts'

const TRUNK = 'Integration.sip.trunks[]'

export const SIP: Shown[] = [
  {
    file: 'test/integration/operator/integrations.test.ts',
    test: 'are published for the edges: the primary first, the port filled in',
    fields: of(TRUNK, 'name', 'role'),
  },
  {
    file: DO,
    test: 'address, transport, capacity, probe and failover of trunks: the proxy receives each of them',
    fields: [
      ...of(TRUNK, 'address.host', 'address.port', 'transport'),
      ...of('Integration.sip.probe', 'intervalSeconds', 'timeoutMilliseconds', 'downAfter', 'upAfter'),
    ],
  },
  {
    file: 'test/integration/edge/a-bot-calls-out.test.ts',
    test: 'gets the backup beyond what the primary can bear, and the primary again when a call is over',
    fields: of(TRUNK, 'capacity.maxCalls'),
  },
  {
    file: 'test/integration/edge/a-bot-calls-out.test.ts',
    test: 'gets the backup for what comes faster than the primary takes',
    fields: of(TRUNK, 'capacity.callsPerSecond'),
  },
  {
    file: 'test/integration/edge/numbers-in-formats-of-carriers.test.ts',
    test: 'is called with numbers as it writes them, in the Request-URI, and with extensions as they are',
    fields: of(TRUNK, 'numbers.international', 'numbers.national.countryCode', 'numbers.national.prefix'),
  },
  {
    file: DO,
    test: 'tls and digest of trunks: the edges read those keys of those Secrets, and ask for that name',
    fields: of(TRUNK, 'tls.caSecretRef.key', 'digest.secretRef.name'),
  },
  {
    file: 'test/integration/edge/a-trunk-over-tls.test.ts',
    test: 'is shown our certificate where it asks for one',
    fields: of(TRUNK, 'tls.identitySecretRef.name'),
  },
  {
    file: 'test/integration/edge/a-trunk-over-tls.test.ts',
    test: 'gets no call when its certificate is of an authority that is not the one named',
    fields: of(TRUNK, 'tls.caSecretRef.name'),
  },
  {
    file: 'test/integration/edge/a-trunk-over-tls.test.ts',
    test: 'gets no call when its certificate proves another name',
    fields: of(TRUNK, 'tls.serverName'),
  },
  {
    file: 'test/integration/edge/a-trunk-asks-who-we-are.test.ts',
    test: 'gets the credentials in its own realm only, if there is one for it',
    fields: of(TRUNK, 'digest.realm'),
  },
  {
    file: 'test/integration/edge/a-trunk-asks-who-we-are.test.ts',
    test: 'gets the credentials by MD5 only where the Integration allows it',
    fields: of(TRUNK, 'digest.algorithms'),
  },
  {
    file: 'test/unit/edge/plan/trunk-tables.test.ts',
    test: 'take encrypted calls, plain ones or both, as the Integration says',
    fields: of(TRUNK, 'srtp'),
  },
  {
    file: 'test/integration/edge/inbound-lets-in-who-it-says.test.ts',
    test: "a client's telephone system calls the bots of its own namespace, by each transport of its trunks",
    fields: of(TRUNK, 'inbound.sources[]'),
  },
  {
    file: 'test/integration/edge/a-bot-calls-out.test.ts',
    test: 'gets the backup at once when the primary says ${code}',
    fields: ['Integration.sip.failover.onStatusCodes[]'],
  },
  {
    file: 'test/integration/edge/a-bot-calls-out.test.ts',
    test: 'gets the backup within 2 s when the primary is silent, and at once when that is known',
    fields: ['Integration.sip.failover.perTryMilliseconds'],
  },
  {
    file: 'test/unit/edge/plan/trunk-tables.test.ts',
    test: 'are held after they came back: for a time, until a person says so, or not at all',
    fields: of('Integration.sip.failover.failback', 'mode', 'holdSeconds'),
  },
  {
    file: 'test/unit/voice/transfer/outgoing-invite.test.ts',
    test: 'hands over what the integration has a header for, and nothing else',
    fields: of('Integration.sip.handOver[]', 'field', 'header'),
  },
  {
    file: 'test/unit/rules/flow/check.test.ts',
    test: 'names a transfer that the trunks can not do, or that leads back to the bot',
    fields: ['Integration.sip.transferMethods[]'],
  },
  {
    file: 'test/unit/voice/transfer/outgoing-invite.test.ts',
    test: 'shows the number of the caller, of the bot, or none, as the integration says',
    fields: ['Integration.sip.callerNumber'],
  },
  {
    file: 'test/integration/edge/a-caller-who-is-put-through-brings-nothing-along.test.ts',
    test: "shows the bot's number where the Integration says Bot, and its User-Agent",
    fields: ['Integration.sip.userAgent'],
  },
]
