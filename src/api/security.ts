/** Who we are towards a peer, and whom we believe: TLS, digest and HTTP authentication. Secrets are named, never copied. */
import { z } from 'zod'
import { choice, group, host, objectName, quotable, secretKeyRef, text, webAddress } from './fields.ts'
import { matches, type Rule, when, withRules } from './rule.ts'

const secretName = (description: string) =>
  group(description, { name: objectName('Name of the Secret, in the same namespace.') })

export const tlsSchema = group('TLS towards the peer, version 1.2 or later.', {
  identitySecretRef: secretName(
    'Client certificate and key, for peers that require one (mutual TLS): a Secret with tls.crt and tls.key, and the hosts that may receive the certificate in callbots.hosts. Absent: none is sent.',
  ).optional(),
  caSecretRef: secretKeyRef(
    "The authorities that may have issued the peer's certificate, as PEM. Absent: the public authorities.",
    'ca.crt',
  ).optional(),
  serverName: host(
    "The name that the peer's certificate must carry. Absent: the host of the address.",
    'serverName must be a host name, such as sip.example.org',
  ).optional(),
})

export const digestSchema = group('Digest authentication (RFC 8760): the credentials for challenges of the peer.', {
  secretRef: secretName('A Secret with username and password, and the hosts that may receive them in callbots.hosts.'),
  realm: quotable('The realm for which the credentials are used. Absent: any realm of this peer.', 128).optional(),
  algorithms: choice(
    'Which challenges are answered. SHA256: only SHA-256. SHA256OrMD5: MD5 too, for older telephone systems; an eavesdropper can crack it, so use it with TLS only.',
    ['SHA256', 'SHA256OrMD5'],
  ).default('SHA256'),
})

const authShape = group('Authentication towards the web service, besides mutual TLS.', {
  type: choice(
    'None: no authentication. Bearer: a fixed token. Basic: user and password. APIKey: a key in a header. OAuth2: tokens from tokenURL by client credentials.',
    ['None', 'Bearer', 'Basic', 'APIKey', 'OAuth2'],
  ).default('None'),
  secretRef: secretName(
    'The Secret: token for Bearer; username and password for Basic; apiKey for APIKey; clientID and clientSecret for OAuth2; and the hosts that may receive them in callbots.hosts.',
  ).optional(),
  header: withRules(
    text('APIKey: the header for the key. Default: X-API-Key.', 64),
    matches(
      /^[A-Za-z0-9][A-Za-z0-9_-]*$/,
      'header must be the name of a header: letters, digits, "-" and "_", such as X-API-Key',
    ),
  ).optional(),
  tokenURL: webAddress('OAuth2: address of the token endpoint.').optional(),
  scope: text('OAuth2: the scope to request. Absent: the default of the server.', 200).optional(),
})

type Auth = z.output<typeof authShape>
const authRules: Rule<Auth>[] = [
  when<Auth>(
    'secretRef',
    "self.type == 'None' || has(self.secretRef)",
    'secretRef is needed with this type of auth: name the Secret that holds the credentials, or set type to None',
    (auth) => auth.type === 'None' || auth.secretRef !== undefined,
  ),
  when<Auth>(
    'tokenURL',
    "(self.type == 'OAuth2') == has(self.tokenURL)",
    'tokenURL is needed with type OAuth2 and has no meaning without: add it or remove it',
    (auth) => (auth.type === 'OAuth2') === (auth.tokenURL !== undefined),
  ),
  when<Auth>(
    'tokenURL',
    "!has(self.tokenURL) || self.tokenURL.startsWith('https://')",
    'tokenURL must begin with https://, since secrets are sent to it',
    (auth) => auth.tokenURL === undefined || auth.tokenURL.startsWith('https://'),
  ),
  when<Auth>(
    'header',
    "self.type == 'APIKey' || !has(self.header)",
    'header has a meaning only with type APIKey: remove it or change type',
    (auth) => auth.type === 'APIKey' || auth.header === undefined,
  ),
]

export const authSchema = withRules(authShape, ...authRules)
