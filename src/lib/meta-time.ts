/** An instant as a metav1.Time: whole seconds, since a fraction would be cut off and look like a change. @param at epoch milliseconds */
export const metaTime = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
