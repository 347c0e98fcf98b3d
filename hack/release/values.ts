/** The chart's values as a release publishes them: images by digest. Pure. */
import { isScalar, parseDocument } from 'yaml'
import { RELEASED, repositoryOf } from './images.ts'

/**
 * @param text values.yaml; its comments and everything else stay as they are
 * @param digests by the images' names
 * @throws when an image has no digest, or the values no place for it
 */
export function releaseValues(text: string, registry: string, digests: ReadonlyMap<string, string>): string {
  const document = parseDocument(text)
  const edits = RELEASED.flatMap((image) => {
    const digest = digests.get(image.name)
    if (digest === undefined) throw new Error(`image ${image.name} has no digest: it was not assembled`)
    // Empty: the chart's appVersion. The digest wins, and the tag is for people.
    const values = { repository: repositoryOf(registry, image), tag: "''", digest }
    return Object.entries(values).map(([key, value]) => {
      const path = [...image.value, key]
      const node = document.getIn(path, true)
      if (!isScalar(node) || !node.range) throw new Error(`values.yaml has no ${path.join('.')}`)
      return { from: node.range[0], to: node.range[1], value }
    })
  })
  return edits
    .toSorted((one, other) => other.from - one.from)
    .reduce((result, { from, to, value }) => result.slice(0, from) + value + result.slice(to), text)
}
