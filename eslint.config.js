import js from '@eslint/js'
import regexp from 'eslint-plugin-regexp'
import ts from 'typescript-eslint'

const pure = [
  'src/lib/**',
  'src/api/**',
  'src/wire/**',
  'src/rules/**',
  'src/seal/**',
  'src/operator/world/**',
  'src/operator/steps/**',
  'src/operator/judge/**',
  'src/operator/plan/**',
  'src/operator/dry-run/**',
  'src/operator/report/**',
  'src/operator/render/**',
  'src/edge/plan/**',
  'src/edge/render/**',
  'src/edge/report/**',
  'src/pki/!(identity).ts',
  'src/conversation/**',
  'src/voice/call/**',
  'src/voice/pipeline/**',
  'src/voice/record/**',
  'src/caller/judge/**',
]
/** Such text quotes what a caller said, or what a carrier or a web service sent: JSON.parse quotes its input. */
const errorsAsText = [
  ['CallExpression[callee.name="String"] > Identifier.arguments[name=/^(e|ex|err|error|cause|fault|thrown|reason)$/]'],
  ['TemplateLiteral > Identifier.expressions[name=/^(e|ex|err|error|cause|fault|thrown)$/]'],
  ['CallExpression[callee.object.name=/^(e|ex|err|error|cause|fault|thrown)$/][callee.property.name="toString"]'],
].map(([selector]) => ({
  selector,
  message: 'The text of an error may quote a caller: use describeBug of src/runtime/redacted-error.ts.',
}))
/** What a tool can't see: its longest text is bounded where it is read, and stands beside the excuse. */
const composedPatterns = ['NewExpression', 'CallExpression'].map((call) => ({
  selector: `${call}[callee.name="RegExp"]`,
  message:
    'A pattern that is put together is not checked to be linear: write a literal, or excuse it with its longest text.',
}))
const passIn = 'A pure room takes the time, chance and output as parameters.'

export default ts.config(
  { ignores: ['node_modules', 'out'] },
  js.configs.recommended,
  ...ts.configs.strict,
  {
    files: ['**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
      eqeqeq: 'error',
      'no-console': 'off',
    },
  },
  {
    files: ['src/**'],
    ignores: ['src/listeners/**', 'src/telephony/transport/stream-server.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        ...['node:http', 'node:https', 'node:net', 'node:tls'].map((name) => ({
          name,
          importNames: ['createServer'],
          message: 'A listener without limits is an open door: use createServer or servePages of src/listeners.',
        })),
      ],
    },
  },
  {
    // Texts of strangers: a search that fails begins again at each character, and 65,000 line feeds were 3 seconds of a pod.
    files: ['src/**'],
    plugins: { regexp },
    rules: {
      'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
      'regexp/no-super-linear-move': ['error', { report: 'potential', ignorePartial: false, ignoreSticky: false }],
      'no-restricted-syntax': ['error', ...errorsAsText, ...composedPatterns],
    },
  },
  { files: ['test/**'], rules: { 'max-lines-per-function': 'off', '@typescript-eslint/no-unused-expressions': 'off' } },
  {
    files: pure,
    rules: {
      'no-console': 'error',
      'no-restricted-globals': [
        'error',
        ...['setTimeout', 'setInterval', 'setImmediate', 'fetch', 'performance', 'process'].map((name) => ({
          name,
          message: passIn,
        })),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: passIn },
        { object: 'Math', property: 'random', message: passIn },
      ],
      'no-restricted-syntax': [
        'error',
        ...errorsAsText,
        ...composedPatterns,
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: passIn },
      ],
    },
  },
)
