import { DO, of, type Shown } from './shown.ts'

const SERVERS = ['Callbot.speech.asr[]', 'Callbot.speech.tts[]', 'Callbot.llm.providers[]']
const ofServers = (...names: string[]) => SERVERS.flatMap((server) => of(server, ...names))

export const CALLBOT: Shown[] = [
  {
    file: 'test/unit/edge/plan/route-tables.test.ts',
    test: "send a number to its own bot's pods and to no other",
    fields: ['Callbot.numbers[]'],
  },
  {
    file: 'test/unit/conversation/engine.test.ts',
    test: 'knows what day it is where the bot is at home',
    fields: ['Callbot.language'],
  },
  {
    file: 'test/unit/voice/speech/speech-client.test.ts',
    test: 'sends a foreign server nothing but what the API knows',
    fields: of('Callbot.speech', 'asr[].type', 'tts[].type'),
  },
  {
    file: DO,
    test: 'type of a language model: Embedded is refused, for none is installed with the operator',
    fields: ['Callbot.llm.providers[].type'],
  },
  {
    file: DO,
    test: 'model and voice of a speech server: it is asked for them',
    fields: of('Callbot.speech', 'asr[].model', 'tts[].model', 'tts[].voice'),
  },
  {
    file: DO,
    test: 'region of a speech server or language model: outside of placement.regions it is refused',
    fields: ofServers('region'),
  },
  {
    file: DO,
    test: 'url and secretRef of servers: pods reach that port, and are given that key of that Secret',
    fields: ofServers('url', 'secretRef.name', 'secretRef.key'),
  },
  {
    file: 'test/unit/voice/speech/speech-client.test.ts',
    test: 'asks the second provider when the first fails, and when it is slow',
    fields: ofServers('timeoutMilliseconds'),
  },
  {
    file: 'test/integration/calls/conversation.test.ts',
    test: 'sends a turn with silence around it, the language, and the words that are likely',
    fields: ['Callbot.speech.vocabulary[]'],
  },
  {
    file: 'test/unit/voice/pipeline/audio-input.test.ts',
    test: 'ends a turn after the silence of the rule, counted from the last sound, however slowly the model lets go of the voice',
    fields: ['Callbot.turnTaking.endOfTurnMilliseconds'],
  },
  {
    file: 'test/unit/voice/call/state-machine.test.ts',
    test: 'reports silence by the question, and by the watchdog over all questions',
    fields: ['Callbot.turnTaking.silenceSeconds'],
  },
  {
    file: 'test/unit/voice/call/state-machine.test.ts',
    test: 'is stuck when an answer is owed for too long, and a second time ends without a word',
    fields: ['Callbot.turnTaking.stuckSeconds'],
  },
  {
    file: 'test/unit/voice/call/state-machine.test.ts',
    test: 'ends with the longest call',
    fields: ['Callbot.turnTaking.longestCallSeconds'],
  },
  {
    file: 'test/integration/operator/configuration.test.ts',
    test: 'holds what pods need of each Integration, and not before the operator has seen the newest of it',
    fields: ['Callbot.integrationRefs[].name'],
  },
  {
    file: 'test/integration/calls/put-through.test.ts',
    test: 'reaches the emergency number when the dialog has no way on',
    fields: of('Callbot.fallback', 'number', 'integrationRef.name'),
  },
  {
    file: 'test/unit/conversation/engine.test.ts',
    test: 'apologises and hangs up when the emergency number is not meant for the cause',
    fields: ['Callbot.fallback.causes[]'],
  },
  {
    file: 'test/unit/conversation/engine.test.ts',
    test: "puts the caller through by the emergency number, with the bot's own words where it has some",
    fields: ['Callbot.fallback.say'],
  },
  {
    file: 'test/unit/rules/scaling/replica-count.test.ts',
    test: 'are what the scale subresource asks for with External, within the limits, whatever the calls',
    fields: of('Callbot.capacity', 'scaling', 'replicas'),
  },
  {
    file: 'test/unit/rules/scaling/replica-count.test.ts',
    test: 'have places for the live calls and the buffer, as a number or as a share',
    fields: ['Callbot.capacity.buffer'],
  },
  {
    file: 'test/unit/rules/scaling/replica-count.test.ts',
    test: 'are as many as the calls need at once, within the limits',
    fields: of('Callbot.capacity', 'minReplicas', 'maxReplicas'),
  },
  {
    file: 'test/integration/calls/leaving.test.ts',
    test: 'takes as many calls as it has places, refuses the next at once, and takes one again when one has ended',
    fields: ['Callbot.capacity.callsPerPod'],
  },
  {
    file: DO,
    test: 'zones, placement.regions and placement.certifications: its pods run on such nodes only',
    fields: of('Callbot', 'zones[]', 'placement.regions[]', 'placement.certifications[]'),
  },
  {
    file: 'test/unit/voice/pod/call-admission.test.ts',
    test: 'go to the emergency number at the deadline, each of them once, and are not cut',
    fields: ['Callbot.drain.deadlineSeconds'],
  },
  {
    file: 'test/integration/operator/configuration.test.ts',
    test: 'is checked with the Integrations that its dialog calls, and with its policy',
    fields: ['Callbot.retentionPolicyRef.name'],
  },
  {
    file: 'test/unit/operator/metrics/objectives.test.ts',
    test: 'answeredPercent: the objective of each bot, as the share that it means',
    fields: ['Callbot.slo.answeredPercent'],
  },
  {
    file: 'test/integration/edge/calls-are-counted-by-outcome.test.ts',
    test: 'late: the bot answers after answerSeconds of its objective',
    fields: ['Callbot.slo.answerSeconds'],
  },
  {
    file: 'test/integration/edge/a-tls-only-bot-takes-no-plain-call.test.ts',
    test: 'a bot says over which transports callers may reach it',
    fields: ['Callbot.media.sipTransport'],
  },
  {
    file: 'test/integration/calls/conversation.test.ts',
    test: 'that offers plain RTP is refused with 488 and never answered in the clear',
    fields: ['Callbot.media.srtp'],
  },
  {
    file: 'test/unit/wire/sdp/negotiate.test.ts',
    test: 'takes the codec that the policy likes best, by number or by name',
    fields: ['Callbot.media.codecs[]'],
  },
]

