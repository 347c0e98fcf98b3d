/**
 * How long a leaving pod goes on for callers whom it has put through: at its deadline, or earlier. It relays their talks with people,
 * so to end before them would cut them. Seconds.
 */
export const RELAY_SECONDS = 3_600

/** To hang up and to close its sockets, after all that. */
const CLOSE_SECONDS = 15

/** Seconds from the moment at which a pod is asked to leave to the one at which Kubernetes may kill it. */
export const graceSeconds = (deadlineSeconds: number): number => deadlineSeconds + RELAY_SECONDS + CLOSE_SECONDS
