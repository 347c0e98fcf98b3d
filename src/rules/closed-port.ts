/** A port of each bot pod that its NetworkPolicy opens to nobody. Who can connect to it has found a policy that is not enforced. */
export const CLOSED_PORT = 8448

/** What trying the closed port of a bot's pods has shown. Undefined: nothing yet. */
export type PolicyEvidence = 'Enforced' | 'NotEnforced' | undefined
