/** Names of the files by which sweep learns policies: the operator writes them as keys of ConfigMaps, which lie in one folder of sweep's pod. */

/** Names of all namespaces with policies, JSON. Written last: one whose file is not there yet is known to be missing. */
export const NAMESPACES_FILE = 'namespaces.json'
/** All policies in one file, as the version before wrote it: read while the list of namespaces is not there. */
export const ALL_POLICIES_FILE = 'policies.json'

export const fileOfNamespace = (namespace: string): string => `of.${namespace}.json`

/** @returns undefined for a file of another kind */
export const namespaceOfFile = (name: string): string | undefined => /^of[.]([a-z0-9-]{1,63})[.]json$/.exec(name)?.[1]
