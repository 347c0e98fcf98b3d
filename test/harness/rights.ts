import type { AuditEvent } from './three-zones.ts'

/** One thing that somebody may do, or did: `verb group/resource[/subresource][#name] in everywhere|namespace`. */
export type Right = string

export interface Rule {
  apiGroups?: string[]
  resources?: string[]
  resourceNames?: string[]
  verbs: string[]
}

const right = (verb: string, group: string, resource: string, name: string | undefined, where: string): Right =>
  `${verb} ${group || 'core'}/${resource}${name === undefined ? '' : `#${name}`} in ${where}`

/** Every single right that a role's rules grant. */
export function granted(rules: readonly Rule[], where: string): Right[] {
  return rules.flatMap((rule) =>
    (rule.apiGroups ?? []).flatMap((group) =>
      (rule.resources ?? []).flatMap((resource) =>
        rule.verbs.flatMap((verb) =>
          (rule.resourceNames ?? [undefined]).map((name) => right(verb, group, resource, name, where)),
        ),
      ),
    ),
  )
}

/**
 * Whether a request made use of a right. A server-side apply of what isn't there yet is asked for as `patch`, answered with
 * 201, and needs `create` as well.
 */
export function uses(event: AuditEvent, wanted: Right): boolean {
  const { resource, subresource, apiGroup = '', name, namespace } = event.objectRef ?? { resource: '' }
  const path = subresource === undefined ? resource : `${resource}/${subresource}`
  const created = event.verb === 'patch' && event.responseStatus?.code === 201
  const verbs = created ? ['patch', 'create'] : [event.verb]
  return verbs.some((verb) =>
    [undefined, name].some(
      (named) =>
        wanted === right(verb, apiGroup, path, named, 'everywhere') ||
        wanted === right(verb, apiGroup, path, named, namespace ?? ''),
    ),
  )
}
