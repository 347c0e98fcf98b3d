/** Whether everything that is fetched for a build is pinned by its hash. Pure. */
import type { Finding } from './findings.ts'

/** Files by their path from the repository's root. */
export type Files = ReadonlyMap<string, string>

/** Looks at Dockerfiles, go.mod, requirements.txt, package-lock.json and .npmrc. */
export function checkPins(files: Files): Finding[] {
  return [...files].flatMap(([path, text]) => {
    const found = (check: string, said: string): Finding => ({ tool: 'pins', check, object: path, text: said })
    if (/(^|\/)Dockerfile[^/]*$/.test(path)) return dockerfile(text).map(([check, said]) => found(check, said))
    if (path.endsWith('requirements.txt')) return requirements(text).map((name) => found('hash', `${name} has no hash`))
    if (path.endsWith('go.mod') && !files.has(path.replace(/mod$/, 'sum')))
      return [found('go-sum', 'go.sum is missing')]
    if (path === 'package-lock.json') return npm(text).map((name) => found('hash', `${name} has no integrity`))
    if (path === '.npmrc' && !/^ignore-scripts=true$/m.test(text))
      return [found('scripts', 'packages may run programs at install')]
    return []
  })
}

function dockerfile(text: string): [string, string][] {
  const lines = text.split('\n').filter((line) => !line.startsWith('#'))
  const bases = lines.filter((line) => /^FROM /i.test(line) && !/@sha256:[0-9a-f]{64}( |$)/.test(line))
  const fetches = lines.filter((line) => /\b(apt-get|apt|npm|pip3?|curl|wget)\b|^ADD +https?:/.test(line))
  return [
    ...bases.map((line): [string, string] => ['base', `${line} has no digest`]),
    ...fetches.map((line): [string, string] => ['fetch', `${line.trim()} fetches what no lock records`]),
  ]
}

/** Names without a hash in a file for `pip install --require-hashes`. */
function requirements(text: string): string[] {
  const logical = text.replaceAll('\\\n', ' ').split('\n')
  return logical.filter((line) => /^[a-z]/i.test(line) && !line.includes('--hash=sha256:'))
}

function npm(text: string): string[] {
  const { packages } = JSON.parse(text) as { packages: Record<string, { integrity?: string }> }
  return Object.keys(packages).filter((name) => name !== '' && packages[name]?.integrity === undefined)
}
