import { DO, of, type Shown } from './shown.ts'

const ENDPOINT = 'Integration.http.endpoints[]'
const OPERATION = 'Integration.http.operations[]'

export const HTTP: Shown[] = [
  {
    file: DO,
    test: 'criticality: High and Critical are refused without a backup, for each side',
    fields: ['Integration.criticality'],
  },
  {
    file: 'test/integration/http/routes.test.ts',
    test: 'leaves the primary when probes find it dead, though nobody calls, and comes back to it when they find it alive',
    fields: [
      ...of(ENDPOINT, 'name', 'url'),
      ...of('Integration.http.probe', 'path', 'intervalSeconds', 'timeoutMilliseconds'),
    ],
  },
  {
    file: 'test/unit/rules/http/endpoint-selection.test.ts',
    test: 'are the primary, wherever it is listed, and the backups in their order',
    fields: of(ENDPOINT, 'role'),
  },
  {
    file: DO,
    test: 'transport of an endpoint: what is sent in the clear has to be asked for',
    fields: of(ENDPOINT, 'transport'),
  },
  {
    file: 'test/unit/voice/http/trust.test.ts',
    test: 'is shown our certificate where it asks for one, and a new one without a restart',
    fields: of(ENDPOINT, 'tls.identitySecretRef.name'),
  },
  {
    file: 'test/unit/voice/http/trust.test.ts',
    test: 'is believed only with a certificate of its authority, for its name',
    fields: of(ENDPOINT, 'tls.caSecretRef.name', 'tls.caSecretRef.key', 'tls.serverName'),
  },
  {
    file: 'test/unit/voice/http/trust.test.ts',
    test: 'gets user and password, or a key, in the form that it wants',
    fields: of(ENDPOINT, 'auth.type', 'auth.secretRef.name', 'auth.header'),
  },
  {
    file: 'test/unit/voice/http/trust.test.ts',
    test: 'is shown a token of its token server, one for all calls, and another when it takes that one no more',
    fields: of(ENDPOINT, 'auth.tokenURL', 'auth.scope'),
  },
  {
    file: 'test/integration/http/routes.test.ts',
    test: 'leads to endpoints in the regions of the bot only: one elsewhere, or without a region, is neither asked nor probed',
    fields: of(ENDPOINT, 'region'),
  },
  {
    file: 'test/unit/rules/http/request.test.ts',
    test: 'has each value in its place, encoded for it, under the name that the service knows',
    fields: of(OPERATION, 'method', 'path', 'input[].name', 'input[].in', 'input[].as'),
  },
  {
    file: 'test/unit/rules/http/request.test.ts',
    test: 'is not sent without a value that is required, or that stands in the path',
    fields: of(OPERATION, 'input[].required'),
  },
  {
    file: 'test/integration/http/dialog.test.ts',
    test: 'goes on by the outcome, and says what came back',
    fields: of(OPERATION, 'name'),
  },
  {
    file: 'test/integration/http/faults.test.ts',
    test: '${fault} is answered by the backup, when it may be repeated',
    fields: of(OPERATION, 'timeoutMilliseconds'),
  },
  {
    file: 'test/unit/rules/http/endpoint-selection.test.ts',
    test: 'is asked for again, unless it does harm and may have been received',
    fields: of(OPERATION, 'idempotency'),
  },
  {
    file: 'test/unit/rules/http/response.test.ts',
    test: 'is the outcome that declares its status, with the values at the pointers',
    fields: of(OPERATION, 'output[].name', 'output[].pointer', 'outcomes[].name', 'outcomes[].statusCodes[]'),
  },
  {
    file: 'test/unit/rules/http/endpoint-selection.test.ts',
    test: 'turns only after that many probes in a row',
    fields: of('Integration.http.probe', 'downAfter', 'upAfter'),
  },
  {
    file: 'test/integration/http/routes.test.ts',
    test: 'leaves an endpoint alone that fails calls while it answers probes, and tries it again after a while',
    fields: of('Integration.http.circuitBreaker', 'openAfterPercent', 'windowCalls', 'openSeconds', 'trialCalls'),
  },
]
