/** Which namespaces may call which addresses of carriers, as the administrator of the cluster says it in the chart's values. */
import * as read from './published-config.ts'

export interface Grant {
  /** A host name, an address, or a range of addresses (CIDR). */
  address: string
  /** `*` is every namespace. */
  namespaces: string[]
}

/** @returns undefined when the text is no list of grants */
export const parseGrants = (text: string): Grant[] | undefined =>
  read.readPublished(text, ({ grants }) => read.listOf(grants, readGrant))

function readGrant(value: unknown): Grant {
  const { address, namespaces } = read.membersOf(value)
  return {
    address: read.must(isGrantable, address),
    namespaces: read.listOf(namespaces, (name) => read.must(isNamespace, name)),
  }
}

const isGrantable = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9.:-]{1,253}(\/\d{1,3})?$/.test(value)
const isNamespace = (value: unknown): value is string => value === '*' || read.isName(value)
