/** The name by which a promise's test is asked for: `make e2e PROMISE=NAME`. */

/** That of the file; outside of test/e2e the folder before it, since names repeat there. Pure. */
export function proofNameOf(file: string): string {
  const path = file.replace(/^test\//, '').replace(/\.test\.ts$/, '')
  const [suite, ...rest] = path.split('/')
  return suite === 'e2e' ? rest.join('-') : path.split('/').slice(-2).join('-')
}
