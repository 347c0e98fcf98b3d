/**
 * A client's appointment book, as far as a demonstration needs one. Runs in a pod of its own, in the image of the operator, with this
 * text mounted into it. A request that is repeated under its Idempotency-Key gets the answer of the first time.
 */
import { readFileSync } from 'node:fs'
import { fastify } from 'fastify'

const {
  APPOINTMENT_BOOK_NAME = 'agenda',
  APPOINTMENT_BOOK_TLS_DIR = '/etc/agenda/tls',
  APPOINTMENT_BOOK_TOKEN_FILE = '/etc/agenda/token/token',
} = process.env
const pem = (name: string) => readFileSync(`${APPOINTMENT_BOOK_TLS_DIR}/${name}`)
const token = readFileSync(APPOINTMENT_BOOK_TOKEN_FILE, 'utf8').trim()
const MOST_REMEMBERED = 10_000
const answers = new Map<string, { status: number; body: object }>()

const app = fastify({ https: { cert: pem('tls.crt'), key: pem('tls.key') }, bodyLimit: 16_384 })

app.get('/', () => ({ name: APPOINTMENT_BOOK_NAME }))

/** What was booked, by the telephone number that was given. */
const bookings = new Map<string, { date: string; heure: string }>()
const isKnown = (request: { headers: { authorization?: string | undefined } }) =>
  request.headers.authorization === `Bearer ${token}`

app.post('/v1/demandes', (request, reply) => {
  if (!isKnown(request)) return reply.code(401).send()
  const key = String(request.headers['idempotency-key'] ?? '')
  const known = answers.get(key)
  const { status, body } = known ?? decide(request.body)
  if (key !== '') answers.set(key, { status, body })
  if (answers.size > MOST_REMEMBERED) answers.delete(answers.keys().next().value!)
  // What is asked for is a caller's: it is not logged.
  console.log(JSON.stringify({ name: APPOINTMENT_BOOK_NAME, event: 'asked', status, again: known !== undefined }))
  return reply.code(status).send(body)
})

app.post('/v1/recherches', (request, reply) => {
  if (!isKnown(request)) return reply.code(401).send()
  const creneau = bookings.get(asked(request.body).telephone)
  console.log(JSON.stringify({ name: APPOINTMENT_BOOK_NAME, event: 'searched', found: creneau !== undefined }))
  return creneau === undefined ? reply.code(404).send({}) : reply.send({ creneau })
})

app.post('/v1/annulations', (request, reply) => {
  if (!isKnown(request)) return reply.code(401).send()
  const { telephone, date, heure } = asked(request.body)
  const creneau = bookings.get(telephone)
  // Cancelled already is cancelled: a request may come twice.
  if (creneau !== undefined && (creneau.date !== date || creneau.heure !== heure)) return reply.code(409).send({})
  bookings.delete(telephone)
  console.log(JSON.stringify({ name: APPOINTMENT_BOOK_NAME, event: 'cancelled' }))
  return reply.send({})
})

const asked = (body: unknown) => ({ telephone: '', date: '', heure: '', ...(body as object | undefined) })

/** Mornings are free at half past nine, afternoons at three; on Sundays nothing is. */
function decide(request: unknown): { status: number; body: object } {
  const { date = '', moment, telephone = '' } = (request ?? {}) as Record<string, string | undefined>
  if (new Date(date).getUTCDay() === 0) return { status: 409, body: { complet: true } }
  const creneau = { date, heure: moment === 'matin' ? '09:30' : '15:00' }
  bookings.set(telephone, creneau)
  if (bookings.size > MOST_REMEMBERED) bookings.delete(bookings.keys().next().value!)
  return { status: 201, body: { creneau } }
}

await app.listen({ host: '::', port: 8443 })
console.log(JSON.stringify({ name: APPOINTMENT_BOOK_NAME, event: 'listening' }))
process.on('SIGTERM', () => process.exit(0))
