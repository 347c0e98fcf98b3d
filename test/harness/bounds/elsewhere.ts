/** Why a row of docs/bounds.md is not measured by test/unit/bounds/inputs.test.ts. A file that is named is one of its row. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  'A conversation flow in a ConfigMap, at review and in pods':
    'It is read in another thread: test/unit/threads/flow-reader.test.ts measures the event loop meanwhile.',
  'All of a ConfigMap with the label':
    'test/unit/operator/webhooks/reviewers.test.ts measures the event loop during a review.',
  'Reviews and tests that wait for the thread': 'It is a count.',
  'A review as a whole': 'Its sender is the API server; the texts of tenants in it have rows of their own.',
  'Callbot: `dialog.inline`, `tests`, texts, choices':
    'It is read as a value, not as a text: test/unit/rules/flow/bounds.test.ts measures the largest ones.',
  "Running a bot's own tests": 'They run in another thread, or as calls do.',
  'Integration: `drill.schedule`, `drill.blackouts`':
    'The schedule has 100 characters: test/unit/rules/drill/slots.test.ts and its neighbours measure what is decided by it.',
  'RetentionPolicies of a namespace': 'It is a count.',
  'Exports of legal holds': 'It is a count, and pages that are written, not read.',
  'Root keys of a namespace': 'It is a count; their file is measured.',
  'RetentionPolicy, FailoverDrill': 'The API server reads them, and refuses what is too large.',
  Numbers: 'It is a count of texts of 16 characters.',
  'Sound of a test call': 'It is sound: test/unit/caller/judge/audio-check.test.ts measures each frame.',
  'Integrations with trunks, their trunks and sources': 'It is a count.',
  'Callbots, numbers, and pods that are connected to edges': 'It is a count.',
  'TLS connections of trunks to one address': 'It is a count.',
  'Probes of trunks, by each edge': 'It is a rate.',
  'Transactions in the database of records': 'It is a time.',
  'Addresses that are not open, in the log of a bot': 'It is a count.',
  'Connections to the database of records': 'It is a count.',
  "Keys and octets of a namespace's records": 'It is a count in the database.',
  'Names of trunks that are looked up': 'It is a count.',
  'What an edge has seen of trunks': 'It is a count of rows.',
  'Calls that an edge counts': 'It is a count of rows.',
  "Tables of an edge's proxy":
    'The proxy reads them: test/integration/edge/every-list-at-its-maximum.test.ts fills them.',
  'What is gathered of a call': 'It is a sum of texts that are measured where they come from.',
  'Records that wait in a pod': 'It is a sum of what the pod has written.',
  'Records that wait to be delivered from memory': 'It is a sum of what the pod has written.',
  'Drills of trunks that run at a time': 'It is a count.',
  'Pods that take part in a drill of a web service': 'It is a count.',
  '`say --file`, `plan --file`': 'It is read on the machine of who wrote it, where no call and no lease waits.',
}
