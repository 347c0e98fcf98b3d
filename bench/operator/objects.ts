/** The objects that the benchmark makes: Callbots of a realistic size, spread over namespaces as clients would be. */

export const API = '/apis/callbots.dev/v1alpha1'
export const CALLBOTS = `${API}/callbots`
export const OPERATOR_NAMESPACE = 'callbot-system'

const BOTS_PER_NAMESPACE = 100

const number = (index: number) => String(index).padStart(5, '0')

export const namespaceOf = (index: number) => `client-${number(Math.floor(index / BOTS_PER_NAMESPACE))}`
export const nameOf = (index: number) => `bot-${number(index)}`

/** The Callbot of this number, valid for the CRD; its telephone number is nobody else's. */
export function callbot(index: number, replicas: number): object {
  return {
    apiVersion: 'callbots.dev/v1alpha1',
    kind: 'Callbot',
    metadata: { name: nameOf(index), namespace: namespaceOf(index) },
    spec: {
      numbers: [`+3319900${number(index)}`.slice(0, 15)],
      language: 'fr-FR',
      integrationRefs: [{ name: 'crm' }],
      fallback: { number: '+33199000000', integrationRef: { name: 'crm' } },
      capacity: { minReplicas: replicas, maxReplicas: replicas + 4 },
      drain: { deadlineSeconds: 600 },
      dialog: { inline: { steps: dialog() } },
    },
  }
}

const goodbye = { name: 'goodbye', hangUp: { say: 'Merci de votre appel. À bientôt.' } }

/** About 3 KB, as a small real dialog has. */
function dialog(): object[] {
  const ask = (name: string, text: string, field: string, slot: object, next: string) => ({
    name,
    ask: { text, field, slot, reprompts: ["Pardon, je n'ai pas bien compris.", 'Pouvez-vous le redire autrement ?'] },
    next,
  })
  return [
    {
      name: 'welcome',
      say: { text: 'Bonjour, vous êtes au cabinet médical. Cet appel est traité par un robot.' },
      next: 'day',
    },
    ask('day', 'Pour quel jour souhaitez-vous un rendez-vous ?', 'day', { type: 'Date' }, 'time'),
    ask('time', 'À quelle heure vous conviendrait-il le mieux ?', 'time', { type: 'Time' }, 'phone'),
    ask('phone', 'À quel numéro pouvons-nous vous rappeler ?', 'phone', { type: 'Phone' }, 'known'),
    ask('known', 'Êtes-vous déjà venu dans notre cabinet ?', 'known', { type: 'YesNo' }, 'confirm'),
    ask(
      'confirm',
      'Rendez-vous le {day} à {time}, rappel au {phone}. Est-ce bien cela ?',
      'right',
      { type: 'YesNo' },
      'branch',
    ),
    {
      name: 'branch',
      choose: { branches: [{ field: 'right', operator: 'In', values: ['yes'], next: 'goodbye' }], otherwise: 'day' },
    },
    goodbye,
  ]
}

/** The client's side that the Callbots of a namespace refer to. */
export function integration(namespace: string): object {
  return {
    apiVersion: 'callbots.dev/v1alpha1',
    kind: 'Integration',
    metadata: { name: 'crm', namespace },
    spec: {
      criticality: 'Standard',
      sip: { trunks: [{ name: 'main', role: 'Primary', address: { host: 'sip.example.net' } }] },
    },
  }
}
