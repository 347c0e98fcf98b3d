import js from '@eslint/js'
import ts from 'typescript-eslint'

const pure = [
  'src/lib/**',
  'src/api/**',
  'src/wire/**',
  'src/rules/**',
  'src/seal/**',
  'src/operator/plan/**',
  'src/operator/report/**',
  'src/operator/render/**',
  'src/edge/plan/**',
  'src/edge/render/**',
  'src/edge/report/**',
  'src/pki/!(identity).ts',
  'src/conversation/**',
  'src/voice/call/**',
  'src/voice/pipeline/**',
  'src/caller/judge/**',
]
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
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: passIn },
      ],
    },
  },
)