export const TESTS: Shown[] = [
  {
    file: 'test/unit/voice/flow/test-runner.test.ts',
    test: 'all pass, or are reported with their index, name and first fault',
    fields: ['Callbot.tests[].name'],
  },
  {
    file: 'test/unit/voice/flow/test-runner.test.ts',
    test: 'passes when the conversation goes as it says, whatever way it goes',
    fields: of(
      'Callbot.tests[]',
      ...['operation', 'outcome', 'output[].name', 'output[].value'].map((name) => `given[].${name}`),
      'turns[].keys',
    ),
  },
  {
    file: 'test/unit/voice/flow/test-runner.test.ts',
    test: 'fails at the very turn at which the bot says or does something else',
    fields: of('Callbot.tests[]', 'turns[].says', 'turns[].expect[]', 'turns[].expectStep', 'ends'),
  },
  {
    file: 'test/unit/voice/flow/test-runner.test.ts',
    test: 'fails at the value that was collected otherwise, and its few words for a status hold no value',
    fields: of('Callbot.tests[]', 'collected[].field', 'collected[].value'),
  },
  {
    file: 'test/unit/voice/flow/test-runner.test.ts',
    test: 'has a language model say, collect and end its step, answer by answer, and then fail',
    fields: of(
      'Callbot.tests[].models[]',
      ...['step', 'answers[].say', 'answers[].exit', 'answers[].collected[].field', 'answers[].collected[].value'],
    ),
  },
  {
    file: 'test/unit/voice/flow/test-runner.test.ts',
    test: 'has nobody answer a transfer where it says so',
    fields: ['Callbot.tests[].transfers'],
  },
]
